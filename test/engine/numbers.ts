import { type Random, random, stream } from "../../src/base/index.ts";

export { closeBy, numericGradient, sameBits, uniform, whole } from "../../src/engine/doctor/numbers.ts";

/** A source of numbers that a test gives a number of its own. */
export const source = (seed: number): Random => random(seed, stream.data);

/** The distance from one float32 of this size to the next. */
export function ulp(value: number): number {
  const size = Math.abs(Math.fround(value));
  if (size < 2 ** -126) return 2 ** -149;
  return 2 ** (Math.floor(Math.log2(size)) - 23);
}
