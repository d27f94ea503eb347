import { join } from "node:path";
import { TEMPORARY } from "./durable.ts";
import { errnoOf } from "./file-error.ts";
import { type FileLayer, nodeFiles } from "./file-layer.ts";

/**
 * Removes what killed processes were writing into a folder. `idle`: only what nobody has written to for so many
 * milliseconds, where processes of other machines may be writing there, too.
 */
export async function clearHalfFiles(
  folder: string,
  { files = nodeFiles, idle }: { readonly files?: FileLayer; readonly idle?: number } = {},
): Promise<void> {
  for (const file of await files.readdir(folder)) {
    const match = /^([1-9][0-9]{0,9})-[0-9a-f]{16}\.tmp$/.exec(file.slice(TEMPORARY.length));
    if (!file.startsWith(TEMPORARY) || match === null || lives(Number(match[1]))) continue;
    const path = join(folder, file);
    // It is not missed; one that cannot be removed is in nobody's way.
    const rests = idle === undefined || (await rested(path, files, idle).catch(() => false));
    if (rests) await files.unlink(path).catch(() => {});
  }
}

const rested = async (path: string, files: FileLayer, idle: number): Promise<boolean> =>
  Date.now() - (await files.stat(path)).mtimeMs > idle;

/** Whether a process of this machine has that number. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM"; // it is there, but another user's
  }
}
