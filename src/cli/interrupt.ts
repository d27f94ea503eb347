import { exitCode } from "./exit.ts";

export interface Interruptible {
  readonly signal: AbortSignal;
  /** From now on there is work whose part is worth saving. */
  readonly arm: () => void;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * The signal of a command. Before there is anything to save, SIGINT (or SIGTERM) ends the process; after `arm`, the
 * first aborts, so that the work ends after its step and saves, and the second ends the process at once.
 */
export function interruptible(announce: (text: string) => void): Interruptible {
  const controller = new AbortController();
  let armed = false;
  const stop = (): void => {
    if (!armed) {
      announce("Interrupted; nothing was written.");
      process.exit(exitCode.interrupted);
    }
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    announce("Interrupted: finishing this step and saving. Interrupt again to stop at once.");
    controller.abort();
  };
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    arm: () => {
      armed = true;
    },
  };
}
