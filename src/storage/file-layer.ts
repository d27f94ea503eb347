/// <reference types="node" preserve="true" />

import { constants, type Stats } from "node:fs";
import * as fs from "node:fs/promises";

/** The file calls this room makes, as one object, so that tests can let each of them fail. */
export type FileLayer = Pick<typeof fs, "mkdir" | "open" | "readdir" | "realpath" | "rename" | "stat" | "unlink">;

export const nodeFiles: FileLayer = fs;

/** Opening a pipe must not wait for its other end; Windows has no such flag. */
export const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What a path is when it is not a plain file, in words. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return "a file";
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}
