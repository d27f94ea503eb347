import { type Dataset, random, stream, Tensor, wholeNumber } from "../base/index.ts";
import type { SequencesData } from "./loaded-data.ts";

export interface AddingOptions {
  /** How many sequences; a fifth of them, rounded down, is the test part. Default 2,000. */
  readonly rows?: number;
  /** The steps of each sequence. Default 20. */
  readonly length?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface AddingData extends SequencesData {
  readonly test: Dataset;
}

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): each step holds a value, uniform on [0, 1), and a mark, which
 * is 1 at two steps, one in each half, and else 0; the target is the sum of the two marked values. Always answering
 * 1, their mean, has a mean squared error of 1/6.
 *
 * x: float32 [rows, length, 2]; y: float32 [rows, 1].
 *
 * @throws {GruvyError} `usage/option` for options that make no sense.
 * @example
 * const { train, test } = adding({ rows: 1000, length: 30 });
 * train.x.shape; // [800, 30, 2]
 * test.y?.shape; // [200, 1]
 */
export function adding({ rows = 2000, length = 20, seed = 0 }: AddingOptions = {}): AddingData {
  wholeNumber(rows, "rows", { min: 5, max: 10 ** 7 });
  wholeNumber(length, "length", { min: 2, max: 10 ** 6 });
  wholeNumber(seed, "seed", { min: 0 });
  const trained = rows - Math.floor(rows / 5);
  return {
    kind: "sequences",
    name: "adding",
    source: `adding problem, ${length} steps, seed ${seed}`,
    train: part(0, trained, length, seed),
    test: part(trained, rows, length, seed),
    task: "regression",
  };
}

function part(from: number, to: number, length: number, seed: number): Dataset {
  const half = Math.floor(length / 2);
  const x = new Tensor([to - from, length, 2], new Float32Array((to - from) * length * 2));
  const y = new Tensor([to - from, 1], new Float32Array(to - from));
  for (let row = from; row < to; row++) {
    const source = random(seed, stream.data, row);
    const first = source.below(length, half);
    const second = half + source.below(length + 1, length - half);
    const start = (row - from) * length * 2;
    for (let step = 0; step < length; step++) {
      x.data[start + 2 * step] = source.uniform(step);
      x.data[start + 2 * step + 1] = step === first || step === second ? 1 : 0;
    }
    y.data[row - from] = source.uniform(first) + source.uniform(second);
  }
  return { x, y };
}
