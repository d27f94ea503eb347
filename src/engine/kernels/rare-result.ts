// What the metrics that few models have come to, from the cells that were counted in.

import { exp } from "../../base/index.ts";

const TINY = 1e-7;

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);

/** From four cells a class: true positives, false positives, false negatives, positives. */
export function f1Of(cells: Float64Array, average: "micro" | "macro" | "weighted"): number {
  const classes: number[][] = [];
  for (let at = 0; at < cells.length; at += 4) classes.push([...cells.subarray(at, at + 4)]);
  const parts =
    average === "micro" ? [classes.reduce((sums, counts) => sums.map((sum, i) => sum + counts[i]))] : classes;
  const scores = parts.map(([hit, wrong, missed]) => {
    const precision = hit / (hit + wrong + TINY);
    const recall = hit / (hit + missed + TINY);
    return (2 * precision * recall) / (precision + recall + TINY);
  });
  const all = parts.reduce((sum, [, , , positives]) => sum + positives, 0);
  const weight = (i: number) => (average === "weighted" ? parts[i][3] / (all + TINY) : 1 / parts.length);
  return scores.reduce((sum, score, i) => sum + score * weight(i), 0);
}

/** From `count` cells of positives and as many of negatives, by the trapezoidal rule. */
export function areaUnderCurve(cells: Float64Array, count: number): number {
  const above = (first: number) => {
    const sums = new Float64Array(count + 1);
    for (let i = count - 1; i >= 0; i--) sums[i] = sums[i + 1] + cells[first + i];
    return sums;
  };
  const positives = above(0);
  const negatives = above(count);
  let area = 0;
  for (let i = 0; i + 1 < count; i++) {
    const width = ratio(negatives[i], negatives[0]) - ratio(negatives[i + 1], negatives[0]);
    area += (width * (ratio(positives[i], positives[0]) + ratio(positives[i + 1], positives[0]))) / 2;
  }
  // Beyond the last threshold, which no prediction exceeds, both shares fall to zero.
  return area;
}

/** From four cells a feature: the sum of targets, of their squares, of squared errors, and the number of rows. */
export function r2Of(cells: Float64Array, uniform: boolean): number {
  let [top, bottom] = [0, 0];
  for (let at = 0; at < cells.length; at += 4) {
    const [sum, squares, errors, count] = cells.subarray(at, at + 4);
    const total = squares - sum * (sum / count);
    const score = 1 - errors / total;
    const weight = uniform ? 1 : total;
    // As Keras: a target that never changes, and is missed, counts as 0.
    top += weight * (Number.isNaN(score) || Number.isFinite(score) ? score : 0);
    bottom += weight;
  }
  return top / bottom;
}

/** exp of the mean loss. */
export const perplexityOf = ([sum, count]: Float64Array): number => exp(ratio(sum, count));
