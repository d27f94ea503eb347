import { mix } from "../base/index.ts";
import type { Staged } from "../engine/index.ts";
import type { Rows } from "./rows.ts";

/** Folds the bits of numbers into a sum, in their order. */
function fold(sum: number, data: Staged): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ words[i], 0x01000193) ^ (sum >>> 15);
  return mix(sum >>> 0);
}

/** Says what data are in a few words: their shape, and eight digits that tell them from others of that shape. */
export function fingerprint({ rows, steps, width, input, target, targetWidth, weights }: Rows): string {
  const sum = foldRows(0x811c9dc5, { input, target, weights });
  const digits = (sum >>> 0).toString(16).padStart(8, "0");
  return `${rows} rows of ${steps} x ${width / steps} with ${targetWidth} targets, ${digits}`;
}

/** The sum of a stream's batches so far, from 0. */
export function foldRows(sum: number, { input, target, weights }: Pick<Rows, "input" | "target" | "weights">): number {
  const inputs = fold(mix(sum >>> 0), input);
  const folded = target ? fold(inputs, target) : inputs;
  return weights ? fold(folded, weights) : folded;
}
