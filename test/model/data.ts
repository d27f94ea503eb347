import { Tensor } from "../../src/base/index.ts";
import { source } from "../engine/numbers.ts";

/** Numbers in [-1, 1] of a shape. */
export function numbers(seed: number, ...shape: number[]): Tensor {
  const random = source(seed);
  const length = shape.reduce((a, b) => a * b);
  return new Tensor(
    shape,
    Float32Array.from({ length }, (_, i) => 2 * random.uniform(i) - 1),
  );
}

/** Whole numbers from 0 to below `most`. */
export function tokens(seed: number, most: number, ...shape: number[]): Tensor {
  const random = source(seed);
  const length = shape.reduce((a, b) => a * b);
  return new Tensor(
    shape,
    Int32Array.from({ length }, (_, i) => random.below(i, most)),
  );
}

/** Tokens from 1 on, padded with zeros: in front, behind, with holes, and the last row wholly. */
export function paddedTokens(seed: number, most: number, rows: number, steps: number): Tensor {
  const { data } = tokens(seed, most - 1, rows, steps);
  return new Tensor(
    [rows, steps],
    Int32Array.from(data, (value, i) => {
      const row = Math.floor(i / steps);
      const step = i % steps;
      const masked = [step < row % steps, step > steps - 1 - (row % steps), (step + row) % 3 === 0][row % 3];
      return masked || row === rows - 1 ? 0 : value + 1;
    }),
  );
}

/** The rows from `from` to below `to`. */
export function rowsOf({ shape, data }: Tensor, from: number, to: number): Tensor {
  const width = data.length / shape[0];
  return new Tensor([to - from, ...shape.slice(1)], data.slice(from * width, to * width));
}
