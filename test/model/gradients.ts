import { Tensor } from "../../src/base/index.ts";
import {
  dense,
  embedding,
  flatten,
  globalAveragePooling1d,
  input,
  type Layer,
  type Model,
  model,
  type Sequential,
  type SymbolicTensor,
  sequential,
  sgd,
} from "../../src/model/index.ts";

/**
 * Takes one step with momentum: what the optimizer then remembers is minus the gradient, for every trained weight, in
 * the order of `getWeights`. The weights are spoilt.
 */
export async function lossGradients(model: Sequential, x: Tensor, y: Tensor, loss: Loss): Promise<Gradients> {
  model.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss });
  const { history } = await model.fit(x, y, { batchSize: x.shape[0] });
  return { loss: history.loss[0], gradients: [...(await stepped(model)).values()] };
}

/** The gradients of the one step that a model has taken, by path. */
async function stepped(model: Model<unknown>): Promise<Map<string, Tensor>> {
  const { tensors } = await model.getOptimizerState();
  const found = new Map<string, Tensor>();
  for (const path of model.weightPaths) {
    const momentum = tensors.get(`momentum/${path}`);
    // What is not trained has none.
    if (!momentum) continue;
    const negated = momentum.data.map((value) => -value);
    found.set(path, new Tensor(momentum.shape, negated));
  }
  return found;
}

type Loss = Parameters<Sequential["compile"]>[0]["loss"];
interface Gradients {
  readonly loss: number;
  readonly gradients: readonly Tensor[];
}

/**
 * The output, and the gradients of sum(output * cotangent). The mean squared error has that gradient where the target
 * lies beside the output by the cotangent. Sequences are flattened for it, since a loss does not look at masked steps.
 */
export async function cotangentGradients(
  layers: readonly Layer[],
  weights: readonly Tensor[],
  x: Tensor,
  cotangent: Tensor,
): Promise<{ output: Tensor; gradients: readonly Tensor[] }> {
  const model = sequential([...layers, flatten()]);
  await model.prepare(x, undefined, false);
  await model.setWeights(weights);
  const output = await model.predict(x);
  const { gradients } = await lossGradients(model, x, beside(output, cotangent), "meanSquaredError");
  model.dispose();
  return { output: new Tensor(cotangent.shape, output.data), gradients };
}

/**
 * What training computes, dropout and all: how far from `expected` the output of a first step is, squared and averaged,
 * and the gradients of sum(output * cotangent) by path, for an output that is as expected. The model is made twice.
 */
export async function trainingGradients(
  make: () => Model<unknown>,
  weights: ReadonlyMap<string, Tensor>,
  { x, expected, cotangent }: { readonly x: Tensor | readonly Tensor[]; expected: Tensor; cotangent: Tensor },
): Promise<{ distance: number; gradients: ReadonlyMap<string, Tensor> }> {
  const step = async (y: Tensor) => {
    const net = make();
    await net.setWeights(net.weightPaths.map((path) => weights.get(path)!));
    net.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss: "meanSquaredError" });
    const { history } = await net.fit(x, y, { batchSize: y.shape[0], shuffle: false });
    const gradients = await stepped(net);
    net.dispose();
    return { loss: history.loss[0], gradients };
  };
  const [rows] = expected.shape;
  const flat = new Tensor([rows, expected.data.length / rows], Float32Array.from(expected.data));
  const { loss } = await step(flat);
  const { gradients } = await step(beside(flat, cotangent));
  return { distance: loss, gradients };
}

function beside({ shape, data }: Tensor, cotangent: Tensor): Tensor {
  const half = data.length / 2;
  return new Tensor(
    shape,
    Float32Array.from(data, (value, i) => value - half * cotangent.data[i]),
  );
}

const alone = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0] : list);

/** One call of a layer, and what its outputs are to be multiplied by. */
export interface Call {
  readonly layer: Layer<unknown>;
  readonly inputs: readonly Tensor[];
  readonly masks: readonly (Tensor | null)[];
  readonly weights: readonly { readonly path: string; readonly tensor: Tensor }[];
  readonly cotangents: readonly Tensor[];
}

/**
 * The outputs of a call within a functional model, and the gradients of the sum of outputs * cotangents. `pooled`: the
 * means over the steps that count in each output that is a sequence.
 */
