import { unlinkSync } from "node:fs";
import { resolve } from "node:path";

const paths = new Set<string>();

function removeAll(): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // The process ends; nobody is left to be told.
    }
  }
}

/** Removes a file should the process exit before the returned function is called. */
export function removeOnExit(path: string): () => void {
  const absolute = resolve(path);
  if (paths.size === 0) process.once("exit", removeAll);
  paths.add(absolute);
  return () => {
    paths.delete(absolute);
    if (paths.size === 0) process.removeListener("exit", removeAll);
  };
}
