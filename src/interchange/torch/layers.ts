// PyTorch's parameters and our weights: one entry a layer.

import { GruvyError, product, shown, Tensor } from "../../base/index.ts";
import type { JsonObject } from "../../model/index.ts";
import type { OwnLayer } from "../own-layers.ts";

/** Parameters of a module by name, such as `weight_ih_l0`. */
export interface TorchRule {
  /** Our weights, in their order; `layer` is the place within a module of several layers. */
  read(of: (name: string) => Tensor, config: JsonObject, layer: number): Tensor[];
  write(weights: readonly Tensor[], config: JsonObject, layer: number): [name: string, tensor: Tensor][];
}

/** [rows, columns] turned, with blocks of columns in another order: gate k of the result is gate `order[k]`. */
function turned(tensor: Tensor, order: readonly number[], gatesInRows: boolean): Tensor {
  const [rows, columns] = tensor.shape;
  const size = (gatesInRows ? rows : columns) / order.length;
  const data = new Float32Array(tensor.data.length);
  const from = (index: number) => order[Math.floor(index / size)] * size + (index % size);
  for (let row = 0; row < columns; row++) {
    for (let column = 0; column < rows; column++) {
      const source = gatesInRows ? from(column) * columns + row : column * columns + from(row);
      data[row * rows + column] = tensor.data[source];
    }
  }
  return new Tensor([columns, rows], data);
}

function reordered({ shape, data }: Tensor, order: readonly number[]): Tensor {
  const size = data.length / order.length;
  const parts = order.map((gate) => data.subarray(gate * size, (gate + 1) * size));
  return new Tensor(shape, Float32Array.from(parts.flatMap((part) => [...part])));
}

const transposed = (tensor: Tensor): Tensor => turned(tensor, [0], true);

function sum(a: Tensor, b: Tensor): Tensor {
  if (a.data.length !== b.data.length)
    throw new GruvyError("model/weights", "The two biases of a layer differ in length");
  return new Tensor(
    a.shape,
    Float32Array.from(a.data, (value, i) => value + b.data[i]),
  );
}

/** `order`: where each gate of one stands in the other, the same both ways. `biases`: whether both are kept apart. */
function recurrent(order: readonly number[], activations: JsonObject, biases: boolean, suffix = ""): TorchRule {
  const check = (config: JsonObject) => {
    for (const [option, usual] of Object.entries(activations)) {
      const allowed = Array.isArray(usual) ? usual : [usual];
      if (allowed.includes(config[option])) continue;
      throw new GruvyError(
        "model/torch-layer",
        `PyTorch has no such layer with ${option} ${shown(config[option])}, only ${allowed.map(shown).join(" or ")}`,
      );
    }
  };
  return {
    read(of, config, layer) {
      check(config);
      const named = (name: string) => of(`${name}_l${layer}${suffix}`);
      const kernels = ["weight_ih", "weight_hh"].map((name) => turned(matrix(named(name), name), order, true));
      if (config.useBias === false) return kernels;
      const [input, hidden] = ["bias_ih", "bias_hh"].map((name) => reordered(named(name), order));
      if (!biases) return [...kernels, sum(input, hidden)];
      const both = Float32Array.from([...input.data, ...hidden.data]);
      return [...kernels, new Tensor([2, input.data.length], both)];
    },
    write([kernel, hidden, bias], config, layer) {
      check(config);
      const named = (name: string, tensor: Tensor): [string, Tensor] => [`${name}_l${layer}${suffix}`, tensor];
      const kernels = [
        named("weight_ih", turned(kernel, order, false)),
        named("weight_hh", turned(hidden, order, false)),
      ];
      if (!bias) return kernels;
      const size = bias.shape[bias.shape.length - 1];
      const part = (row: number) =>
        reordered(new Tensor([size], Float32Array.from(bias.data.subarray(row * size, (row + 1) * size))), order);
      const second = biases ? part(1) : new Tensor([size], new Float32Array(size));
      return [...kernels, named("bias_ih", part(0)), named("bias_hh", second)];
    },
  };
}

