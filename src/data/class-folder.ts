import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { GruvyError } from "../base/index.ts";
import { decodeText } from "./decode.ts";
import { MAX_ROW_BYTES } from "./row-scanner.ts";
import { nameList, sourceName } from "./source-name.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";

const AT_ONCE = 32;

/**
 * Reads a folder whose folders are classes that hold texts as `.txt` files: columns `text` and `label` (the folder's
 * name). Where there is a `train` folder, classes are looked for in it and in `test`, and a third column `split` says
 * which. `unsup`, hidden folders, links and other files are passed over. Rows come sorted by class and file name.
 *
 * @throws {GruvyError} `data/class-folders` when there are none; `data/encoding`, `data/binary` naming the file
 */
export async function openClassFolder(folder: string, options: { maxBytes?: number } = {}): Promise<Table> {
  const { maxBytes = 2 ** 30 } = options;
  const split = (await folders(folder)).includes("train");
  const parts = split ? ["train", "test"] : [""];
  const builder = new TableBuilder(split ? ["text", "label", "split"] : ["text", "label"], folder);
  let rows = 0;
  let bytes = 0;
  for (const part of parts) {
    const root = join(folder, part);
    const classes = part === "test" ? await folders(root, true) : await folders(root);
    let found = 0;
    for (const label of classes) {
      const names = await textFiles(join(root, label));
      for (let from = 0; from < names.length; from += AT_ONCE) {
        const paths = names.slice(from, from + AT_ONCE).map((name) => join(root, label, name));
        for (const text of await Promise.all(paths.map(readText))) {
          bytes += text.length;
          if (bytes > maxBytes) {
            const what = `The texts of ${sourceName(folder)} hold more than ${maxBytes.toLocaleString("en")} bytes`;
            throw new GruvyError("data/too-large", what, "Use a part of them, or raise maxBytes.");
          }
          builder.add(split ? [text, label, part] : [text, label], ++rows);
        }
      }
      if (names.length > 0) found++;
    }
    if (part !== "test" && found < 2) throw await noClasses(root, classes, found);
  }
  return builder.build();
}

/** The folders that may be classes, sorted; none where an optional folder is absent. */
async function folders(root: string, optional = false): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return sorted(names.filter((name) => name !== "unsup" && !name.startsWith(".")));
  } catch (cause) {
    if (optional && (cause as { code?: string }).code === "ENOENT") return [];
    throw unreadable(root, cause);
  }
}

async function textFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // Links could lead out of the folder.
    return sorted(entries.filter((entry) => entry.isFile() && /\.txt$/i.test(entry.name)).map((entry) => entry.name));
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/** By code units, so that the order is the same on every machine. */
function sorted(names: string[]): string[] {
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_ROW_BYTES) {
      throw new GruvyError(
        "data/row-too-long",
        `${sourceName(path)} is longer than 16 MiB`,
        "Cut it into several texts.",
      );
    }
    return decodeText(await readFile(path), path);
  } catch (cause) {
    if (cause instanceof GruvyError) throw cause;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): GruvyError {
  const reason = (cause as { code?: string }).code ?? "unknown reason";
  const what = `${sourceName(path)} could not be read (${reason})`;
  return new GruvyError("file/unreadable", what, "Check that it is there and may be read.", { cause });
}

async function noClasses(root: string, classes: readonly string[], found: number): Promise<GruvyError> {
  const next = "Put the texts of each class into a folder named after it: pos/1.txt, neg/1.txt.";
  if (classes.length === 0) {
    const tables = (await readdir(root)).filter((name) => /\.(csv|jsonl|ndjson|tsv)(\.gz)?$/i.test(name));
    const hint = tables.length > 0 ? `Or name a file in it: ${nameList(sorted(tables), 5)}.` : "";
    const what = `Expected a folder for each class in ${sourceName(root)}, found none`;
    return new GruvyError("data/class-folders", what, `${next} ${hint}`.trim());
  }
  const what = `Expected .txt files in the folders of at least two classes in ${sourceName(root)}`;
  return new GruvyError("data/class-folders", `${what}, found ${found === 1 ? "one such" : "none"}`, next);
}
