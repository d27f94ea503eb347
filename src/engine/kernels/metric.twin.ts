import { type MetricKernel, metricCells } from "./metric.ts";

/** Predictions, and rows or classes as their targets; a row without a mask counts. */
export interface Given {
  readonly p: readonly number[][];
  readonly y: readonly number[][] | readonly number[];
  readonly mask?: readonly boolean[];
}

/** A metric's cells, counted plainly as Keras defines it. */
export function metricTwin(metric: MetricKernel, { p, y, mask }: Given): number[] {
  const cells = new Array(metricCells(metric)).fill(0);
  const first = (row: readonly number[]) => row.indexOf(Math.max(...row));
  p.forEach((row, i) => {
    if (mask && !mask[i]) return;
    const target = y[i];
    if (metric.kind === "categoricalAccuracy" || metric.kind === "sparseCategoricalAccuracy") {
      cells[0] += first(row) === (typeof target === "number" ? target : first(target)) ? 1 : 0;
      cells[1]++;
      return;
    }
    row.forEach((prediction, j) => {
      const truth = (target as number[])[j];
      switch (metric.kind) {
        case "squaredError":
        case "absoluteError": {
          const d = Math.fround(prediction - truth);
          cells[0] += metric.kind === "squaredError" ? d * d : Math.abs(d);
          cells[1]++;
          break;
        }
        case "binaryAccuracy":
          cells[0] += Number(prediction > metric.threshold) === truth ? 1 : 0;
          cells[1]++;
          break;
        case "confusion":
          if (prediction > metric.threshold) cells[truth > 0.5 ? 0 : 1]++;
          else if (truth > 0.5) cells[2]++;
          break;
        case "thresholds": {
          const limits = Array.from({ length: metric.count }, (_, k) => k / (metric.count - 1));
          limits[0] = -1e-7; // as Keras, so that 0 lies above the first and 1 below the last
          limits[metric.count - 1] = 1 + 1e-7;
          const bucket = limits.filter((limit) => Math.min(1, Math.max(0, prediction)) > limit).length - 1;
          cells[(truth > 0.5 ? 0 : metric.count) + bucket]++;
          break;
        }
      }
    });
  });
  return cells;
}
