// Whether float32 comes as close to a float64 interpretation as it can.

import type { Options } from "../../src/engine/graph/interpreter.twin.ts";
import { asStated } from "../../src/engine/kernels/activation.twin.ts";
import type { CompiledRun, WeightValues } from "./compiled-run.ts";
import { closeBy, uniform } from "./numbers.ts";

/**
 * Holds numbers to the interpreter's, within 1e-4 of their largest or 1e-7 of the largest gradient. Where gates
 * saturate, states grow or sums cancel, float32 cannot come as close; there float64 itself is asked what weights do that
 * differ by one part in a million, and what activations do that are off by their stated errors: thirty times that is
 * allowed; and what float32's own rounding does, of every value and every partial sum: ten times that.
 */
export function judge<T extends Interpreted>(start: WeightValues, twin: (weights: WeightValues, how?: Inexact) => T) {
  const exact = twin(start);
  const all = Math.max(...[...exact.gradients.values()].map(largest));
  let near: { readonly times: number; readonly twin: T }[] | undefined;
  return (what: string, found: ArrayLike<number>, of: (twin: T) => ArrayLike<number>): string => {
    const wrong = closeBy(found, of(exact), 1e-4, what.startsWith("gradient") ? 1e-3 * all : 0);
    if (!wrong) return "";
    near ??= [
      { times: 30, twin: twin(disturbed(start)) },
      { times: 30, twin: twin(start, { functions: asStated }) },
      ...[1, 2, 3].map((seed) => ({ times: 10, twin: twin(start, { round: rounding(seed) }) })),
    ];
    const off = (other: ArrayLike<number>) => largest(Float64Array.from(of(exact), (value, i) => value - other[i]));
    const allowed = Math.max(...near.map(({ times, twin }) => times * off(of(twin))));
    return off(found) <= allowed ? "" : `${what} ${wrong}`;
  };
}

interface Interpreted {
  readonly gradients: ReadonlyMap<string, Float64Array>;
  /** What is not trained and yet changes. */
  readonly moved: ReadonlyMap<string, Float64Array>;
}

/** Holds a run's first step of training to the interpreter's: each gradient, and each weight afterwards. */
export async function judgeStep<T extends Interpreted>(
  run: CompiledRun,
  judged: ReturnType<typeof judge<T>>,
): Promise<string[]> {
  const wrong: string[] = [];
  const gradients = await run.gradients();
  for (const [path, found] of gradients) {
    wrong.push(judged(`gradient of ${path}`, found, (twin) => twin.gradients.get(path)!));
  }
  for (const [path, after] of await run.weights()) {
    const gradient = gradients.get(path);
    if (gradient) {
      const moved = run.start.get(path)!.data.map((value, i) => value - gradient[i]);
      wrong.push(closeBy(after, moved, 1e-6, 1));
    } else wrong.push(judged(path, after, (twin) => twin.moved.get(path)!));
  }
  return wrong;
}

/** How an interpretation is less than exact. */
type Inexact = Pick<Options, "functions" | "round">;

/**
 * A number off by at most what rounding to float32 makes of it, another each time: what comes out of a computation with
 * such numbers shows how far its rounding errors grow (Parker 1997, Monte Carlo arithmetic).
 */
function rounding(seed: number): (x: number) => number {
  let state = seed;
  return (x) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return x * (1 + 2 ** -55 * state);
  };
}

const largest = (numbers: Float64Array) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The weights, each off by one part in a million. */
const disturbed = (weights: WeightValues): WeightValues =>
  new Map(
    [...weights].map(([path, { shape, data }]) => {
      const noise = uniform(data.length, data.length);
      return [path, { shape, data: data.map((value, i) => value * (1 + 1e-6 * noise[i])) }];
    }),
  );
