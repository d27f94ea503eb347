import type { Store } from "../../base/index.ts";
import { memoryStore } from "../../storage/index.ts";
import type { StudyRecord } from "./records.ts";

/**
 * What a study is made of: records in one order for all, and files. A study is handed its ledger, so that one which
 * many machines share can take the place of a file.
 */
export interface Ledger {
  /** All records so far. Their number is the version of the ledger. */
  records(): readonly StudyRecord[];
  /**
   * Adds a record, and resolves once it cannot be lost. With `expected`, only if the version still is that one: false
   * means that another writer was first, and nothing was added. Whoever takes work out of the study does it so.
   */
  append(record: StudyRecord, expected?: number): Promise<boolean>;
  /** Calls back after every record that is added; the result ends it. */
  watch(listener: (record: StudyRecord, version: number) => void): () => void;
  /** Weights and other files of the trials. */
  readonly files: Store;
  close(): Promise<void>;
}

type Listener = (record: StudyRecord, version: number) => void;

/** A ledger over a list, a way to make additions last, and a store. */
export function ledgerOver(
  records: StudyRecord[],
  files: Store,
  { keep, close }: { keep: (record: StudyRecord) => Promise<void>; close: () => Promise<void> },
): Ledger {
  const listeners = new Set<Listener>();
  let last: Promise<unknown> = Promise.resolve();
  const add = async (record: StudyRecord, expected: number | undefined): Promise<boolean> => {
    if (expected !== undefined && expected !== records.length) return false;
    await keep(record);
    records.push(record);
    for (const listener of listeners) listener(record, records.length);
    return true;
  };
  return {
    files,
    records: () => records,
    append(record, expected) {
      const done = last.then(() => add(record, expected));
      last = done.catch(() => {});
      return done;
    },
    watch(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async close() {
      await last;
      await close();
    },
  };
}

/** A ledger that lives as long as the program. */
export const memoryLedger = (): Ledger =>
  ledgerOver([], memoryStore(), { keep: async () => {}, close: async () => {} });