export async function callGradients({ layer, inputs, masks, weights, cotangents }: Call): Promise<{
  outputs: readonly Tensor[];
  pooled: readonly (Tensor | undefined)[];
  /** By path. */
  weightGradients: ReadonlyMap<string, Tensor>;
  /** What is to be found for gradients of the inputs, and what is; masked steps are summed, being one token. */
  inputGradients: (expected: readonly Tensor[]) => { expected: Tensor; found: Tensor }[];
}> {
  const sources = inputs.map((one, i) => sourceOf(one, masks[i] ?? undefined, `source${i}`));
  const entrances = sources.map(({ x }, i) => input({ shape: x.shape.slice(1), name: `input${i}` }));
  const given = sources.map((source, i) => source.layer.apply(entrances[i]));
  const ends = [layer.apply<SymbolicTensor | SymbolicTensor[]>(given)].flat(1);
  const known = new Map([
    ...weights.map(({ path, tensor }) => [path, tensor] as const),
    ...sources.map(({ path, weight }) => [path, weight] as const),
  ]);
  const x = alone(sources.map((source) => source.x));
  const started = async (behind: (end: SymbolicTensor) => SymbolicTensor, of = ends) => {
    const net = model({ inputs: alone(entrances), outputs: alone(of.map(behind)) });
    await net.setWeights(net.weightPaths.map((path) => known.get(path)!));
    return net;
  };
  const pooled: (Tensor | undefined)[] = [];
  for (const [i, { shape }] of cotangents.entries()) {
    if (shape.length === 2) {
      pooled.push(undefined);
      continue;
    }
    const net = await started((end) => globalAveragePooling1d().apply(end), [ends[i]]);
    pooled.push([await net.predict(x)].flat(1)[0]);
    net.dispose();
  }
  const net = await started((end) => flatten().apply(end));
  const found = [await net.predict(x)].flat(1);
  net.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss: "meanSquaredError" });
  const y = alone(found.map((output, i) => beside(output, cotangents[i])));
  await net.fit(x, y, { batchSize: inputs[0].shape[0] });
  const gradients = await stepped(net);
  net.dispose();
  return {
    outputs: found.map(({ data }, i) => new Tensor(cotangents[i].shape, data)),
    pooled,
    weightGradients: gradients,
    inputGradients: (expected) =>
      expected.map((gradient, i) => ({
        expected: sources[i].gather(gradient),
        found: gradients.get(sources[i].path)!,
      })),
  };
}

/** A layer that yields given numbers whatever else, so that their gradient is that of its weight. */
export interface Source {
  readonly layer: Layer;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly path: string;
  /** The gradient of the numbers from that of the weight. */
  read(gradient: Tensor): Float32Array;
  /** The gradient of the weight from that of the numbers. */
  gather(gradient: Tensor): Tensor;
}

/**
 * Sequences come out of an embedding in which every step of every row is a token of its own; token 0 stands for
 * all masked steps. Rows without steps come out of a dense layer whose kernel they are.
 */
export function sourceOf(numbers: Tensor, mask?: Tensor, name = "source"): Source {
  if (numbers.shape.length === 2) {
    const [rows, features] = numbers.shape;
    const identity = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
    return {
      layer: dense({ units: features, useBias: false, name }),
      x: new Tensor([rows, rows], identity),
      weight: numbers,
      path: `${name}/kernel`,
      read: (gradient) => Float32Array.from(gradient.data),
      gather: (gradient) => gradient,
    };
  }
  const [rows, steps, features] = numbers.shape;
  const tokens = Int32Array.from({ length: rows * steps }, (_, i) => (mask?.data[i] === 0 ? 0 : i + 1));
  const table = new Float32Array((rows * steps + 1) * features).fill(0.5, 0, features);
  table.set(numbers.data, features);
  return {
    layer: embedding({ inputDim: rows * steps + 1, outputDim: features, maskZero: mask !== undefined, name }),
    x: new Tensor([rows, steps], tokens),
    weight: new Tensor([rows * steps + 1, features], table),
    path: `${name}/embeddings`,
    read: (gradient) => {
      const read = new Float32Array(rows * steps * features);
      tokens.forEach((token, place) => {
        read.set(gradient.data.subarray(token * features, (token + 1) * features), place * features);
      });
      return read;
    },
    gather: ({ data }) => {
      const sums = new Float64Array((rows * steps + 1) * features);
      data.forEach((value, i) => {
        sums[tokens[Math.floor(i / features)] * features + (i % features)] += value;
      });
      return new Tensor([rows * steps + 1, features], sums);
    },
  };
}
