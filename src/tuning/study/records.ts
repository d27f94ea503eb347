import { GruvyError } from "../../base/index.ts";
import { type JsonValue, sourceName } from "../../storage/index.ts";
import type { Rung, TrialView } from "../searchers/index.ts";
import type { Parameter, Values } from "../space/index.ts";

export interface Objective {
  readonly name: string;
  readonly direction: "min" | "max";
}

/** What makes a study this one: it goes on only with the same. */
export interface StudyHead {
  readonly type: "study";
  readonly format: 1;
  readonly space: readonly Parameter[];
  readonly objective: Objective;
  readonly searcher: { readonly name: string; readonly [option: string]: string | number | boolean };
  readonly seed: number;
  readonly epochs: number;
  /** What else must stay as it is: the data, the command's other options. */
  readonly about: Readonly<Record<string, string | number | boolean>>;
  /** For people alone; nothing is computed from it, for clocks jump. */
  readonly date: string;
}

export type Logs = Readonly<Record<string, number>>;

export type StudyRecord =
  | StudyHead
  | {
      readonly type: "trial";
      readonly id: number;
      readonly values: Values;
      readonly initialEpoch: number;
      readonly epochs: number;
      readonly from?: number;
      readonly rung?: Rung;
    }
  /** An epoch (from 0) is done, and its weights are kept. */
  | {
      readonly type: "epoch";
      readonly id: number;
      readonly epoch: number;
      readonly logs: Logs;
      readonly seconds: number;
    }
  | {
      readonly type: "completed";
      readonly id: number;
      readonly score: number;
      readonly bestEpoch: number;
      readonly stopped?: string;
    }
  | {
      readonly type: "failed";
      readonly id: number;
      readonly code: string;
      readonly reason: string;
      readonly again: boolean;
    }
  | { readonly type: "ended"; readonly reason: string }
  /** A configuration trained anew from a fresh seed; `test` only of what was chosen before. */
  | {
      readonly type: "final";
      readonly name: string;
      readonly values: Values;
      readonly seed: number;
      readonly score: number;
      readonly seconds: number;
    }
  /** The test part is looked at: written before its scores are, so that a second look is seen. */
  | { readonly type: "test"; readonly name: string; readonly seed: number; readonly scores?: Logs };

export interface Trial extends TrialView {
  readonly initialEpoch: number;
  /** By epoch, those of the trials it goes on from not included. */
  readonly history: readonly { readonly epoch: number; readonly logs: Logs }[];
  readonly seconds: number;
  /** In the objective's own direction. */
  readonly objective?: number;
  /** From 0. */
  readonly bestEpoch?: number;
  readonly stopped?: string;
  readonly attempts: number;
  readonly reason?: string;
  readonly code?: string;
}

const types = ["study", "trial", "epoch", "completed", "failed", "ended", "final", "test"];

/** Records as they came from a file whose checksums matched. */
export function recordsFrom(values: readonly JsonValue[], path: string): StudyRecord[] {
  for (const [i, value] of values.entries()) {
    const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
    const head = value as { type?: JsonValue; format?: JsonValue } | null;
    const first = i > 0 || (head?.type === "study" && head.format === 1);
    if (typeof type === "string" && types.includes(type) && first) continue;
    throw new GruvyError(
      "file/format",
      `Record ${i + 1} of ${sourceName(path)} is none that this Gruvy knows`,
      "It comes from a later version, or is no study; use the Gruvy that wrote it.",
    );
  }
  return [...values] as unknown as StudyRecord[];
}

/** What the records say of the trials. What speaks of a trial that is not there, as after a repair, is passed over. */
export function trialsOf(records: readonly StudyRecord[], direction: Objective["direction"]): Trial[] {
  const trials = new Map<number, Trial>();
  for (const record of records) {
    if (record.type === "trial") {
      trials.set(record.id, {
        ...record,
        values: { ...record.values },
        status: "running",
        history: [],
        seconds: 0,
        attempts: 1,
      });
      continue;
    }
    if (record.type !== "epoch" && record.type !== "completed" && record.type !== "failed") continue;
    const trial = trials.get(record.id);
    if (trial === undefined) continue;
    trials.set(record.id, { ...trial, ...change(trial, record, direction) });
  }
  return [...trials.values()];
}

function change(
  trial: Trial,
  record: Extract<StudyRecord, { type: "epoch" | "completed" | "failed" }>,
  direction: Objective["direction"],
): Partial<Trial> {
  if (record.type === "epoch") {
    const { epoch, logs, seconds } = record;
    return { history: [...trial.history, { epoch, logs }], seconds: trial.seconds + seconds };
  }
  if (record.type === "completed") {
    const { score, bestEpoch, stopped } = record;
    return { status: "completed", objective: score, score: direction === "min" ? score : -score, bestEpoch, stopped };
  }
  const { code, reason, again } = record;
  // Tried again, it begins anew: what was learned led to the failure.
  return again ? { history: [], attempts: trial.attempts + 1, reason, code } : { status: "failed", reason, code };
}

export const headOf = (records: readonly StudyRecord[]): StudyHead | undefined =>
  records[0]?.type === "study" ? records[0] : undefined;
