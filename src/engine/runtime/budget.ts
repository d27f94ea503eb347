import { GruvyError } from "../../base/index.ts";
import { freeMemory } from "./port.ts";

/** What WebAssembly can address. */
export const ADDRESSABLE = 2 ** 32;

/** How much memory a model may take, in bytes. */
export interface Budget {
  /** Beyond this, what can be computed again is not kept. */
  readonly sparing: number;
  /** Beyond this, a run is refused. */
  readonly most: number;
}

/** `given`: what the user allows; else half of what is there, or all of it where nothing can be spared. */
export function budgetOf(given: number | undefined, taken: number): Budget {
  if (given !== undefined) return { sparing: Math.min(given, ADDRESSABLE), most: Math.min(given, ADDRESSABLE) };
  const there = Math.min(ADDRESSABLE, (freeMemory() ?? ADDRESSABLE) + taken);
  return { sparing: there / 2, most: there };
}

const megabytes = (bytes: number): string =>
  `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: bytes < 2 ** 26 ? 1 : 0 })} MB`;

/** `what`: what needs so many bytes. */
export function tooLarge(what: string, need: number, most: number, cause?: unknown): GruvyError {
  return new GruvyError(
    "engine/memory",
    `${what} needs ${megabytes(need)} of memory, and ${megabytes(most)} can be had`,
    "Use a smaller batchSize, shorter sequences or fewer units.",
    { cause },
  );
}
