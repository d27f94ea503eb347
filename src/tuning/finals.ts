// The best of many trials is partly the luckiest: those that did best are trained anew from fresh seeds, beside the
// default configuration, before anything is said of them.

import { GruvyError, isShare, isSmallerBetter, measureWords } from "../base/index.ts";
import { earlyStopping, type Model, type Threads } from "../model/index.ts";
import { encodeModel, meanInterval, solved, type Tunable, type Tuned } from "../tasks/index.ts";
import type { Lengths } from "./lengths.ts";
import type { Values } from "./space/index.ts";
import { isOfEveryTrial, type Ledger, type Objective, type StudyRecord } from "./study/index.ts";

/** A configuration that is trained anew. */
export interface Finalist {
  /** "default", or the trial's number. */
  readonly name: string;
  readonly values: Values;
}

/** What a finalist did from one seed. */
export interface FinalScore {
  readonly seed: number;
  readonly score: number;
  /** From 1: the epoch whose weights were kept, and the last that was allowed. */
  readonly bestEpoch?: number;
  readonly epochs?: number;
  /** From 1: the epoch of the lowest validation loss, where another number is the score. */
  readonly lossEpoch?: number;
  /** On the validation part in the data's units, where the score has others. */
  readonly rmse?: number;
  readonly unit?: string;
}

/** What a finalist did over its seeds, on the validation part. */
export interface FinalResult extends Finalist {
  readonly scores: readonly FinalScore[];
  readonly mean: number;
  /** The 95 % interval of the mean (Student's), within what the measure can be: a loss is not below 0. */
  readonly low?: number;
  readonly high?: number;
}

/** A final training that came to nothing, as one whose loss became NaN. */
export interface FailedFinal extends Finalist {
  readonly seed: number;
  readonly reason: string;
}

export const finalFile = (name: string, seed: number): string => `finals/${name.replace(/ /g, "-")}-seed-${seed}.gruvy`;

/** Fresh seeds: none that the search has used. */
export const finalSeeds = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => seed + 1 + i);

/** Told the score of a final training, or why it failed. */
export type FinalObserver = (finalist: Finalist, seed: number, score: number | undefined, reason?: string) => void;

export interface FinalOptions {
  readonly objective: Objective;
  readonly lengths: Lengths;
  readonly seeds: readonly number[];
  readonly tuned: (values: Values) => Tuned;
  /** Where the trainings run, each group one at a time. */
  readonly groups: readonly Threads[];
  /** Of a budget: the finalists are then trained seed by seed, and no seed but the first is begun that would not fit. */
  readonly secondsLeft?: () => number;
  /** The ledger holds what they did, and their weights alone are made anew. */
  readonly weightsAlone?: boolean;
  readonly signal?: AbortSignal;
  /** Told how many trainings are to come, before the first. */
  readonly onFinals?: (left: number) => void;
  readonly onFinal?: FinalObserver;
}

/**
 * Trains the finalists that the ledger does not hold yet, one at a time on each group of threads. A training that fails by
 * its configuration is recorded with its reason, and not repeated; for want of memory, not by this call.
 *
 * @returns how many were left out for want of time, or that the signal came before.
 */
