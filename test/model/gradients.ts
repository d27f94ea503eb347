import { Tensor } from "../../src/base/index.ts";
import { dense, embedding, flatten, type Layer, type Sequential, sequential, sgd } from "../../src/model/index.ts";

/**
 * Takes one step with momentum: what the optimizer then remembers is minus the gradient, for every trained weight, in
 * the order of `getWeights`. The weights are spoilt.
 */
export async function lossGradients(model: Sequential, x: Tensor, y: Tensor, loss: Loss): Promise<Gradients> {
  model.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss });
  const { history } = await model.fit(x, y, { batchSize: x.shape[0] });
  const { tensors } = await model.getOptimizerState();
  const gradients = model.weightPaths.flatMap((path) => {
    const momentum = tensors.get(`momentum/${path}`);
    // What is not trained has none.
    if (!momentum) return [];
    const negated = momentum.data.map((value) => -value);
    return [new Tensor(momentum.shape, negated)];
  });
  return { loss: history.loss[0], gradients };
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
  model.prepare(x, undefined, false);
  await model.setWeights(weights);
  const output = await model.predict(x);
  const half = output.data.length / 2;
  const target = Float32Array.from(output.data, (value, i) => value - half * cotangent.data[i]);
  const { gradients } = await lossGradients(model, x, new Tensor(output.shape, target), "meanSquaredError");
  model.dispose();
  return { output: new Tensor(cotangent.shape, output.data), gradients };
}

/** A layer that yields given numbers whatever else, so that their gradient is that of its weight. */
export interface Source {
  readonly layer: Layer;
  readonly x: Tensor;
  readonly weight: Tensor;
  /** The gradient of the numbers from that of the weight. */
  read(gradient: Tensor): Float32Array;
}

/**
 * Sequences come out of an embedding in which every step of every row is a token of its own; token 0 stands for
 * all masked steps. Rows without steps come out of a dense layer whose kernel they are.
 */
export function sourceOf(numbers: Tensor, mask?: Tensor): Source {
  if (numbers.shape.length === 2) {
    const [rows, features] = numbers.shape;
    const identity = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
    return {
      layer: dense({ units: features, useBias: false }),
      x: new Tensor([rows, rows], identity),
      weight: numbers,
      read: (gradient) => Float32Array.from(gradient.data),
    };
  }
  const [rows, steps, features] = numbers.shape;
  const tokens = Int32Array.from({ length: rows * steps }, (_, i) => (mask?.data[i] === 0 ? 0 : i + 1));
  const table = new Float32Array((rows * steps + 1) * features).fill(0.5, 0, features);
  table.set(numbers.data, features);
  return {
    layer: embedding({ inputDim: rows * steps + 1, outputDim: features, maskZero: mask !== undefined }),
    x: new Tensor([rows, steps], tokens),
    weight: new Tensor([rows * steps + 1, features], table),
    read: (gradient) => {
      const read = new Float32Array(rows * steps * features);
      tokens.forEach((token, place) => {
        read.set(gradient.data.subarray(token * features, (token + 1) * features), place * features);
      });
      return read;
    },
  };
}
