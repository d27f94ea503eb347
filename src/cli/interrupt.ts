import { exitCode } from "./exit.ts";

export interface Interruptible {
  readonly signal: AbortSignal;
  /** From now on there is work whose part is worth saving. */
  readonly arm: () => void;
  /** While `busy`, no code of ours can run between two steps: then the system ends the process at a signal. */
  readonly setBusy: (busy: boolean) => void;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * The signal of a command. Before there is anything to save, SIGINT (or SIGTERM) ends the process; after `arm`, the
 * first aborts, so that the work ends after its step and saves, and the second ends the process at once.
 */
export function interruptible(announce: (text: string) => void): Interruptible {
  const controller = new AbortController();
  let armed = false;
  let away = false;
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
    setBusy: (busy) => {
      // A listener that leaves takes a signal with it that came and was not yet heard: only when it must.
      if (busy === away) return;
      away = busy;
      for (const name of signals) {
        process.off(name, stop);
        if (!busy) process.on(name, stop);
      }
    },
  };
}
