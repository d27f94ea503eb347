// Lets the n-th file call below a folder fail, whoever makes it: commands take no file layer of their own.

import * as promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";
import { type FailingFiles, type Fault, failingFiles } from "../../src/storage/failing-files.twin.ts";

type Calls = Record<string, unknown>;

/** Until `work` is done; gives what it gives, and what was called. */
export async function withFault<T>(
  folder: string,
  { failAt, fault }: { readonly failAt: number; readonly fault: Fault },
  work: () => Promise<T>,
): Promise<{ result: T } & Pick<FailingFiles, "calls" | "failed">> {
  const { files, calls, failed } = failingFiles(failAt, fault);
  const real = (promises as Calls).default as Calls;
  const failing = files as Calls;
  const originals = Object.entries(real).filter(([, member]) => typeof member === "function");
  const own = (path: unknown) => typeof path === "string" && `${resolve(path)}${sep}`.startsWith(`${folder}${sep}`);
  for (const [name, original] of originals) {
    real[name] = (...args: unknown[]) => ((own(args[0]) ? failing[name] : original) as typeof work)(...(args as []));
  }
  syncBuiltinESMExports();
  try {
    return { result: await work(), calls, failed };
  } finally {
    for (const [name, original] of originals) real[name] = original;
    syncBuiltinESMExports();
  }
}
