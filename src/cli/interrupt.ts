import { errorObject, exitCode, Interrupted } from "./exit.ts";
import { hasAnswered } from "./terminal.ts";

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
      const what = hasAnswered()
        ? "Interrupted; what was printed may not be all."
        : "Interrupted; nothing was written.";
      announce(what);
      leave(what);
    }
    if (controller.signal.aborted) leave("Interrupted twice, so it stopped at once.");
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

/** Ends the process, with the object that `--json` asks for where none was printed. */
function leave(what: string): never {
  if (process.argv.includes("--json") && !hasAnswered()) {
    process.stdout.write(`${JSON.stringify(errorObject(new Interrupted(what)))}\n`);
  }
  process.exit(exitCode.interrupted);
}
