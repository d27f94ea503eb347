import { GruvyError } from "./error.ts";

/**
 * What `import()` resolves to. A page fetches such a part of the library when it first needs it, and may be offline by
 * then, or served from another build.
 */
export async function fetched<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (cause) {
    throw new GruvyError(
      "network/part",
      `A part of Gruvy could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      "All files of a build must be served together; load the page again.",
      { cause },
    );
  }
}

/**
 * A module that few need, such as what writes a rare loss: who needs it loads it before, so that a page without it does
 * not carry it.
 */
export class Late<T> {
  readonly #fetch: () => Promise<T>;
  #module: T | undefined;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  async load(): Promise<T> {
    this.#module ??= await fetched(this.#fetch());
    return this.#module;
  }

  /** The module, which has been loaded. */
  get loaded(): T {
    if (this.#module === undefined) throw new Error("a late module was used before it was loaded");
    return this.#module;
  }
}

/** Loads what several need. */
export async function loadAll(needs: readonly Late<unknown>[]): Promise<void> {
  await Promise.all(needs.map((late) => late.load()));
}
