import { F32, F64, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { stride } from "./layout.ts";
import { eachRow } from "./rows.ts";

/** A metric as the program sees it: it adds to float64 cells, from which its value is read afterwards. */
export type MetricKernel =
  | { readonly kind: "squaredError" | "absoluteError" | "categoricalAccuracy" | "sparseCategoricalAccuracy" }
  | { readonly kind: "binaryAccuracy" | "confusion"; readonly threshold: number }
  | { readonly kind: "thresholds"; readonly count: number };

/**
 * How many cells a metric has. Errors and accuracies: sum and number of elements. `confusion`: true positives, false
 * positives, false negatives. `thresholds`: for each threshold the positives, then the negatives, whose prediction lies
 * above it and not above the next.
 */
export function metricCells(metric: MetricKernel): number {
  if (metric.kind === "confusion") return 3;
  return metric.kind === "thresholds" ? 2 * metric.count : 2;
}

export const takesClasses = (metric: MetricKernel): boolean => metric.kind === "sparseCategoricalAccuracy";

/** Adds rows to a metric's cells: `call(predictions, targets, mask, cells, rows)`; targets as for the losses. */
export function metricRows(
  module: Module,
  metric: MetricKernel,
  features: number,
  options: { masked: boolean; sparseTargets: boolean },
): FunctionRef {
  const { masked, sparseTargets } = options;
  return module.function(
    `metric ${JSON.stringify(metric)} ${features} ${masked} ${sparseTargets}`,
    [I32, I32, I32, I32, I32],
    (fn, predictions, targets, mask, cells, rows) => {
      const pointers = [
        [predictions, stride(features)],
        [targets, sparseTargets ? 1 : stride(features)],
        [mask, masked ? 1 : 0],
      ] as const;
      eachRow(fn, rows, pointers, (p, y, m) => {
        const row = () => countRow(fn, metric, p, y, cells, features);
        if (masked) fn.if(I32.load(m), row);
        else row();
      });
      return undefined;
    },
  );
}

function add(fn: Fn, cells: I32, index: number, value: F64): void {
  fn.store(cells, F64.load(cells, 8 * index).add(value), 8 * index);
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

function countRow(fn: Fn, metric: MetricKernel, p: I32, y: I32, cells: I32, features: number): void {
  if (metric.kind === "categoricalAccuracy" || metric.kind === "sparseCategoricalAccuracy") {
    const wanted = metric.kind === "categoricalAccuracy" ? argmax(fn, y, features) : I32.load(y);
    add(fn, cells, 0, argmax(fn, p, features).equals(wanted).toF64());
    add(fn, cells, 1, F64.of(1));
    return;
  }
  fn.loop(0, 4 * features, 4, (j) => {
    const prediction = fn.let(F32.load(p.add(j)));
    const target = fn.let(F32.load(y.add(j)));
    switch (metric.kind) {
      case "squaredError":
      case "absoluteError": {
        const d = fn.let(prediction.sub(target).toF64());
        add(fn, cells, 0, metric.kind === "squaredError" ? d.mul(d) : d.max(F64.of(0).sub(d)));
        add(fn, cells, 1, F64.of(1));
        break;
      }
      case "binaryAccuracy":
        add(fn, cells, 0, prediction.greater(metric.threshold).toF32().equals(target).toF64());
        add(fn, cells, 1, F64.of(1));
        break;
      case "confusion": {
        const positive = fn.let(target.greater(0.5));
        fn.if(
          prediction.greater(metric.threshold),
          () =>
            fn.if(
              positive,
              () => add(fn, cells, 0, F64.of(1)),
              () => add(fn, cells, 1, F64.of(1)),
            ),
          () => fn.if(positive, () => add(fn, cells, 2, F64.of(1))),
        );
        break;
      }
      case "thresholds": {
        // The last of the evenly spaced thresholds i / (count - 1) that the prediction exceeds.
        const last = metric.count - 1;
        const index = prediction.min(1).max(0).mul(last).ceil().toI32().sub(1);
        const bucket = fn.let(index);
        const place = bucket.mul(bucket.less(0).isZero()).mul(8);
        const negative = target
          .greater(0.5)
          .isZero()
          .mul(8 * metric.count);
        add(fn, fn.let(cells.add(place).add(negative)), 0, F64.of(1));
        break;
      }
    }
  });
}
