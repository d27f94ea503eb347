// Rows and answers of exported programs, as plain numbers.

import type { Tensor } from "../../src/base/index.ts";

export const flat = (answers: readonly unknown[]): number[] =>
  answers.flatMap((answer) => (Array.isArray(answer) ? flat(answer) : Array.from(answer as Float32Array)));

export function rowsOf(x: Tensor): number[][] {
  const width = x.data.length / x.shape[0];
  return Array.from({ length: x.shape[0] }, (_, row) => Array.from(x.data.slice(row * width, (row + 1) * width)));
}
