import { cos, log } from "./math.ts";
import type { Random } from "./random.ts";

/** A standard normal number of a source (Box and Muller 1958), from two numbers of the doubled counter. */
export function normal(source: Random, element: number): number {
  const radius = Math.sqrt(-2 * log(1 - source.uniform(2 * element)));
  return radius * cos(6.283185307179586 * source.uniform(2 * element + 1));
}
