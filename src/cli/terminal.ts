import type { Writable } from "node:stream";

let answered = false;

/** Whether anything was printed: with `--json` the one object that there is. */
export const hasAnswered = (): boolean => answered;

/** For a command that begins. */
export function beginAnswer(): void {
  answered = false;
}

/**
 * Writes to standard output and waits until it is handed over, so that a large answer into a slow pipe is whole and
 * does not pile up in memory.
 */
export function print(text: string, stream: Writable = process.stdout): Promise<void> {
  if (stream === process.stdout) answered = true;
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Waits until all that was written is handed over. */
export async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}

let failure: NodeJS.ErrnoException | undefined;

/** Why standard output could not take what was written, as on a full disk; undefined when it could. */
export const outputFailure = (): NodeJS.ErrnoException | undefined => failure;

/** A reader that went away (`| head -1`) is no failure of ours: end quietly. All else is said at the end. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
    failure ??= error;
  });
  // Nobody reads the progress; the work itself goes on.
  process.stderr.on("error", () => {});
}

export function isTerminal(stream: { isTTY?: boolean } = process.stderr): boolean {
  return stream.isTTY === true && process.env.TERM !== "dumb";
}

/** The width of a terminal; where it does not say (`script`, some containers), what COLUMNS says, else `fallback`. */
export function columnsOf(stream: { columns?: number }, fallback = 80): number {
  const said = Number(process.env.COLUMNS);
  return stream.columns || (Number.isSafeInteger(said) && said > 0 ? said : fallback);
}
