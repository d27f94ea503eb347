import type { Rung, TrialView } from "../searchers/index.ts";
import type { Parameter, Values } from "../space/index.ts";

/** A number of the training, and which way is better. */
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

/** What a worker tells of its trial. */
interface Told {
  readonly id: number;
  readonly lease?: number;
  /** Seconds of the study's own clock, which stands still while nobody searches. */
  readonly at?: number;
}

export interface DoneEpoch {
  readonly epoch: number;
  readonly logs: Logs;
  readonly seconds: number;
}

/** One thing that happened in a study, as its ledger keeps it. */
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
  /**
   * A worker takes a trial. Its token is the version of the ledger that this record makes, so it grows from lease to
   * lease; of what is told of a trial only that under its last lease counts.
   */
  | { readonly type: "lease"; readonly id: number; readonly worker: string }
  /** An epoch (from 0) is done, and its weights are kept; `earlier`: those since the last record, which was not long ago. */
  | (Told & DoneEpoch & { readonly type: "epoch"; readonly earlier?: readonly DoneEpoch[] })
  | (Told & {
      readonly type: "completed";
      readonly score: number;
      readonly bestEpoch: number;
      readonly stopped?: string;
    })
  | (Told & {
      readonly type: "failed";
      readonly code: string;
      readonly reason: string;
      readonly again: boolean;
    })
  /** Its worker is gone; the trial goes on from its last epoch with the next one. */
  | (Told & { readonly type: "lost"; readonly reason: string })
  /** `within`: the seconds of the whole job that ended it, of which the search had a part. */
  | { readonly type: "ended"; readonly reason: string; readonly within?: number }
  /** Was damaged, and repaired: it keeps its place, for leases are counted by places. */
  | { readonly type: "missing" }
  /** A configuration trained anew from a fresh seed; `test` only of what was chosen before. */
  | {
      readonly type: "final";
      readonly name: string;
      readonly values: Values;
      readonly seed: number;
      /** Absent where the training failed, for the reason given. */
      readonly score?: number;
      readonly code?: string;
      readonly reason?: string;
      readonly seconds: number;
      /** From 1: the epoch whose weights were kept, and the last that was allowed. */
      readonly bestEpoch?: number;
      readonly lossEpoch?: number;
      readonly epochs?: number;
      /** The RMSE on the validation part in the data's units, where the score has others. */
      readonly rmse?: number;
      readonly unit?: string;
    }
  /** The test part is looked at: written before its scores are, so that a second look is seen. */
  | {
      readonly type: "test";
      readonly name: string;
      readonly seed: number;
      readonly scores?: Logs;
      readonly beside?: Beside;
      /** What all baselines scored on the test part. */
      readonly baselines?: readonly { readonly name: string; readonly test: Logs }[];
    };

/** The best baseline by validation on the test part, and what can be said of the winner against it. */
export interface Beside {
  readonly baseline: string;
  readonly scores: Logs;
  readonly verdict: string;
}

/** A trial, by all that the records say of it. */
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
  /** The token of the lease under which it is worked on. */
  readonly lease?: number;
  /** Those under which the epochs of its history were done. */
  readonly leases: readonly (number | undefined)[];
  /** How often its worker was lost since its last epoch. */
  readonly losses: number;
  /** The version of the ledger that its end made. */
  readonly ended?: number;
}

/** What the records say of the trials, followed as they grow. */
export class Trials {
  private readonly trials = new Map<number, Trial>();
  private readonly direction: Objective["direction"];
  private version = 0;
  /** The versions that records made of which nothing is left. */
  private readonly missing = new Set<number>();

  constructor(direction: Objective["direction"]) {
    this.direction = direction;
  }

  /** Takes in what is new. */
  follow(records: readonly StudyRecord[]): readonly Trial[] {
    while (this.version < records.length) this.add(records[this.version++]);
    return [...this.trials.values()];
  }

  /** What speaks of a trial that is not there, as after a repair, comes late or comes twice is passed over. */
  private add(record: StudyRecord): void {
    if (record.type === "trial") {
      this.trials.set(record.id, {
        ...record,
        values: { ...record.values },
        status: "running",
        history: [],
        seconds: 0,
        attempts: 1,
        leases: [],
        losses: 0,
      });
      return;
    }
    if (record.type === "missing") this.missing.add(this.version);
    if (!("id" in record)) return;
    const trial = this.trials.get(record.id);
    if (trial?.status !== "running") return;
    if (record.type === "lease") this.trials.set(record.id, { ...trial, lease: this.version });
    else if (record.lease === trial.lease || this.wasLease(record.lease, trial)) {
      const leased = { ...trial, lease: record.lease };
      const changed = { ...leased, ...change(leased, record, this.direction, this.missing.size > 0) };
      this.trials.set(record.id, changed.status === "running" ? changed : { ...changed, ended: this.version });
    }
  }

  /** Whether the lease of which this is told is a record that is missing. */
  private wasLease(told: number | undefined, { lease = 0 }: Trial): boolean {
    return told !== undefined && told > lease && this.missing.has(told);
  }
}

/** The trials of a study, in the order in which they were begun; of `score` the smaller is better. */
export const trialsOf = (records: readonly StudyRecord[], direction: Objective["direction"]): Trial[] => [
  ...new Trials(direction).follow(records),
];

/** The epoch that comes next. */
export const reached = ({ initialEpoch, history }: Pick<Trial, "initialEpoch" | "history">): number =>
  (history.at(-1)?.epoch ?? initialEpoch - 1) + 1;

function change(
  trial: Trial,
  record: Extract<StudyRecord, { type: "epoch" | "completed" | "failed" | "lost" }>,
  direction: Objective["direction"],
  holes: boolean,
): Partial<Trial> {
  if (record.type === "epoch") {
    const history = [...trial.history];
    const leases = [...trial.leases];
    let { seconds } = trial;
    for (const { epoch, logs, seconds: own } of [...(record.earlier ?? []), record]) {
      const next = reached({ initialEpoch: trial.initialEpoch, history });
      if (epoch < next || (epoch > next && !holes)) continue;
      history.push({ epoch, logs });
      leases.push(record.lease);
      seconds += own;
    }
    return history.length === trial.history.length ? {} : { history, leases, seconds, losses: 0 };
  }
  if (record.type === "completed") {
    const { score, bestEpoch, stopped } = record;
    return { status: "completed", objective: score, score: direction === "min" ? score : -score, bestEpoch, stopped };
  }
  if (record.type === "lost") return { lease: undefined, losses: trial.losses + 1 };
  const { code, reason, again } = record;
  if (!again) return { status: "failed", reason, code };
  // Tried again, it begins anew: what was learned led to the failure.
  return { history: [], leases: [], attempts: trial.attempts + 1, reason, code, lease: undefined, losses: 0 };
}

/** How many seconds have been searched for, by the study's own clock; 0 before the first record. */
export function secondsSpent(records: readonly StudyRecord[]): number {
  return records.reduce((most, record) => ("at" in record ? Math.max(most, record.at ?? 0) : most), 0);
}

/** The first record, or the one in its place where that was lost; undefined where there is none. */
export const headOf = (records: readonly StudyRecord[]): StudyHead | undefined =>
  records.find((one) => one.type === "study");
