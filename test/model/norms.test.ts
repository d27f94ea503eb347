// Norms along axes of a weight, in Keras's shape, against their formula; Keras's own numbers are in training-options-more.

import { expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import {
  type Constraint,
  conv1d,
  dense,
  embedding,
  flatten,
  gru,
  input,
  type Layer,
  lstm,
  maxNorm,
  minMaxNorm,
  sequential,
  sequentialFromConfig,
  sgd,
  unitNorm,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, tokens } from "./data.ts";

/** What the constraint leaves of a weight. */
function bounded({ shape, data }: Tensor, axes: readonly number[], bound: (norm: number) => number): Float64Array {
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const groupOf = (place: number): string => {
    let rest = place;
    const at = [...shape].reverse().map((size) => {
      const here = rest % size;
      rest = Math.floor(rest / size);
      return here;
    });
    return at
      .reverse()
      .flatMap((here, axis) => (reduced.includes(axis) ? [] : [here]))
      .join();
  };
  const squares = new Map<string, number>();
  data.forEach((value, place) => {
    squares.set(groupOf(place), (squares.get(groupOf(place)) ?? 0) + value * value);
  });
  return Float64Array.from(data, (value, place) => {
    const norm = Math.sqrt(squares.get(groupOf(place))!);
    return (value * bound(norm)) / (norm + 1e-7);
  });
}

type Bound = (constraint: Constraint) => Layer;
/** Layers with the shape of a row, which weight is bounded, and along what. */
const cases: [string, Bound, number[], number, number[][]][] = [
  [
    "a convolution",
    (kernelConstraint) => conv1d({ filters: 9, kernelSize: 4, kernelConstraint }),
    [6, 3],
    0,
    [[0], [1], [2], [0, 1], [0, 2], [1, 2], [2, 1, 0], [-1], [-3, -2]],
  ],
  ["a kernel of gates", (kernelConstraint) => lstm({ units: 5, kernelConstraint }), [4, 17], 0, [[0], [1], [0, 1]]],
  [
    "a recurrent kernel of gates",
    (recurrentConstraint) => gru({ units: 9, recurrentConstraint }),
    [4, 2],
    1,
    [[0], [1], [-2, -1]],
  ],
  [
    "a bias of two rows",
    (biasConstraint) => gru({ units: 5, biasConstraint, biasInitializer: "randomNormal" }),
    [4, 2],
    2,
    [[0], [1], [0, 1]],
  ],
  [
    "a bias",
    (biasConstraint) => dense({ units: 33, biasConstraint, biasInitializer: "randomNormal" }),
    [2],
    1,
    [[0], [-1]],
  ],
  [
    "a table",
    (embeddingsConstraint) => embedding({ inputDim: 7, outputDim: 11, embeddingsConstraint }),
    [],
    0,
    [[0], [1], [0, 1]],
  ],
];

test.each(
  cases.flatMap(([name, layer, shape, weight, all]) => all.map((axes) => ({ name, axes, layer, shape, weight }))),
)("$name along $axes", async ({ axes, layer, shape, weight }) => {
  const axis = axes.length === 1 ? axes[0] : axes;
  for (const [constraint, bound] of [
    [maxNorm({ maxValue: 0.4, axis }), (norm: number) => Math.min(norm, 0.4)],
    [unitNorm({ axis }), () => 1],
    [
      minMaxNorm({ minValue: 0.3, maxValue: 0.6, rate: 0.25, axis }),
      (norm: number) => 0.25 * Math.min(Math.max(norm, 0.3), 0.6) + 0.75 * norm,
    ],
  ] as const) {
    const model = sequential([layer(constraint), flatten(), dense({ units: 1 })]);
    const x = shape.length > 0 ? numbers(1, 4, ...shape) : tokens(1, 7, 4, 3);
    await model.prepare(x, undefined, false);
    const before = await model.getWeights();
    // Weights that do not move are brought back all the same.
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    await model.fit(x, numbers(2, 4, 1));
    const after = await model.getWeights();
    expect(closeBy(after[weight].data, bounded(before[weight], axes, bound), 1e-6)).toBe("");
    const others = after.flatMap(({ data }, i) => (i === weight ? [] : [sameBits(data, before[i].data)]));
    expect(others.join("")).toBe("");
    model.dispose();
  }
});

test("axes are kept with a model", () => {
  const kernelConstraint = maxNorm({ axis: [0, 1] });
  const model = sequential([input({ shape: [6, 3] }), conv1d({ filters: 2, kernelSize: 3, kernelConstraint })]);
  const config = JSON.parse(JSON.stringify(model.toConfig()));
  expect(config.layers[1].config.kernelConstraint).toEqual({ name: "maxNorm", maxValue: 2, axis: [0, 1] });
  expect(sequentialFromConfig(config).toConfig()).toEqual(model.toConfig());
});

test.each<[string, () => unknown, string]>([
  [
    "an axis beyond the last",
    () => sequential([input({ shape: [2] }), dense({ units: 1, kernelConstraint: maxNorm({ axis: 2 }) })]),
    "found 2",
  ],
  [
    "an axis before the first",
    () => sequential([input({ shape: [2] }), dense({ units: 1, biasConstraint: unitNorm({ axis: -2 }) })]),
    "found -2",
  ],
  [
    "one axis twice",
    () => sequential([embedding({ inputDim: 3, outputDim: 2, embeddingsConstraint: unitNorm({ axis: [1, -1] }) })]),
    "found 1, -1",
  ],
  [
    "no axis",
    () => sequential([embedding({ inputDim: 3, outputDim: 2, embeddingsConstraint: unitNorm({ axis: [] }) })]),
    "axis of a norm",
  ],
  ["half an axis", () => maxNorm({ axis: 0.5 }), "axis of maxNorm"],
  ["a text", () => unitNorm({ axis: "0" as never }), "axis of unitNorm"],
])("refused: %s", (_, make, text) => {
  expect(make).toThrow(expect.objectContaining({ code: "model/option", message: expect.stringContaining(text) }));
});
