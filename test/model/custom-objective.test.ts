import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  customLoss,
  customMetric,
  dense,
  embedding,
  gru,
  input,
  type ObjectiveFormula,
  ops,
  sequential,
  sequentialFromConfig,
} from "../../src/model/index.ts";
import { closeBy, numericGradient } from "../engine/numbers.ts";
import { numbers, paddedTokens } from "./data.ts";
import { lossGradients } from "./gradients.ts";

const { abs, add, divide, exp, log, matmul, multiply, sigmoid, softplus, sqrt, square, subtract, tanh } = ops;

const cases: [string, ObjectiveFormula, (y: number, p: number) => number][] = [
  [
    "relative",
    ({ yTrue, yPred }) => divide(abs(subtract(yPred, yTrue)), add(abs(yTrue), 1)),
    (y, p) => Math.abs(p - y) / (Math.abs(y) + 1),
  ],
  [
    "charbonnier",
    ({ yTrue, yPred }) => sqrt(add(square(subtract(yTrue, yPred)), 0.01)),
    (y, p) => Math.sqrt((y - p) ** 2 + 0.01),
  ],
  [
    "ofManyFunctions",
    ({ yTrue, yPred }) => {
      const d = subtract(yPred, multiply(yTrue, 0.5));
      return add(softplus(d), log(add(exp(multiply(d, -0.3)), 1)), multiply(sigmoid(yPred), tanh(d)));
    },
    (y, p) => {
      const d = p - 0.5 * y;
      return Math.log1p(Math.exp(d)) + Math.log(Math.exp(-0.3 * d) + 1) + (Math.tanh(d) * 1) / (1 + Math.exp(-p));
    },
  ],
];

describe.each(cases)("%s", (name, formula, of) => {
  const loss = customLoss(name, formula);
  test.each([1, 3, 8])("value and gradient with %i features", async (features) => {
    const rows = 19;
    const [x, y] = [numbers(1, rows, 2), numbers(2, rows, features)];
    const model = sequential([input({ shape: [2] }), dense({ units: features })]);
    const [kernel, bias] = (await model.getWeights()).map(({ data }) => data);
    const value = (k: ArrayLike<number>, b: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < rows * features; i++) {
        const [row, j] = [Math.floor(i / features), i % features];
        sum += of(y.data[i], x.data[2 * row] * k[j] + x.data[2 * row + 1] * k[features + j] + b[j]);
      }
      return sum / (rows * features);
    };
    model.compile({ loss, metrics: [customMetric("same", formula)] });
    const scores = await model.evaluate(x, y);
    expect(closeBy([scores.loss, scores.same], [value(kernel, bias), value(kernel, bias)], 1e-5)).toBe("");
    const { gradients } = await lossGradients(model, x, y, loss);
    const ofKernel = numericGradient((k) => value(k, bias), kernel);
    expect(closeBy(gradients[0].data, ofKernel, 1e-4)).toBe("");
    expect(
      closeBy(
        gradients[1].data,
        numericGradient((b) => value(kernel, b), bias),
        1e-4,
      ),
    ).toBe("");
    model.dispose();
  });
});

const squares: ObjectiveFormula = ({ yTrue, yPred }) => square(subtract(yPred, yTrue));

test("the squared error written by hand trains like the one built in, with masks and weights", async () => {
  const own = customLoss("ownSquares", squares);
  const x = paddedTokens(3, 9, 40, 6);
  const y = new Tensor([40, 6, 2], numbers(2, 40, 12).data);
  const sampleWeight = Array.from({ length: 40 }, (_, row) => 0.5 + (row % 3));
  const ends: Record<string, readonly number[]>[] = [];
  for (const loss of ["mse", own] as const) {
    const model = sequential([
      embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      gru({ units: 5, returnSequences: true }),
      dense({ units: 2 }),
    ]);
    model.compile({ loss, optimizer: "adam", metrics: [customMetric("miss", squares), "mse"] });
    ends.push((await model.fit(x, y, { epochs: 3, sampleWeight })).history);
    model.dispose();
  }
  expect(closeBy(ends[1].loss, ends[0].loss, 1e-6)).toBe("");
  expect(closeBy(ends[1].miss, ends[0].mse, 1e-6)).toBe("");
});

test("a model that was compiled with them comes back by their names", () => {
  const loss = customLoss("backAgain", squares);
  const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
  model.compile({ loss, metrics: [customMetric("missed", squares)] });
  const config = JSON.parse(JSON.stringify(model.toConfig()));
  expect(sequentialFromConfig(config).toConfig()).toEqual(model.toConfig());
  const strange = JSON.stringify(config).replace("backAgain", "notOurs");
  expect(() => sequentialFromConfig(JSON.parse(strange))).toThrow(
    /Unknown loss "notOurs"\. .* or first define your own of that name \(docs\/custom\.md\)\.$/,
  );
});

test("what does not go element by element, or has a name that is taken, is refused", () => {
  expect(() => customLoss("mse", squares)).toThrow(/belongs to what is built in/);
  expect(() => customMetric("accuracy", squares)).toThrow(/belongs to what is built in/);
  expect(() => customLoss("none", () => 3 as never)).toThrow(/to return a term, found 3/);
  expect(() => customLoss("blind", ({ yTrue }) => square(yTrue))).toThrow(/blind to depend on yPred/);
  expect(() => customMetric("number", 3 as never)).toThrow(/Expected a function for "number", found 3/);
  expect(() => customLoss("product", ({ yTrue, yPred }) => matmul(yTrue, yPred))).toThrow(/second argument of matmul/);
  expect(() => customLoss("normal", ({ yPred }) => ops.layerNorm(yPred))).toThrow(
    /element by element, found layerNorm/,
  );
});
