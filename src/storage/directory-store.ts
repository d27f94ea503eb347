import { dirname, join, relative, sep } from "node:path";
import { GruvyError, type Store } from "../base/index.ts";
import { attempt, closing, makeFolders, notAFile, syncFolder, writeAll, writeDurably } from "./durable.ts";
import { checkPath, errnoOf } from "./file-error.ts";
import { type FileLayer, kindOf, nodeFiles } from "./file-layer.ts";
import { readFileLimited } from "./read-file.ts";
import { sourceName } from "./source-name.ts";
import { checkStoreName } from "./store-name.ts";

/**
 * A store whose names are files below a folder, which is made when the first of them is written. Nothing outside the
 * folder is read or written, not even through a link. Writes are whole or not at all; appends are synced and undone
 * when they fail, and those of one store wait for each other.
 *
 * @throws {GruvyError} from its methods: `usage/store-name`, `file/outside-folder`, `file/...`
 * @example
 * const store = directoryStore("runs/first");
 * await store.append("log.csv", new TextEncoder().encode("epoch,loss\n"));
 * await store.list(); // ["log.csv"]
 * await store.read("../package.json"); // throws usage/store-name
 */
export function directoryStore(folder: string, { files = nodeFiles }: { files?: FileLayer } = {}): Store {
  checkPath(folder);
  let appended: Promise<unknown> = Promise.resolve();

  const place = async (name: string): Promise<string> => {
    checkStoreName(name);
    const path = join(folder, name);
    await attempt("reach", path, () => checkInside(folder, path, files));
    return path;
  };

  return {
    async read(name) {
      const path = await place(name);
      try {
        return await readFileLimited(path, { files });
      } catch (error) {
        if (error instanceof GruvyError && error.code === "file/missing") return undefined;
        throw error;
      }
    },
    async write(name, bytes) {
      const path = await place(name);
      await attempt("make", dirname(path), () => makeFolder(dirname(path), files));
      await writeDurably(path, bytes, files);
    },
    append(name, bytes) {
      const result = appended.then(async () => {
        const path = await place(name);
        await attempt("make", dirname(path), () => makeFolder(dirname(path), files));
        await append(path, bytes, files);
      });
      appended = result.catch(() => {});
      return result;
    },
    async remove(name) {
      const path = await place(name);
      await attempt("remove", path, async () => {
        try {
          await files.unlink(path);
        } catch (error) {
          if (errnoOf(error) === "ENOENT") return;
          throw error;
        }
        await syncFolder(dirname(path), files);
      });
    },
    async list() {
      const names: string[] = [];
      const walk = async (below: string): Promise<void> => {
        for (const entry of await files.readdir(join(folder, below), { withFileTypes: true })) {
          if (entry.name.startsWith(".gruvy")) continue;
          const name = below === "" ? entry.name : `${below}/${entry.name}`;
          if (entry.isDirectory()) await walk(name);
          else if (entry.isFile()) names.push(name);
        }
      };
      await attempt("list", folder, async () => {
        try {
          await walk("");
        } catch (error) {
          if (errnoOf(error) !== "ENOENT") throw error;
        }
      });
      return names.sort();
    },
  };
}

/** Follows the links of the longest part of a path that exists. */
async function checkInside(folder: string, path: string, files: FileLayer): Promise<void> {
  const root = await realpath(folder, files);
  if (root === undefined) return; // nothing there yet, so no links either
  for (let part = path; part !== folder && part !== dirname(part); part = dirname(part)) {
    const real = await realpath(part, files);
    if (real === undefined) continue;
    const way = relative(root, real);
    if (way === ".." || way.startsWith(`..${sep}`) || /^([a-zA-Z]:)?[/\\]/.test(way)) {
      throw new GruvyError(
        "file/outside-folder",
        `Expected ${sourceName(path)} to be inside ${sourceName(folder)}, found a link to ${sourceName(real)}`,
        "Replace the link by the file itself.",
      );
    }
    return;
  }
}

async function realpath(path: string, files: FileLayer): Promise<string | undefined> {
  try {
    return await files.realpath(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function makeFolder(folder: string, files: FileLayer): Promise<void> {
  // Gives the topmost folder it made; its name must survive a power cut as well.
  const made = await makeFolders(folder, files);
  if (made !== undefined) await syncFolder(dirname(made), files);
}

async function append(path: string, bytes: Uint8Array, files: FileLayer): Promise<void> {
  await attempt("write", path, () => checkAppendable(path, files));
  const handle = await attempt("write", path, () => files.open(path, "a", 0o666));
  let length = 0;
  const add = async () => {
    length = (await handle.stat()).size;
    try {
      await writeAll(handle, bytes, path);
      await handle.sync();
    } catch (error) {
      await handle.truncate(length).catch(() => {});
      throw error;
    }
  };
  await attempt("write", path, () => closing(handle, add));
  if (length === 0) await attempt("write", path, () => syncFolder(dirname(path), files));
}

/** Opening a pipe would wait for a reader. */
async function checkAppendable(path: string, files: FileLayer): Promise<void> {
  try {
    const stats = await files.stat(path);
    if (!stats.isFile()) throw notAFile(path, kindOf(stats));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
