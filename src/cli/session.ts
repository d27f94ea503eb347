import { Interrupted } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { type Progress, progress } from "./progress.ts";
import { isTerminal } from "./terminal.ts";

/** What every working command has: a way to tell how it goes, and the signal that stops it. */
export interface Session extends Progress {
  readonly signal: AbortSignal;
  /** What ends a command once the signal came, undefined before; `saved` says what was kept. */
  readonly interrupted: (saved: string) => Interrupted | undefined;
  /** Throws that. */
  readonly stopIfInterrupted: (saved: string) => void;
}

export interface SessionOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** With `--json`, progress is shown only to a person: when standard error is a terminal. */
export function session(options: SessionOptions): Session {
  const shown = progress({ silent: options.json === true && !isTerminal(process.stderr), verbose: options.verbose });
  const { signal, arm } = interruptible(shown.line);
  const interrupted = (saved: string) => (signal.aborted ? new Interrupted(`Interrupted. ${saved}`) : undefined);
  return {
    ...shown,
    observe: (event) => {
      if (event.type === "modelBegin" && event.epochs !== undefined) arm();
      shown.observe(event);
    },
    signal,
    interrupted,
    stopIfInterrupted: (saved) => {
      const error = interrupted(saved);
      if (error) throw error;
    },
  };
}

/** The command as one would type it again. */
export function typedCommand(args: readonly string[] = process.argv.slice(2)): string {
  const quoted = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return ["npx gruvy", ...quoted].join(" ");
}
