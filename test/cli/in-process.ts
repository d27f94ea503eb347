// Runs a command within this process: a hundred of them in the time that ten processes take. What a command does at the
// end of its process, and to it, is for the tests that start one.

import { Readable } from "node:stream";
import type { Command } from "commander";
import { commands } from "../../src/cli/commands/index.ts";
import { codeFor, messageFor } from "../../src/cli/exit.ts";

export interface EndedHere {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What it threw, if it did. */
  readonly error: unknown;
}

/** @param input what stands on standard input */
export async function inProcess(args: readonly string[], input?: string): Promise<EndedHere> {
  const [name, ...rest] = args;
  const command = await commands.find((listed) => listed.name === name)?.load();
  if (command === undefined) throw new Error(`There is no command ${name}`);
  quiet(command);
  const written = { stdout: "", stderr: "" };
  const listeners = signals.map((signal) => process.listeners(signal));
  const writes = streams.map((stream) => {
    const { write } = process[stream];
    process[stream].write = ((text: string, done?: () => void) => {
      written[stream] += text;
      done?.();
      return true;
    }) as typeof write;
    return () => {
      process[stream].write = write;
    };
  });
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin") as PropertyDescriptor;
  if (input !== undefined)
    Object.defineProperty(process, "stdin", { ...stdin, get: () => Readable.from([Buffer.from(input)]) });
  let error: unknown;
  try {
    await command.parseAsync(rest, { from: "user" });
  } catch (thrown) {
    error = thrown;
  } finally {
    Object.defineProperty(process, "stdin", stdin);
    for (const restore of writes) restore();
    signals.forEach((signal, i) => {
      for (const listener of process.listeners(signal))
        if (!listeners[i].includes(listener)) process.off(signal, listener);
    });
  }
  const code = error === undefined ? Number(process.exitCode ?? 0) : codeFor(error);
  process.exitCode = undefined;
  const err = written.stderr + (error === undefined ? "" : `${messageFor(error)}\n`);
  return { code, out: written.stdout, err, error };
}

const streams = ["stdout", "stderr"] as const;
const signals = ["SIGINT", "SIGTERM"] as const;

function quiet(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const below of command.commands) quiet(below);
}
