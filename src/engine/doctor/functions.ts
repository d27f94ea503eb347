// Activations, softmax, losses, metrics and the optimizers' rules.

import { activationSlope, activationTwin } from "../kernels/activation.twin.ts";
import {
  type ActivationName,
  activate,
  activateBackward,
  activationNames,
  isCurved,
  type LossKernel,
  lossRows,
  outputBlocks,
  slots,
  softmax,
  softmaxBackward,
  stride,
  type UpdateRule,
  update,
} from "../kernels/index.ts";
import { lossTwin } from "../kernels/loss.twin.ts";
import { type TwinState, updateTwin } from "../kernels/optimizer.twin.ts";
import { softmaxTwin } from "../kernels/softmax.twin.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, numericGradient, uniform } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 2, features: 33 },
];

function activation(bench: Bench, shape: Shape, name: ActivationName): Problems {
  const { rows, stride: distance, padded: width } = laid(shape);
  const [values, slopes] = [uniform(1, rows * shape.features, 6), uniform(2, rows * shape.features)];
  const [x, dy] = [values, slopes].map((data) => bench.floats(spread(data, laid(shape))));
  const [y, dx] = [bench.floats(rows * distance), bench.floats(rows * distance)];
  const key = `${name} ${shape.features}`;
  bench.call(`activate ${key}`, (module) => activate(module, name, width, distance), x, y, rows);
  bench.call(
    `back ${key}`,
    (module) => activateBackward(module, name, width, distance),
    isCurved(name) ? x : y,
    dy,
    dx,
    rows,
  );
  const gradient = slopes.map((slope, i) => slope * activationSlope[name](values[i]));
  const said = (problem: string) => problem && `${name} ${problem}`;
  return {
    activate: said(closeBy(gathered(y.data, laid(shape)), Float64Array.from(values, activationTwin[name]), 1e-6)),
    activateBackward: said(closeBy(gathered(dx.data, laid(shape)), gradient, 1e-6, 1)),
  };
}

function normalised(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const [values, slopes] = [uniform(3, rows * features, 8), uniform(4, rows * features)];
  const x = bench.floats(spread(values, { ...laid(shape), pad: 50 })); // pads must not count
  const dy = bench.floats(spread(slopes, laid(shape)));
  const [y, dx] = [bench.floats(rows * stride(features)), bench.floats(rows * stride(features))];
  bench.call(`softmax ${features}`, (module) => softmax(module, features), x, y, rows);
  bench.call(`softmax back ${features}`, (module) => softmaxBackward(module, features, false), y, dy, dx, rows);
  const value = (at: ArrayLike<number>) => softmaxTwin(at, rows).reduce((sum, p, i) => sum + p * slopes[i], 0);
  return {
    softmax: closeBy(gathered(y.data, laid(shape)), softmaxTwin(values, rows), 2e-6),
    softmaxBackward: closeBy(gathered(dx.data, laid(shape)), numericGradient(value, values), 2e-6, 1),
  };
}

const losses: readonly LossKernel[] = [
  { kind: "meanSquaredError" },
  { kind: "meanAbsoluteError" },
  { kind: "huber", delta: 0.7 },
  ...(["binaryCrossentropy", "categoricalCrossentropy", "sparseCategoricalCrossentropy"] as const).flatMap((kind) =>
    [true, false].map((fromLogits) => ({ kind, fromLogits })),
  ),
  { kind: "meanAbsolutePercentageError" },
  { kind: "meanSquaredLogarithmicError" },
  { kind: "logCosh" },
  { kind: "hinge" },
  { kind: "squaredHinge" },
  { kind: "categoricalHinge" },
  { kind: "poisson" },
  { kind: "klDivergence" },
  { kind: "categoricalCrossentropy", fromLogits: true, labelSmoothing: 0.1 },
  { kind: "binaryFocalCrossentropy", fromLogits: true, gamma: 2, alpha: 0.25, applyClassBalancing: true },
  { kind: "categoricalFocalCrossentropy", fromLogits: false, gamma: 2, alpha: 0.25 },
  { kind: "quantile", quantiles: [0.9] },
  { kind: "quantile", quantiles: [0.1, 0.5, 0.9] },
  { kind: "gaussianNll", variance: "softplus", full: false },
  { kind: "gaussianNll", variance: "log", full: true },
];

