import { lossTwin } from "./loss.twin.ts";
import { type MetricKernel, metricCells } from "./metric-kinds.ts";

/** Predictions, and rows or classes as their targets; a row without a mask counts. */
export interface Given {
  readonly p: readonly number[][];
  readonly y: readonly number[][] | readonly number[];
  readonly mask?: readonly boolean[];
  readonly weights?: readonly number[];
}

/** A metric's cells, counted plainly as Keras defines it. */
export function metricTwin(metric: MetricKernel, { p, y, mask, weights }: Given): number[] {
  const features = p[0].length;
  const cells: number[] = new Array(metricCells(metric, features)).fill(0);
  const first = (row: readonly number[]) => row.indexOf(Math.max(...row));
  p.forEach((row, i) => {
    if (mask && !mask[i]) return;
    const target = y[i];
    const truths = typeof target === "number" ? row.map((_, j) => Number(j === target)) : target;
    const add = (cell: number, value: number) => {
      cells[cell] += value * (weights?.[i] ?? 1);
    };
    const share = (value: number) => {
      add(0, value);
      add(1, 1);
    };
    switch (metric.kind) {
      case "categoricalAccuracy":
      case "sparseCategoricalAccuracy":
        share(Number(first(row) === first(truths)));
        return;
      case "topKCategoricalAccuracy":
      case "sparseTopKCategoricalAccuracy":
        share(Number(row.filter((value) => value > row[first(truths)]).length < metric.k));
        return;
      case "loss":
      case "perplexity":
        share(lossTwin(metric.loss, row, target));
        return;
    }
    row.forEach((prediction, j) => {
      const truth = truths[j];
      switch (metric.kind) {
        case "squaredError":
        case "absoluteError": {
          const d = Math.fround(prediction - truth);
          share(metric.kind === "squaredError" ? d * d : Math.abs(d));
          break;
        }
        case "symmetricPercentageError": {
          const size = Math.abs(prediction) + Math.abs(truth);
          share((200 * Math.abs(Math.fround(prediction - truth))) / Math.max(size, 1e-300));
          break;
        }
        case "binaryAccuracy":
          share(Number(Number(prediction > metric.threshold) === truth));
          break;
        case "confusion":
          if (prediction > metric.threshold) add(truth > 0.5 ? 0 : 1, 1);
          else if (truth > 0.5) add(2, 1);
          break;
        case "r2":
          for (const [cell, value] of [truth, truth * truth, (prediction - truth) ** 2, 1].entries())
            add(4 * j + cell, value);
          break;
        case "classCounts": {
          const { threshold } = metric;
          const largest = prediction === Math.max(...row) && Math.abs(prediction) > Math.fround(1e-9);
          const yes = Number(threshold === null ? largest : prediction > threshold);
          const counts = [yes * truth, yes * (1 - truth), (1 - yes) * truth, truth];
          for (const [cell, value] of counts.entries()) add(4 * j + cell, value);
          break;
        }
        case "thresholds": {
          const limits = Array.from({ length: metric.count }, (_, k) => k / (metric.count - 1));
          limits[0] = -1e-7; // as Keras, so that 0 lies above the first and 1 below the last
          limits[metric.count - 1] = 1 + 1e-7;
          const bucket = limits.filter((limit) => Math.min(1, Math.max(0, prediction)) > limit).length - 1;
          add((truth > 0.5 ? 0 : metric.count) + bucket, 1);
          break;
        }
      }
    });
  });
  return cells;
}
