import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { closeBy, numericGradient, source, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { rareKernels } from "./late.ts";
import { padded, stride } from "./layout.ts";
import { lossRows } from "./loss.ts";
import { lossTwin } from "./loss.twin.ts";
import { type LossKernel, outputBlocks } from "./loss-kinds.ts";

await rareKernels.load();

const kinds: readonly LossKernel[] = [
  { kind: "meanSquaredError" },
  { kind: "meanAbsoluteError" },
  { kind: "huber", delta: 1 },
  { kind: "huber", delta: 0.3 },
  { kind: "binaryCrossentropy", fromLogits: true },
  { kind: "binaryCrossentropy", fromLogits: false },
  { kind: "categoricalCrossentropy", fromLogits: true },
  { kind: "categoricalCrossentropy", fromLogits: false },
  { kind: "sparseCategoricalCrossentropy", fromLogits: true },
  { kind: "sparseCategoricalCrossentropy", fromLogits: false },
  { kind: "meanAbsolutePercentageError" },
  { kind: "meanSquaredLogarithmicError" },
  { kind: "logCosh" },
  { kind: "hinge" },
  { kind: "squaredHinge" },
  { kind: "categoricalHinge" },
  { kind: "poisson" },
  { kind: "klDivergence" },
  { kind: "binaryCrossentropy", fromLogits: true, labelSmoothing: 0.2 },
  { kind: "binaryCrossentropy", fromLogits: false, labelSmoothing: 0.2 },
  { kind: "categoricalCrossentropy", fromLogits: true, labelSmoothing: 0.2 },
  { kind: "categoricalCrossentropy", fromLogits: false, labelSmoothing: 0.2 },
  { kind: "binaryFocalCrossentropy", fromLogits: true, gamma: 2, alpha: 0.3, applyClassBalancing: true },
  { kind: "binaryFocalCrossentropy", fromLogits: false, gamma: 0, alpha: 0.25, applyClassBalancing: false },
  { kind: "binaryFocalCrossentropy", fromLogits: false, gamma: 1.5, alpha: 0.25, applyClassBalancing: false },
  { kind: "categoricalFocalCrossentropy", fromLogits: true, gamma: 1.5, alpha: 0.5 },
  { kind: "categoricalFocalCrossentropy", fromLogits: false, gamma: 2, alpha: 0.25 },
  { kind: "quantile", quantiles: [0.3] },
  { kind: "quantile", quantiles: [0.1, 0.5, 0.9] },
  { kind: "gaussianNll", variance: "log", full: false },
  { kind: "gaussianNll", variance: "softplus", full: true },
];
const isProbability = (loss: LossKernel) =>
  ("fromLogits" in loss && !loss.fromLogits) || loss.kind === "klDivergence" || loss.kind === "poisson";
/** Shapes of an output that a loss divides into blocks. */
const shapesOf = (loss: LossKernel): [number, number][] => {
  const blocks = outputBlocks(loss);
  return shapes.map(([rows, features]) => [rows, blocks === 1 ? features : blocks * Math.ceil(features / 3)]);
};
const shapes: [number, number][] = [
  [1, 1],
  [3, 1],
  [2, 2],
  [1, 3],
  [7, 4],
  [3, 5],
  [2, 8],
  [2, 17],
  [1, 33],
];

interface Rows {
  readonly predictions: ArrayLike<number>;
  readonly rowTargets?: ArrayLike<number>;
  readonly classes?: readonly number[];
  readonly mask?: readonly boolean[];
  readonly weights?: readonly number[];
}

describe.each(targets)("%s", (_, target) => {
  const bench = new Bench(target);

  /** The kernel's sum and count, and the gradient; the cells start from given values. */
  function run(loss: LossKernel, features: number, rows: number, given: Rows, start = [0, 0]) {
    bench.clear();
    const shape = { rows, features, padded: padded(features), stride: stride(features) };
    const p = bench.floats(spread(given.predictions, { ...shape, pad: 7 }));
    const width = features / outputBlocks(loss);
    const targetShape = { rows, features: width, padded: padded(width), stride: stride(width), pad: 3 };
    const y = given.classes ? bench.words32(given.classes) : bench.floats(spread(given.rowTargets ?? [], targetShape));
    const gradient = bench.floats(rows * shape.stride);
    const mask = bench.words32((given.mask ?? []).map((alive) => (alive ? -1 : 0)));
    const weights = bench.floats(given.weights ?? []);
    const cells = bench.doubles(start);
    for (const wanted of [true, false]) {
      const options = { masked: given.mask !== undefined, gradient: wanted, weighted: given.weights !== undefined };
      const make = (module: Parameters<typeof lossRows>[0]) => lossRows(module, loss, features, options);
      cells.data.set(start);
      bench.call(
        `${JSON.stringify([loss, options])} ${features}`,
        make,
        p,
        y,
        wanted ? gradient : 0,
        mask,
        weights,
        cells,
        rows,
      );
    }
    for (let i = 0; i < gradient.data.length; i++) {
      if (i % shape.stride >= features && i % shape.stride < shape.padded) expect(gradient.data[i]).toBe(0);
    }
    return { total: cells.data[0], count: cells.data[1], gradient: gathered(gradient.data, shape) };
  }

  it.each(kinds)("%o: value and gradient, on odd shapes, with and without masks", (loss) => {
    const sparse = loss.kind === "sparseCategoricalCrossentropy";
    for (const [rows, features] of shapesOf(loss)) {
      const length = rows * features;
      const logits = uniform(length, length, 4);
      const predictions = isProbability(loss) ? logits.map((x) => 0.02 + (x + 4) / 9) : logits;
      const soft = uniform(length + 1, length, isProbability(loss) || "fromLogits" in loss ? 0.5 : 3);
      const rowTargets = "fromLogits" in loss ? soft.map((x) => x + 0.5) : soft;
      // The gradient of a crossentropy with several classes holds for targets that add up to one, as in TensorFlow.
      if (loss.kind === "categoricalCrossentropy") normalise(rowTargets, features);
      const classes = Array.from({ length: rows }, (_, row) => source(row).below(3, features));
      for (const mask of [undefined, Array.from({ length: rows }, (_, row) => row % 3 !== 1)]) {
        const weights = mask ? undefined : Array.from(uniform(9, rows, 1), (x) => x + 1);
        const given = { predictions, mask, weights, ...(sparse ? { classes } : { rowTargets }) };
        const found = run(loss, features, rows, given);
        const alive = (row: number) => mask?.[row] ?? true;
        const row = (array: ArrayLike<number>, i: number, width = features) =>
          Array.from({ length: width }, (_, j) => array[i * width + j]);
        const width = features / outputBlocks(loss);
        const total = (p: ArrayLike<number>) => {
          let all = 0;
          for (let i = 0; i < rows; i++) {
            const own = () => lossTwin(loss, row(p, i), sparse ? classes[i] : row(rowTargets, i, width));
            if (alive(i)) all += (weights?.[i] ?? 1) * own();
          }
          return all;
        };
        const where = `${rows}x${features} ${mask}`;
        expect(closeBy([found.total], [total(predictions)], 2e-6, 0.1), where).toBe("");
        expect(found.count).toBe(mask ? mask.filter(Boolean).length : rows);
        const gradient = numericGradient(total, predictions, 1e-5);
        expect(closeBy(found.gradient, gradient, 3e-6, 0.5), where).toBe("");
      }
    }
  });

  it("adds to what the cells hold", () => {
    const one = { predictions: [1, 3], rowTargets: [0, 0] };
    expect(run({ kind: "meanSquaredError" }, 2, 1, one, [100, 7])).toMatchObject({ total: 105, count: 8 });
  });

  it("at the edges: equal, one delta apart, probabilities 0 and 1, huge logits", () => {
    const mae = run({ kind: "meanAbsoluteError" }, 1, 3, { predictions: [1, 2, 3], rowTargets: [1, 3, 2] });
    expect([...mae.gradient]).toEqual([0, -1, 1]);
    const huber = run({ kind: "huber", delta: 1 }, 1, 3, { predictions: [1, 0, 3], rowTargets: [0, 1, 0] });
    expect([...huber.gradient]).toEqual([1, -1, 1]);
    expect(huber.total).toBeCloseTo(0.5 + 0.5 + 2.5, 6);

    const edge = { predictions: [0, 1, 0, 1], rowTargets: [0, 1, 1, 0] };
    const bce = run({ kind: "binaryCrossentropy", fromLogits: false }, 1, 4, edge);
    expect(bce.total).toBeCloseTo(-2 * Math.log(2 ** -23) + 2.4e-7, 0);
    expect([...bce.gradient]).toEqual([0, 0, 0, 0]); // clipped: as in Keras, no gradient comes through
    const large = { predictions: [60, 1000, -1000, 3e38], rowTargets: [0, 1, 0, 1] };
    const logits = run({ kind: "binaryCrossentropy", fromLogits: true }, 1, 4, large);
    expect(logits.total).toBe(60);
    expect(closeBy(logits.gradient, [1, 0, 0, 0], 1e-6)).toBe("");

    const classes = { predictions: [90, 0, -90, 0, 200, 0], classes: [2, 1] };
    const sparse = run({ kind: "sparseCategoricalCrossentropy", fromLogits: true }, 3, 2, classes);
    expect(sparse.total).toBeCloseTo(180, 4);
    expect(closeBy(sparse.gradient, [1, 0, -1, 0, 0, 0], 1e-6)).toBe("");
    const certain = { predictions: [1, 0, 0, 0, 0, 1], classes: [0, 0] };
    const clipped = run({ kind: "sparseCategoricalCrossentropy", fromLogits: false }, 3, 2, certain);
    expect(clipped.total).toBeCloseTo(-Math.log(1e-7), 4);
    expect([...clipped.gradient]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("a class that does not exist matches no prediction", () => {
    const given = { predictions: [1, 2, 3, 1, 2, 3], classes: [-1, 3] };
    const found = run({ kind: "sparseCategoricalCrossentropy", fromLogits: true }, 3, 2, given);
    expect(found.total).toBe(0);
    expect(found.count).toBe(2);
  });

  it("a NaN prediction makes the sum NaN, unless its row is masked", () => {
    for (const loss of kinds) {
      const features = 2 * outputBlocks(loss);
      const row = Array.from({ length: features }, (_, j) => (j + 1) / 4);
      const predictions = [...row, Number.NaN, ...row.slice(1)];
      const classes = loss.kind === "sparseCategoricalCrossentropy" ? [1, 0] : undefined;
      const rows = { predictions, rowTargets: [0, 1, 1, 0], classes };
      expect(run(loss, features, 2, rows).total, JSON.stringify(loss)).toBeNaN();
      const masked = run(loss, features, 2, { ...rows, mask: [true, false] });
      expect(Number.isFinite(masked.total)).toBe(true);
      expect(masked.gradient.every(Number.isFinite)).toBe(true);
    }
  });
});

function normalise(rows: Float32Array, features: number): void {
  for (let at = 0; at < rows.length; at += features) {
    const row = rows.subarray(at, at + features);
    const total = row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, j) => {
      row[j] = value / total;
    });
  }
}
