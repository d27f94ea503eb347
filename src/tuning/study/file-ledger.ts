import { join } from "node:path";
import { GruvyError } from "../../base/index.ts";
import { sourceName } from "../../storage/index.ts";
import {
  directoryStore,
  type FileLayer,
  lockFolder,
  nodeFiles,
  openRecords,
  readRecords,
  refuseLocked,
  repairRecords,
} from "../../storage/node.ts";
import { type Ledger, ledgerOver } from "./ledger.ts";
import { recordsFrom } from "./record-shape.ts";
import type { StudyRecord } from "./records.ts";

const FILE = "study.ledger";

const advice = (folder: string): string => `Run gruvy study repair ${sourceName(folder)}: it keeps what is whole.`;

/**
 * The ledger of a folder, which is made if need be. One process writes it at a time, and keeps the folder's lock.
 *
 * @throws {GruvyError} `file/locked` while another process searches there, `file/damaged`, `file/format` for what a later
 *   version wrote, `file/...`; nothing is changed then.
 */
export async function fileLedger(
  folder: string,
  { files = nodeFiles }: { readonly files?: FileLayer } = {},
): Promise<Ledger> {
  const lock = await lockFolder(folder, { files });
  try {
    const path = join(folder, FILE);
    let known: StudyRecord[] = [];
    const file = await openRecords(path, advice(folder), files, (records) => {
      known = recordsFrom(records, path);
    });
    return ledgerOver(known, directoryStore(folder, { files }), {
      keep: (record) => file.append(record),
      close: async () => {
        try {
          await file.close();
        } finally {
          await lock.release();
        }
      },
    });
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/**
 * The records of a study, also while it runs.
 *
 * @throws {GruvyError} `file/missing`, `file/not-a-folder`; `file/damaged`, which `repairStudy` mends; `file/format`.
 */
export async function readStudy(folder: string): Promise<readonly StudyRecord[]> {
  const path = join(folder, FILE);
  try {
    return recordsFrom((await readRecords(path, advice(folder))).records, path);
  } catch (error) {
    if (!(error instanceof GruvyError) || !["file/missing", "file/not-a-folder"].includes(error.code)) throw error;
    throw new GruvyError(
      error.code,
      error.code === "file/missing"
        ? `There is no study in ${sourceName(folder)}`
        : `Expected the folder of a study, found that ${sourceName(folder)} is none`,
      "Give the folder that gruvy tune wrote to (--out), or directory/projectName.",
      { cause: error },
    );
  }
}

/**
 * What a search would find in a folder, which need not be there: refused as `fileLedger` would, and nothing is touched.
 *
 * @throws {GruvyError} as `fileLedger`
 */
export async function studyAhead(folder: string): Promise<readonly StudyRecord[]> {
  const path = join(folder, FILE);
  try {
    await refuseLocked(folder);
    return recordsFrom((await readRecords(path, advice(folder))).records, path);
  } catch (error) {
    if (error instanceof GruvyError && error.code === "file/missing") return [];
    throw error;
  }
}

/**
 * Keeps the whole records of a damaged ledger in their places; the file as it was stays beside it, as `copy`.
 *
 * @throws {GruvyError} `file/locked` while a search goes on there, else as `readStudy` but for `file/damaged`
 */
export async function repairStudy(folder: string): Promise<{ kept: number; dropped: number; copy?: string }> {
  await readFirst(folder);
  const lock = await lockFolder(folder);
  try {
    const path = join(folder, FILE);
    const missing = { type: "missing" } satisfies StudyRecord;
    return await repairRecords(path, missing, (records) => recordsFrom(records, path));
  } finally {
    await lock.release();
  }
}

/** Nothing is made in a folder that holds no study. */
async function readFirst(folder: string): Promise<void> {
  await readStudy(folder).catch((error: unknown) => {
    if (!(error instanceof GruvyError) || error.code !== "file/damaged") throw error;
  });
}
