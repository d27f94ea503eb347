// Metrics that few models have.

import { F32, F64, type Fn, I32 } from "../wasm/index.ts";
import type { MetricKernel } from "./metric-kinds.ts";
import { type AddToCell, addShare, argmax, eachElement, type MetricRow, rightClass } from "./metric-row.ts";

export { areaUnderCurve, f1Of, perplexityOf, r2Of } from "./rare-result.ts";

/** Adds a row to the metric's cells. */
export function countRare(fn: Fn, metric: MetricKernel, row: MetricRow, add: AddToCell): void {
  switch (metric.kind) {
    case "topKCategoricalAccuracy":
    case "sparseTopKCategoricalAccuracy":
      addShare(add, larger(fn, row, rightClass(fn, row)).less(metric.k).toF64());
      break;
    case "classCounts":
      countClasses(fn, metric.threshold, row, add);
      break;
    case "symmetricPercentageError":
      eachElement(fn, row, (prediction, target) => {
        // Where both are zero nothing is wrong.
        const d = fn.let(prediction.sub(target).abs().toF64());
        const size = prediction.abs().toF64().add(target.abs().toF64()).max(1e-300);
        addShare(add, d.mul(200).div(size));
      });
      break;
    case "confusion":
      eachElement(fn, row, (prediction, target) => {
        const positive = fn.let(target.greater(0.5));
        const count = (cell: number) => () => add(cell, F64.of(1));
        fn.if(
          prediction.greater(metric.threshold),
          () => fn.if(positive, count(0), count(1)),
          () => fn.if(positive, count(2)),
        );
      });
      break;
    case "r2":
      eachElement(fn, row, (prediction, target, j) => {
        const first = fn.let(j);
        const truth = fn.let(target.toF64());
        const d = fn.let(prediction.toF64().sub(truth));
        [truth, truth.mul(truth), d.mul(d), F64.of(1)].forEach((value, cell) => {
          add(fn.let(first.add(cell)), value);
        });
      });
      break;
    case "thresholds":
      eachElement(fn, row, (prediction, target) => {
        // The last of the evenly spaced thresholds i / (count - 1) that the prediction exceeds.
        const last = metric.count - 1;
        const index = prediction.min(1).max(0).mul(last).ceil().toI32().sub(1);
        const bucket = fn.let(index);
        const place = bucket.mul(bucket.less(0).isZero());
        const negative = target.greater(0.5).isZero().mul(metric.count);
        add(fn.let(place.add(negative)), F64.of(1));
      });
      break;
    default:
      throw new Error(`no row is counted for a metric "${metric.kind}"`);
  }
}

/** How many of a row's features are larger than one of them. */
function larger(fn: Fn, { p: row, features }: MetricRow, place: I32): I32 {
  const own = fn.let(F32.load(row.add(place.mul(4))));
  const count = fn.variable(I32, I32.of(0));
  fn.loop(0, 4 * features, 4, (j) => count.set(count.get.add(F32.load(row.add(j)).greater(own))));
  return count.get;
}

/** For each feature what of it was predicted and what was there. */
function countClasses(fn: Fn, threshold: number | null, { p, y, features, sparse }: MetricRow, add: AddToCell): void {
  const top = threshold === null ? fn.let(F32.load(p.add(argmax(fn, p, features).mul(4)))) : undefined;
  const number = sparse ? fn.let(I32.load(y)) : undefined;
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
