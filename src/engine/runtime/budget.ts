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

/**
 * `given`: what the user allows; else half of what is there, or all of it where nothing can be spared. `sharers`: what
 * is free is divided among so many.
 */
export function budgetOf(given: number | undefined, taken: number, sharers = 1): Budget {
  if (given !== undefined) return { sparing: Math.min(given, ADDRESSABLE), most: Math.min(given, ADDRESSABLE) };
  const there = Math.min(ADDRESSABLE, (freeMemory() ?? ADDRESSABLE) / sharers + taken);
  return { sparing: there / 2, most: there };
}

function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.ceil(bytes / 1024)} KB`;
  return `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: bytes < 2 ** 26 ? 1 : 0 })} MB`;
}

/** `what`: what needs so many bytes; `allowed`: the user's own budget is what forbids it. */
export function tooLarge(
  what: string,
  need: number,
  most: number,
  { allowed = false, cause }: { readonly allowed?: boolean; readonly cause?: unknown } = {},
): GruvyError {
  const limit = allowed ? `its memoryBudget is ${sizeText(most)}` : `${sizeText(most)} can be had`;
  return new GruvyError(
    "engine/memory",
    `${what} needs ${sizeText(need)} of memory, and ${limit}`,
    "Use a smaller batchSize, shorter sequences or fewer units.",
    { cause },
  );
}