/** The loss of rows, one of which is masked, and its gradient. */
function loss(bench: Bench, { rows, features: width }: Shape, kernel: LossKernel): Problems {
  const features = width * outputBlocks(kernel);
  const shape = { rows, features };
  const length = rows * features;
  const positive = kernel.kind === "poisson" || kernel.kind === "klDivergence";
  const probabilities = ("fromLogits" in kernel && !kernel.fromLogits) || positive;
  const given = uniform(5, length, 4).map((x) => (probabilities ? 0.02 + (x + 4) / 9 : x));
  const classes = Int32Array.from({ length: rows }, (_, row) => (3 * row + 1) % features);
  const sparse = kernel.kind === "sparseCategoricalCrossentropy";
  const oneHot = Float32Array.from({ length }, (_, i) => (classes[Math.floor(i / features)] === i % features ? 1 : 0));
  const several = kernel.kind.startsWith("categorical");
  const targets = several ? oneHot : uniform(6, rows * width, 0.5).map((x) => x + 0.5);
  const weights = Float32Array.from({ length: rows }, (_, row) => 0.5 + row / 2);
  const mask = Int32Array.from({ length: rows }, (_, row) => (row === 1 ? 0 : -1));
  const options = { masked: true, gradient: true, weighted: true };
  const p = bench.floats(spread(given, { ...laid(shape), pad: 7 }));
  const y = sparse
    ? bench.words32(classes)
    : bench.floats(spread(targets, { ...laid({ rows, features: width }), pad: 3 }));
  const gradient = bench.floats(rows * stride(features));
  const cells = bench.doubles([0, 0]);
  const make = (module: Parameters<typeof lossRows>[0]) => lossRows(module, kernel, features, options);
  const [alive, shares] = [bench.words32(mask), bench.floats(weights)];
  bench.call(`${JSON.stringify(kernel)} ${features}`, make, p, y, gradient, alive, shares, cells, rows);
  const total = (at: ArrayLike<number>) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const own = (of: ArrayLike<number>, count: number) =>
        Array.from({ length: count }, (_, j) => of[row * count + j]);
      const value = () => lossTwin(kernel, own(at, features), sparse ? classes[row] : own(targets, width));
      if (mask[row]) sum += weights[row] * value();
    }
    return sum;
  };
  const problem = first(
    closeBy([cells.data[0]], [total(given)], 2e-6, 0.1),
    closeBy([cells.data[1]], [mask.filter(Boolean).length], 0),
    closeBy(gathered(gradient.data, laid(shape)), numericGradient(total, given, 1e-5), 4e-6, 0.5),
  );
  return { lossRows: problem && `${JSON.stringify(kernel)} ${problem}` };
}

const rmsprop = { kind: "rmsprop", rho: 0.9, epsilon: 1e-7 } as const;
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;
const rules: readonly UpdateRule[] = [
  { kind: "sgd", momentum: 0, nesterov: false },
  { kind: "sgd", momentum: 0.9, nesterov: false },
  { kind: "sgd", momentum: 0.9, nesterov: true },
  { ...rmsprop, momentum: 0, centered: false },
  { ...rmsprop, momentum: 0.5, centered: true },
  { ...adam, amsgrad: false },
  { ...adam, amsgrad: true },
];

/** Three steps of a rule with weights that decay and gradients that are scaled and clipped. */
function rule(bench: Bench, { features: length }: Shape, kind: UpdateRule): Problems {
  const count = slots(kind).length;
  const start = uniform(7, length);
  const [weights, gradients] = [bench.floats(start), bench.floats(length)];
  const state = bench.floats(new Float32Array(count * length));
  const [rate, decay, factor] = [0.05, 0.01, 0.7].map(Math.fround);
  const options = { slotBytes: 4 * length, clip: 0.5, scaled: true, decays: true };
  const [scalars, scale] = [bench.floats([rate, decay]), bench.floats([factor])];
  let twin: TwinState[] = Array.from(start, (weight) => ({ weight, slots: new Array(count).fill(0) }));
  for (let step = 0; step < 3; step++) {
    const g = uniform(8 + step, length);
    gradients.data.set(g);
    const make = (module: Parameters<typeof update>[0]) => update(module, kind, options);
    bench.call(JSON.stringify(kind), make, weights, gradients, state, scalars, scale, 4 * length);
    twin = twin.map((one, i) => updateTwin(kind, one, Math.max(-0.5, Math.min(0.5, g[i] * factor)), rate, decay));
  }
  const found = [weights.data, ...Array.from({ length: count }, (_, s) => state.data.subarray(s * length))];
  const problems = [
    closeBy(
      found[0],
      twin.map(({ weight }) => weight),
      4e-6,
    ),
    ...slots(kind).map((_, s) =>
      closeBy(
        found[s + 1].subarray(0, length),
        twin.map((one) => one.slots[s]),
        4e-6,
      ),
    ),
    gradients.data.every((value) => value === 0) ? "" : "gradients are not set to zero",
  ];
  const problem = first(...problems);
  return { update: problem && `${JSON.stringify(kind)} ${problem}` };
}

export const functionChecks: readonly Check[] = [
  ...activationNames.map((name) =>
    overShapes(["activate", "activateBackward"], shapes, (bench, shape) => activation(bench, shape, name)),
  ),
  overShapes(["softmax", "softmaxBackward"], shapes, normalised),
  ...losses.map((kind) => overShapes(["lossRows"], shapes, (bench, shape) => loss(bench, shape, kind))),
  ...rules.map((kind) =>
    overShapes(["update"], [{ rows: 1, features: 40 }], (bench, shape) => rule(bench, shape, kind)),
  ),
];