function matrix(tensor: Tensor, name: string): Tensor {
  if (tensor.shape.length === 2) return tensor;
  throw new GruvyError("model/weights", `Expected two axes of ${name}, found [${tensor.shape.join(", ")}]`);
}

const gates = { activation: "tanh", recurrentActivation: "sigmoid" };
const cells: Readonly<Record<string, (suffix: string) => TorchRule>> = {
  gru: (suffix) => recurrent([1, 0, 2], { ...gates, resetAfter: true }, true, suffix),
  lstm: (suffix) => recurrent([0, 1, 2, 3], gates, false, suffix),
  simpleRnn: (suffix) => recurrent([0], { activation: ["tanh", "relu"] }, false, suffix),
};

/** Weights as they are, or turned, under other names; those that the layer lacks are left out. */
const renamed = (
  names: (
    config: JsonObject,
  ) => readonly (readonly [name: string, turn?: (t: Tensor) => Tensor, back?: (t: Tensor) => Tensor])[],
): TorchRule => ({
  read: (of, config) => names(config).map(([name, turn = (tensor) => tensor]) => turn(of(name))),
  write: (weights, config) =>
    names(config).map(([name, turn = (tensor: Tensor) => tensor, back = turn], i) => [name, back(weights[i])]),
});

const bias = ({ useBias }: JsonObject): (readonly ["bias"])[] => (useBias === false ? [] : [["bias"]]);

/** [out, in, width] and [width, in, out]. */
function reversedAxes({ shape, data }: Tensor): Tensor {
  if (shape.length !== 3) throw new GruvyError("model/weights", `Expected three axes, found [${shape.join(", ")}]`);
  const [a, b, c] = shape;
  const out = new Float32Array(product(shape));
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) out[(k * b + j) * a + i] = data[(i * b + j) * c + k];
  }
  return new Tensor([c, b, a], out);
}

const rules: Readonly<Record<string, TorchRule>> = {
  embedding: renamed(() => [["weight"]]),
  dense: renamed((config) => [["weight", (tensor) => transposed(matrix(tensor, "weight"))], ...bias(config)]),
  conv1d: renamed((config) => [["weight", reversedAxes], ...bias(config)]),
  layerNormalization: renamed(({ scale, center }) => [
    ...(scale === false ? [] : [["weight"] as const]),
    ...(center === false ? [] : [["bias"] as const]),
  ]),
};

/** How a layer's weights are kept in PyTorch. */
export function torchRule(layer: OwnLayer): TorchRule {
  const { kind, config } = layer;
  if (kind === "timeDistributed") return inner(config.layer as unknown as OwnLayer);
  if (kind === "bidirectional") return bothWays(config);
  if (Object.hasOwn(cells, kind)) return cells[kind]("");
  if (Object.hasOwn(rules, kind)) return rules[kind];
  throw new GruvyError(
    "model/torch-layer",
    `PyTorch has no layer for ${shown(layer.name ?? kind)}, which is a ${kind}`,
  );
}

/** One module of PyTorch; the way back has names of its own. */
function bothWays(outer: JsonObject): TorchRule {
  const there = outer.layer as unknown as OwnLayer;
  const back = (outer.backwardLayer ?? outer.layer) as unknown as OwnLayer;
  if (!Object.hasOwn(cells, there.kind) || there.kind !== back.kind) {
    throw new GruvyError("model/torch-layer", "PyTorch has no layer in both directions with different cells");
  }
  const [forward, reverse] = [cells[there.kind](""), cells[back.kind]("_reverse")];
  return {
    read: (of, _, layer) => [...forward.read(of, there.config, layer), ...reverse.read(of, back.config, layer)],
    write: (weights, _, layer) => {
      const half = weights.length / 2;
      return [
        ...forward.write(weights.slice(0, half), there.config, layer),
        ...reverse.write(weights.slice(half), back.config, layer),
      ];
    },
  };
}

/** What is applied to every step keeps its weights as it does alone. */
function inner(layer: OwnLayer): TorchRule {
  const rule = torchRule(layer);
  return {
    read: (of, _, place) => rule.read(of, layer.config, place),
    write: (weights, _, place) => rule.write(weights, layer.config, place),
  };
}
