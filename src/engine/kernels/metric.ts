import { F32, F64, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { stride } from "./layout.ts";
import { lossOfRow } from "./loss.ts";
import { type LossKernel, takesClassNumbers } from "./loss-kinds.ts";
import { eachRow } from "./rows.ts";

/** A metric as the program sees it: it adds to float64 cells, from which its value is read afterwards. */
export type MetricKernel =
  | {
      readonly kind:
        | "squaredError"
        | "absoluteError"
        | "symmetricPercentageError"
        | "categoricalAccuracy"
        | "sparseCategoricalAccuracy"
        | "r2";
    }
  | { readonly kind: "topKCategoricalAccuracy" | "sparseTopKCategoricalAccuracy"; readonly k: number }
  | { readonly kind: "binaryAccuracy" | "confusion"; readonly threshold: number }
  | { readonly kind: "thresholds"; readonly count: number }
  /** `threshold` null: the largest of a row is the one predicted. */
  | { readonly kind: "classCounts"; readonly threshold: number | null }
  | { readonly kind: "loss"; readonly loss: LossKernel };

/**
 * How many cells a metric has. Errors, accuracies and losses: sum and number of elements or rows. `confusion`: true
 * positives, false positives, false negatives. `thresholds`: for each threshold the positives, then the negatives, whose
 * prediction lies above it and not above the next. `classCounts`: for each feature true positives, false positives,
 * false negatives and positives. `r2`: for each feature the sum of targets, of their squares, of squared errors, and
 * the number of rows. All are sums of the rows' weights.
 */
export function metricCells(metric: MetricKernel, features: number): number {
  if (metric.kind === "confusion") return 3;
  if (metric.kind === "classCounts" || metric.kind === "r2") return 4 * features;
  return metric.kind === "thresholds" ? 2 * metric.count : 2;
}

/** Whether targets must be class numbers (true), rows (false), or either will do. */
export function takesClasses(metric: MetricKernel): boolean | undefined {
  if (metric.kind === "loss") return takesClassNumbers(metric.loss);
  if (metric.kind === "classCounts" && metric.threshold === null) return undefined;
  return metric.kind === "sparseCategoricalAccuracy" || metric.kind === "sparseTopKCategoricalAccuracy";
}

/** Adds a number, times the row's weight, to the cell with that index. */
type Add = (index: number | I32, value: F64) => void;

/**
 * Adds rows to a metric's cells: `call(predictions, targets, mask, weights, cells, rows)`; targets as for the losses.
 * `distance`: floats from one row of predictions to the next, where they have more features than the targets.
 */
export function metricRows(
  module: Module,
  metric: MetricKernel,
  features: number,
  options: { masked: boolean; sparseTargets: boolean; weighted?: boolean; distance?: number },
): FunctionRef {
  const { masked, sparseTargets, weighted = false, distance = stride(features) } = options;
  return module.function(
    `metric ${JSON.stringify(metric)} ${features} ${masked} ${sparseTargets} ${weighted} ${distance}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, predictions, targets, mask, weights, cells, rows) => {
      const pointers = [
        [predictions, distance],
        [targets, sparseTargets ? 1 : stride(features)],
        [mask, masked ? 1 : 0],
        [weights, weighted ? 1 : 0],
      ] as const;
      eachRow(fn, rows, pointers, (p, y, m, w) => {
        const row = () => {
          const weight = weighted ? fn.let(F32.load(w).toF64()) : undefined;
          const add: Add = (index, value) => {
            const cell = typeof index === "number" ? cells : fn.let(cells.add(index.mul(8)));
            const offset = typeof index === "number" ? 8 * index : 0;
            fn.store(cell, F64.load(cell, offset).add(weight ? value.mul(weight) : value), offset);
          };
          countRow(fn, metric, p, y, add, features, sparseTargets);
        };
        if (masked) fn.if(I32.load(m), row);
        else row();
      });
      return undefined;
    },
  );
}

/** The place of the largest of a row's features, the first of equals. */
function argmax(fn: Fn, row: I32, features: number): I32 {
  const best = fn.variable(I32, I32.of(0));
  const value = fn.variable(F32, F32.load(row));
  fn.loop(1, features, 1, (j) => {
    const candidate = fn.let(F32.load(row.add(j.mul(4))));
    fn.if(candidate.greater(value.get), () => {
      best.set(j);
      value.set(candidate);
    });
  });
  return best.get;
}

/** How many of a row's features are larger than one of them. */
function larger(fn: Fn, row: I32, features: number, place: I32): I32 {
  const own = fn.let(F32.load(row.add(place.mul(4))));
  const count = fn.variable(I32, I32.of(0));
  fn.loop(0, 4 * features, 4, (j) => count.set(count.get.add(F32.load(row.add(j)).greater(own))));
  return count.get;
}

const nobody = { vector: () => {}, number: () => {} };

/** The share that a row adds as a whole; undefined for metrics that look at one element at a time. */
function shareOfRow(fn: Fn, metric: MetricKernel, p: I32, y: I32, features: number, sparse: boolean): F64 | undefined {
  const wanted = () => (sparse ? fn.let(I32.load(y)) : argmax(fn, y, features));
  switch (metric.kind) {
    case "categoricalAccuracy":
    case "sparseCategoricalAccuracy":
      return argmax(fn, p, features).equals(wanted()).toF64();
    case "topKCategoricalAccuracy":
    case "sparseTopKCategoricalAccuracy":
      return larger(fn, p, features, wanted()).less(metric.k).toF64();
    case "loss":
      return lossOfRow(fn, metric.loss, p, y, features, nobody).toF64();
    default:
      return undefined;
  }
}

function countRow(fn: Fn, metric: MetricKernel, p: I32, y: I32, add: Add, features: number, sparse: boolean): void {
  const share = (value: F64) => {
    add(0, value);
    add(1, F64.of(1));
  };
  const whole = shareOfRow(fn, metric, p, y, features, sparse);
  if (whole) share(whole);
  else if (metric.kind === "classCounts") countClasses(fn, metric.threshold, [p, y], add, features, sparse);
  else countElements(fn, metric, [p, y], { add, share }, features);
}

function countElements(
  fn: Fn,
  metric: MetricKernel,
  [p, y]: readonly [I32, I32],
  { add, share }: { readonly add: Add; share(value: F64): void },
  features: number,
): void {
  fn.loop(0, 4 * features, 4, (j) => {
    const prediction = fn.let(F32.load(p.add(j)));
    const target = fn.let(F32.load(y.add(j)));
    const one = F64.of(1);
    switch (metric.kind) {
      case "squaredError":
      case "absoluteError": {
        const d = fn.let(prediction.sub(target).toF64());
        share(metric.kind === "squaredError" ? d.mul(d) : d.max(F64.of(0).sub(d)));
        break;
      }
      case "symmetricPercentageError": {
        // Where both are zero nothing is wrong.
        const d = fn.let(prediction.sub(target).abs().toF64());
        const size = prediction.abs().toF64().add(target.abs().toF64()).max(1e-300);
        share(d.mul(200).div(size));
        break;
      }
      case "binaryAccuracy":
        share(prediction.greater(metric.threshold).toF32().equals(target).toF64());
        break;
      case "confusion": {
        const positive = fn.let(target.greater(0.5));
        fn.if(
          prediction.greater(metric.threshold),
          () =>
            fn.if(
              positive,
              () => add(0, one),
              () => add(1, one),
            ),
          () => fn.if(positive, () => add(2, one)),
        );
        break;
      }
      case "r2": {
        const first = fn.let(j);
        const truth = fn.let(target.toF64());
        const d = fn.let(prediction.toF64().sub(truth));
        [truth, truth.mul(truth), d.mul(d), one].forEach((value, cell) => {
          add(fn.let(first.add(cell)), value);
        });
        break;
      }
      case "thresholds": {
        // The last of the evenly spaced thresholds i / (count - 1) that the prediction exceeds.
        const last = metric.count - 1;
        const index = prediction.min(1).max(0).mul(last).ceil().toI32().sub(1);
        const bucket = fn.let(index);
        const place = bucket.mul(bucket.less(0).isZero());
        const negative = target.greater(0.5).isZero().mul(metric.count);
        add(fn.let(place.add(negative)), one);
        break;
      }
    }
  });
}

/** For each feature what of it was predicted and what was there. */
function countClasses(
  fn: Fn,
  threshold: number | null,
  [p, y]: readonly [I32, I32],
  add: Add,
  features: number,
  sparseTargets: boolean,
): void {
  const top = threshold === null ? fn.let(F32.load(p.add(argmax(fn, p, features).mul(4)))) : undefined;
  const number = sparseTargets ? fn.let(I32.load(y)) : undefined;
  fn.loop(0, features, 1, (j) => {
    const prediction = fn.let(F32.load(p.add(j.mul(4))));
    // As in Keras: all that equal the largest, but a row of zeros predicts nothing.
    const chosen = top
      ? prediction.less(top).isZero().and(prediction.abs().greater(1e-9))
      : prediction.greater(threshold!);
    const yes = fn.let(chosen.toF64());
    const truth = fn.let(number ? j.equals(number).toF64() : F32.load(y.add(j.mul(4))).toF64());
    const no = fn.let(F64.of(1).sub(yes));
    const first = fn.let(j.mul(4));
    [yes.mul(truth), yes.mul(F64.of(1).sub(truth)), no.mul(truth), truth].forEach((value, cell) => {
      add(fn.let(first.add(cell)), value);
    });
  });
}
