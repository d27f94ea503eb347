import { GruvyError } from "../../base/index.ts";
import { freeMemory } from "./host.ts";

/** What WebAssembly can address. */
export const ADDRESSABLE = 2 ** 32;

/** How much memory a model may take, in bytes. */
export interface Budget {
  /** Beyond this, what can be computed again is not kept. */
  readonly sparing: number;
  /** Beyond this, a run is refused. */
  readonly most: number;
  /** The same with what is kept beside the model's own memory, which need not be addressed from it. */
  readonly all: number;
}

/**
 * `given`: what the user allows; else half of what is there (at most what can be addressed), or all of it where nothing
 * can be spared. `taken`: bytes that the model has already. `sharers`: what is free is divided among so many.
 */
export function budgetOf(given: number | undefined, taken: number, sharers = 1): Budget {
  const all = given ?? (freeMemory() ?? ADDRESSABLE) / sharers + taken;
  const most = Math.min(all, ADDRESSABLE);
  return { sparing: given === undefined ? Math.min(all / 2, most) : most, most, all };
}

function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.ceil(bytes / 1024)} KB`;
  return `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: bytes < 2 ** 26 ? 1 : 0 })} MB`;
}

/**
 * `what`: what needs so many bytes; `allowed`: the user's own budget is what forbids it; `fixed`: bytes that it needs
 * whatever the batch.
 */
export function tooLarge(
  what: string,
  need: number,
  most: number,
  options: { readonly allowed?: boolean; readonly fixed?: number; readonly cause?: unknown } = {},
): GruvyError {
  const { allowed = false, fixed = 0, cause } = options;
  const limit = allowed ? `its memoryBudget is ${sizeText(most)}` : `${sizeText(most)} can be had`;
  return new GruvyError(
    "engine/memory",
    `${what} needs ${sizeText(need)} of memory, and ${limit}`,
    fixed > most
      ? `Its weights alone, with what training keeps of each, need ${sizeText(fixed)}: use fewer units or words, or an optimizer that keeps less, such as sgd.`
      : "Use a smaller batchSize, shorter sequences or fewer units.",
    { cause },
  );
}
