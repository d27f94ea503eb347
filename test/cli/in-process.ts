// Runs a command within this process, where a new one would cost more than most of them: all of the command line, but for
// the end of the process. What a command does then, and to its process, is for the tests that start one.

import { Readable } from "node:stream";
import { format } from "node:util";
import { obey, told } from "../../src/cli/command-line.ts";
import { setThreads } from "../../src/engine/index.ts";
import { bin } from "./gruvy.ts";

export interface EndedHere {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What it threw, if it did. */
  readonly error: unknown;
}

export interface HereOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * One after the other, however many are asked for at once: a process has one standard output.
 *
 * @param given options, or what stands on standard input alone
 */
export function inProcess(args: readonly string[], given: HereOptions | string = {}): Promise<EndedHere> {
  const ended = last.then(() => run(args, typeof given === "string" ? { input: given } : given));
  last = ended.catch(() => {});
  return ended;
}

async function run(args: readonly string[], { cwd, input, env = {} }: HereOptions): Promise<EndedHere> {
  const written = { stdout: "", stderr: "" };
  const undo: (() => void)[] = [];
  const put = (holder: object, key: string, value: unknown) => {
    const was = Object.getOwnPropertyDescriptor(holder, key);
    Object.defineProperty(holder, key, { value, configurable: true, writable: true, enumerable: true });
    undo.push(() =>
      was === undefined ? Reflect.deleteProperty(holder, key) : Object.defineProperty(holder, key, was),
    );
  };
  for (const stream of ["stdout", "stderr"] as const) {
    put(process[stream], "write", (text: string | Uint8Array, done?: () => void) => {
      written[stream] += typeof text === "string" ? text : new TextDecoder().decode(text);
      done?.();
      return true;
    });
  }
  for (const name of ["warn", "error"]) {
    put(console, name, (...words: unknown[]) => process.stderr.write(`${format(...words)}\n`));
  }
  put(process, "argv", [process.execPath, bin, ...args]);
  put(process, "stdin", Readable.from(input === undefined ? [] : [Buffer.from(input)]));
  const environment = { ...process.env };
  Object.assign(process.env, env);
  const folder = process.cwd();
  if (cwd !== undefined) process.chdir(cwd);
  const listeners = signals.map((signal) => process.listeners(signal));
  let error: unknown;
  try {
    await obey().catch((thrown) => {
      error = thrown;
    });
    const code = await told(error);
    return { code, out: written.stdout, err: written.stderr, error };
  } finally {
    process.exitCode = undefined;
    for (const back of undo.reverse()) back();
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, environment);
    process.chdir(folder);
    signals.forEach((signal, i) => {
      for (const listener of process.listeners(signal))
        if (!listeners[i].includes(listener)) process.off(signal, listener);
    });
    if (args.includes("--threads")) setThreads(undefined);
  }
}

const signals = ["SIGINT", "SIGTERM"] as const;
