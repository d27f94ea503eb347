import { mix } from "../base/index.ts";
import type { Staged } from "../engine/index.ts";
import type { Rows } from "./rows.ts";

/** Folds the bits of numbers into a sum, in their order. */
function fold(sum: number, data: Staged): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ words[i], 0x01000193) ^ (sum >>> 15);
  return mix(sum >>> 0);
}

/**
 * Says what data are in a few words: their shape, and eight digits that tell them from others of that shape; where rows
 * have weights, or their classes do, eight digits of these.
 */
export function fingerprint({ weights, ...data }: Rows): string {
  const { rows, steps, inputs, targets } = data;
  const sumOf = (some: Rows) => (foldRows(0x811c9dc5, some) >>> 0).toString(16).padStart(8, "0");
  const weighed = weights?.some(Boolean) ? `, weighed ${sumOf({ ...data, inputs: [], targets: [], weights })}` : "";
  const shapes = inputs.map(({ width, axis }) => {
    const count = axis === undefined ? 1 : steps[axis];
    return `${count} x ${width / count}`;
  });
  const widths = targets.map((target) => target?.width ?? 0);
  return `${rows} rows of ${shapes.join(" and ")} with ${widths.join(" and ")} targets, ${sumOf(data)}${weighed}`;
}

/** The sum of a stream's batches so far, from 0. */
export function foldRows(sum: number, { inputs, targets, weights = [] }: Rows): number {
  const columns = [...inputs, ...targets, ...weights];
  return columns.reduce((all, column) => (column ? fold(all, column.data) : all), mix(sum >>> 0));
}
