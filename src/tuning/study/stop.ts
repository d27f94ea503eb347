/** A signal that several others abort, and that lets go of them when it is no longer needed. */
export interface Stop {
  readonly signal: AbortSignal;
  abort(): void;
  end(): void;
}

/** Not `AbortSignal.any`: what that makes is kept as long as the longest-lived of the others. */
export function stopWith(...others: readonly (AbortSignal | undefined)[]): Stop {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const other of others) {
    if (other?.aborted) abort();
    other?.addEventListener("abort", abort);
  }
  return {
    signal: controller.signal,
    abort,
    end() {
      for (const other of others) other?.removeEventListener("abort", abort);
    },
  };
}
