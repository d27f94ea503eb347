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
   * means that another writer was first, and nothing was added.
   */
  append(record: StudyRecord, expected?: number): Promise<boolean>;
  /**
   * Hands out work: adds a lease if the version still is `expected`, and holds it until it is released. Undefined when
   * another writer was first. A ledger that machines share renews what is held, and lets go of it when its holder has
   * been silent for too long; whatever that one still tells comes under an old token, and counts for nothing.
   */
  take(lease: Extract<StudyRecord, { type: "lease" }>, expected: number): Promise<Lease | undefined>;
  /** Whether somebody holds the lease of that token. Work whose lease nobody holds may be taken. */
  isHeld(token: number): boolean;
  /** Calls back after every record that is added; the result ends it. */
  watch(listener: (record: StudyRecord, version: number) => void): () => void;
  /** Weights and other files of the trials. */
  readonly files: Store;
  close(): Promise<void>;
}

/** The right to work on a trial. */
export interface Lease {
  /** The version that its record made: larger than that of every earlier lease. */
  readonly token: number;
  release(): void;
}

type Listener = (record: StudyRecord, version: number) => void;

/**
 * A ledger over a list, a way to make additions last, and a store. Its leases are held by this process alone: with it
 * they end, which is what a ledger needs that one process writes.
 */
export function ledgerOver(
  records: StudyRecord[],
  files: Store,
  { keep, close }: { keep: (record: StudyRecord) => Promise<void>; close: () => Promise<void> },
): Ledger {
  const listeners = new Set<Listener>();
  const held = new Set<number>();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task);
    last = done.catch(() => {});
    return done;
  };
  const add = (record: StudyRecord): void => {
    records.push(record);
    for (const listener of listeners) listener(record, records.length);
  };
  return {
    files,
    records: () => records,
    append: (record, expected) =>
      inTurn(async () => {
        if (expected !== undefined && expected !== records.length) return false;
        await keep(record);
        add(record);
        return true;
      }),
    take: (lease, expected) =>
      inTurn(async () => {
        if (expected !== records.length) return undefined;
        await keep(lease);
        const token = records.length + 1;
        held.add(token); // before anybody hears of it
        add(lease);
        return { token, release: () => void held.delete(token) };
      }),
    isHeld: (token) => held.has(token),
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
