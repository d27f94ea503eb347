import { F32, F64, type Fn, I32 } from "../wasm/index.ts";

/** A row of predictions at p and of targets at y: a class number where they are sparse. */
export interface MetricRow {
  readonly p: I32;
  readonly y: I32;
  readonly features: number;
  readonly sparse: boolean;
}

/** Adds a number, times the row's weight, to the cell with that index. */
export type AddToCell = (index: number | I32, value: F64) => void;

/** Adds the share of a row, or of an element, of which the metric is the mean. */
export function addShare(add: AddToCell, value: F64): void {
  add(0, value);
  add(1, F64.of(1));
}

/** Runs the body for each element of a row, which begins j bytes from the row's first. */
export function eachElement(
  fn: Fn,
  { p, y, features }: MetricRow,
  body: (prediction: F32, target: F32, j: I32) => void,
): void {
  fn.loop(0, 4 * features, 4, (j) => body(fn.let(F32.load(p.add(j))), fn.let(F32.load(y.add(j))), j));
}

/** The class that is right. */
export const rightClass = (fn: Fn, { y, features, sparse }: MetricRow): I32 =>
  sparse ? fn.let(I32.load(y)) : argmax(fn, y, features);

/** The place of the largest of a row's features, the first of equals. */
export function argmax(fn: Fn, row: I32, features: number): I32 {
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