export async function runFinals(
  ledger: Ledger,
  data: Tunable,
  finalists: readonly Finalist[],
  options: FinalOptions,
): Promise<number | "interrupted"> {
  const { objective, lengths, seeds, tuned, groups, secondsLeft, weightsAlone, signal, onFinal = () => {} } = options;
  const train = async ({ finalist, seed }: Training, threads: Threads): Promise<boolean> => {
    const started = performance.now();
    const values = tuned(finalist.values);
    const { batchSize } = values;
    let model: Model | undefined;
    const trained = async () => {
      model = data.build(values, seed);
      model.runOn(threads);
      return {
        model,
        best: await trainToBest(model, data.training(values), { objective, lengths, batchSize, signal }),
      };
    };
    const record = (outcome: Omit<FinalScore, "seed"> | ReturnType<typeof failureOf>) => {
      const seconds = (performance.now() - started) / 1000;
      return ledger.append({ type: "final", ...finalist, seed, ...outcome, seconds, epochs: lengths.epochs });
    };
    try {
      const outcome = await trained().catch((error: unknown) => failureOf(error));
      if ("reason" in outcome) {
        if (weightsAlone) throw new GruvyError("training/failures", outcome.reason);
        await record(outcome);
        onFinal(finalist, seed, undefined, outcome.reason);
        return true;
      }
      const { best } = outcome;
      if (best === undefined) return false;
      await ledger.files.write(finalFile(finalist.name, seed), await encodeModel(outcome.model));
      if (weightsAlone) return true;
      await record({ ...best, ...(await data.inUnits(outcome.model, values)) });
      onFinal(finalist, seed, best.score);
      return true;
    } finally {
      model?.dispose();
    }
  };
  let failed = false;
  const walk = async (left: Training[], threads: Threads): Promise<boolean> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const one = next;
      const again = (error: unknown): Promise<boolean> => {
        // Of threads that died it is no fault; the next call starts new ones.
        if (!(error instanceof GruvyError) || error.code !== "engine/thread") throw error;
        return train(one, threads);
      };
      if (failed || !(await train(one, threads).catch(again))) return false;
    }
    return true;
  };
  const trainAll = async (left: Training[]): Promise<boolean> => {
    const walks = groups.map((threads) =>
      walk(left, threads).catch((error: unknown) => {
        failed = true; // the others end with the training they are at
        throw error;
      }),
    );
    await Promise.allSettled(walks);
    return (await Promise.all(walks)).every(Boolean);
  };
  const all = finalists.flatMap((finalist) => seeds.map((seed) => ({ finalist, seed })));
  const left = all.filter((one) => weightsAlone || isLeft(recordOf(ledger, one)));
  if (left.length > 0) options.onFinals?.(left.length);
  if (secondsLeft === undefined) return (await trainAll(left)) ? 0 : "interrupted";
  // Whole seeds, so that all are compared over the same ones.
  for (const seed of seeds) {
    const round = left.filter((one) => one.seed === seed);
    if (round.length === 0) continue;
    const takes = secondsOfRound(ledger, all, groups.length) * (round.length / finalists.length);
    if (takes > 0 && takes > secondsLeft()) return left.filter((one) => isLeft(recordOf(ledger, one))).length;
    if (!(await trainAll(round))) return "interrupted";
  }
  return 0;
}

interface Training {
  readonly finalist: Finalist;
  readonly seed: number;
}

type FinalRecord = Extract<StudyRecord, { type: "final" }>;

const recordOf = (ledger: Ledger, { finalist: { name }, seed }: Training): FinalRecord | undefined =>
  ledger
    .records()
    .filter((one) => one.type === "final")
    .findLast((one) => one.name === name && one.seed === seed);

/** Memory that was not there may be there the next time. */
const isLeft = (record: FinalRecord | undefined): boolean => record === undefined || record.code === "engine/memory";

/** What the trainings of one seed took, of the slowest that all finalists have; 0 where none is whole. */
function secondsOfRound(ledger: Ledger, all: readonly Training[], groups: number): number {
  const rounds = new Map<number, number>();
  for (const one of all) {
    const { seconds = Number.NaN } = recordOf(ledger, one) ?? {};
    rounds.set(one.seed, (rounds.get(one.seed) ?? 0) + seconds / groups);
  }
  return Math.max(0, ...[...rounds.values()].filter((seconds) => !Number.isNaN(seconds)));
}

/** Why a training failed; what the machine did is thrown on. */
function failureOf(error: unknown): { readonly code: string; readonly reason: string } {
  const code = error instanceof GruvyError ? error.code : "error";
  if (code === "engine/thread" || isOfEveryTrial(error)) throw error;
  return { code, reason: error instanceof Error ? error.message : String(error) };
}

/**
 * Trains and leaves the best epoch's weights: by the objective, or as `train` does by the validation loss; undefined when
 * the signal stopped it.
 */
async function trainToBest(
  model: Model,
  { train, validation }: ReturnType<Tunable["training"]>,
  {
    objective: { name, direction },
    lengths: { epochs, asTrain },
    batchSize,
    signal,
  }: { objective: Objective; lengths: Lengths; batchSize: number; signal?: AbortSignal },
): Promise<Pick<FinalScore, "score" | "bestEpoch" | "lossEpoch"> | undefined> {
  const best = earlyStopping(
    asTrain ? { patience: asTrain.patience ?? epochs } : { monitor: name, mode: direction, patience: epochs },
  );
  const options = {
    epochs,
    batchSize,
    validationData: validation,
    validationBatchSize: 256,
    callbacks: [...(asTrain?.goal === undefined ? [] : [solved(asTrain.goal)]), best],
    signal,
  };
  const { history } = await model.fit(train, options);
  if (signal?.aborted) return undefined;
  const score = history[name][best.bestEpoch];
  if (Number.isFinite(score)) {
    const lossEpoch = history.valLoss.indexOf(Math.min(...history.valLoss)) + 1;
    return { score, bestEpoch: best.bestEpoch + 1, ...(name === "valLoss" ? {} : { lossEpoch }) };
  }
  throw new GruvyError("training/not-finite", `Expected a finite ${measureWords(name)}, found ${score} in every epoch`);
}

type Interval = ReturnType<typeof meanInterval>;

/** The final trainings that failed, by the ledger's order. */
export function failedFinals(records: readonly StudyRecord[]): FailedFinal[] {
  const last = new Map<string, FinalRecord>();
  for (const one of records) if (one.type === "final") last.set(JSON.stringify([one.name, one.seed]), one);
  return [...last.values()].flatMap(({ name, values, seed, score, reason = "unknown" }) =>
    score === undefined ? [{ name, values, seed, reason }] : [],
  );
}

/**
 * The finalists that have a score, with their means: first those of which the fewest trainings failed, among them the
 * best first.
 */
export function finalResults(records: readonly StudyRecord[], { name: what, direction }: Objective): FinalResult[] {
  const groups = new Map<string, FinalResult>();
  for (const record of records) {
    if (record.type !== "final" || record.score === undefined) continue;
    const { name, values, seed, score, bestEpoch, epochs, lossEpoch, rmse, unit } = record;
    const before = groups.get(name)?.scores ?? [];
    if (before.some((one) => one.seed === seed)) continue;
    const loss = lossEpoch === undefined ? {} : { lossEpoch };
    const scores = [
      ...before,
      { seed, score, bestEpoch, epochs, ...loss, ...(rmse === undefined ? {} : { rmse, unit }) },
    ].sort((a, b) => a.seed - b.seed);
    const interval = meanInterval(scores.map((one) => one.score));
    groups.set(name, { name, values, scores, ...within(interval, boundsOf(what, scores)) });
  }
  const sign = direction === "min" ? 1 : -1;
  const failed = failedFinals(records);
  return [...groups.values()].sort(
    (a, b) => failuresOf(a.name, failed).length - failuresOf(b.name, failed).length || sign * (a.mean - b.mean),
  );
}

export const failuresOf = (name: string, failed: readonly FailedFinal[]): readonly FailedFinal[] =>
  failed.filter((one) => one.name === name);

/** The best of the finals, of the seed whose validation score is the middle one. */
export function winnerOf(results: readonly FinalResult[]): (Finalist & { readonly seed: number }) | undefined {
  const [best] = results;
  if (best === undefined) return undefined;
  const { name, values, scores } = best;
  const sorted = [...scores].sort((a, b) => a.score - b.score);
  return { name, values, seed: sorted[Math.floor((sorted.length - 1) / 2)].seed };
}

/** Whether an objective goes from 0 to 1, as accuracies do. */
export const areShares = (name: string, scores: FinalResult["scores"]): boolean =>
  isShare(name) && scores.every(({ score }) => score >= 0 && score <= 1);

/**
 * Where a mean can be: accuracies from 0 to 1; losses and errors from 0, since `tune` trains by squared errors and cross
 * entropies alone. An interval that is cut there holds the true mean as often as before.
 */
function boundsOf(name: string, scores: FinalResult["scores"]): readonly [number, number] {
  if (areShares(name, scores)) return [0, 1];
  const isError = isSmallerBetter(name) && scores.every(({ score }) => score >= 0);
  return isError ? [0, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

/** Student's interval of a few numbers may pass what they can be. */
const within = ({ mean, low, high }: Interval, [least, most]: readonly [number, number]): Interval =>
  low === undefined || high === undefined ? { mean } : { mean, low: Math.max(least, low), high: Math.min(most, high) };
