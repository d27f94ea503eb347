// The best of many trials is partly the luckiest: those that did best are trained anew from fresh seeds, beside the
// default configuration, before anything is said of them.

import { capital, counted, GruvyError, isShare, isSmallerBetter, measureWords } from "../base/index.ts";
import { earlyStopping, type Model, type Threads } from "../model/index.ts";
import { encodeModel, isNearEnd, meanInterval, solved, type Tunable, type Tuned } from "../tasks/index.ts";
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
  readonly signal?: AbortSignal;
  readonly onFinal?: FinalObserver;
}

/**
 * Trains the finalists that the ledger does not hold yet, one at a time on each group of threads; false when the signal
 * came before all were done. A training that fails by its configuration is recorded with its reason, and not repeated.
 */
export async function runFinals(
  ledger: Ledger,
  data: Tunable,
  finalists: readonly Finalist[],
  options: FinalOptions,
): Promise<boolean> {
  const { objective, lengths, seeds, tuned, groups, signal, onFinal = () => {} } = options;
  const left = finalists
    .flatMap((finalist) => seeds.map((seed) => ({ finalist, seed })))
    .filter(({ finalist: { name }, seed }) => {
      return !ledger.records().some((one) => one.type === "final" && one.name === name && one.seed === seed);
    });
  const train = async ({ finalist, seed }: (typeof left)[number], threads: Threads): Promise<boolean> => {
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
    const record = (outcome: Pick<FinalScore, "score" | "bestEpoch"> | ReturnType<typeof failureOf>) => {
      const seconds = (performance.now() - started) / 1000;
      return ledger.append({ type: "final", ...finalist, seed, ...outcome, seconds, epochs: lengths.epochs });
    };
    try {
      const outcome = await trained().catch((error: unknown) => failureOf(error));
      if ("reason" in outcome) {
        await record(outcome);
        onFinal(finalist, seed, undefined, outcome.reason);
        return true;
      }
      const { best } = outcome;
      if (best === undefined) return false;
      await ledger.files.write(finalFile(finalist.name, seed), await encodeModel(outcome.model));
      await record(best);
      onFinal(finalist, seed, best.score);
      return true;
    } finally {
      model?.dispose();
    }
  };
  let failed = false;
  const walk = async (threads: Threads): Promise<boolean> => {
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
  const walks = groups.map((threads) =>
    walk(threads).catch((error: unknown) => {
      failed = true; // the others end with the training they are at
      throw error;
    }),
  );
  await Promise.allSettled(walks);
  return (await Promise.all(walks)).every(Boolean);
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
): Promise<Pick<FinalScore, "score" | "bestEpoch"> | undefined> {
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
  if (Number.isFinite(score)) return { score, bestEpoch: best.bestEpoch + 1 };
  throw new GruvyError("training/not-finite", `Expected a finite ${measureWords(name)}, found ${score} in every epoch`);
}

type Interval = ReturnType<typeof meanInterval>;

/** The final trainings that failed, by the ledger's order. */
export function failedFinals(records: readonly StudyRecord[]): FailedFinal[] {
  return records.flatMap((record) => {
    if (record.type !== "final" || record.score !== undefined) return [];
    const { name, values, seed, reason = "unknown" } = record;
    return [{ name, values, seed, reason }];
  });
}

/**
 * The finalists that have a score, with their means: first those of which the fewest trainings failed, among them the
 * best first.
 */
export function finalResults(records: readonly StudyRecord[], { name: what, direction }: Objective): FinalResult[] {
  const groups = new Map<string, FinalResult>();
  for (const record of records) {
    if (record.type !== "final" || record.score === undefined) continue;
    const { name, values, seed, score, bestEpoch, epochs } = record;
    const before = groups.get(name)?.scores ?? [];
    if (before.some((one) => one.seed === seed)) continue;
    const scores = [...before, { seed, score, bestEpoch, epochs }].sort((a, b) => a.seed - b.seed);
    const interval = meanInterval(scores.map((one) => one.score));
    groups.set(name, { name, values, scores, ...within(interval, boundsOf(what, scores)) });
  }
  const sign = direction === "min" ? 1 : -1;
  const failed = failedFinals(records);
  return [...groups.values()].sort(
    (a, b) => failuresOf(a.name, failed).length - failuresOf(b.name, failed).length || sign * (a.mean - b.mean),
  );
}

const failuresOf = (name: string, failed: readonly FailedFinal[]): readonly FailedFinal[] =>
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
const areShares = (name: string, scores: FinalResult["scores"]): boolean =>
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

/**
 * What can be said of the best against the default: over the same seeds, whether the difference is more than noise; and
 * which of the two had not learned all when its epochs were over.
 */
export function finalVerdict(
  results: readonly FinalResult[],
  objective: Objective,
  failed: readonly FailedFinal[] = [],
): string {
  const [best] = results;
  const difference = [differenceText(results, objective, failed), failedText(results, failed)]
    .filter((text) => text !== "")
    .join(" ");
  const start = results.find((one) => one !== best && one.name === "default");
  const cut = [best, start].filter((one) => one !== undefined).filter((one) => wasCutOff(one, objective));
  if (difference === "" || cut.length === 0) return difference;
  const who = cut.map(({ name }) => (name === "default" ? "the default" : name)).join(" and ");
  const [were, their] = cut.length > 1 ? ["were", "their"] : ["was", "its"];
  const sentence = `${who} ${were} still getting better when ${their} ${counted(cut[0].scores[0].epochs ?? 1, "epoch was", "epochs were")} over: more --max-epochs may bring more.`;
  return `${difference} ${capital(sentence)}`;
}

/** Whether from half of the seeds or more the best epoch was (nearly) the last, and something is left to gain. */
function wasCutOff({ scores, mean }: FinalResult, { name }: Objective): boolean {
  if (areShares(name, scores) && mean > 0.995) return false;
  const last = ({ bestEpoch = 0, epochs = 1 }: FinalScore): boolean => isNearEnd(bestEpoch, epochs);
  return 2 * scores.filter(last).length >= scores.length;
}

/** What the failed trainings mean for the ranking. */
function failedText(results: readonly FinalResult[], failed: readonly FailedFinal[]): string {
  if (failed.length === 0) return "";
  const [first] = results;
  if (first === undefined) {
    return `All ${counted(failed.length, "final training")} failed: ${sentenceOf(failed[0].reason)}`;
  }
  const names = [...new Set(failed.map(({ name }) => name))];
  return names
    .map((name) => {
      const own = failuresOf(name, failed);
      const scores = results.find((one) => one.name === name)?.scores.length ?? 0;
      const who = name === "default" ? "The default" : capital(name);
      const seeds = own.length + scores;
      const where = name === first.name || scores === 0 ? "" : ", and so ranks behind those that did not";
      return `${who} failed from ${own.length} of ${counted(seeds, "seed")}${where}: ${sentenceOf(own[0].reason)}`;
    })
    .join(" ");
}

/** The first sentence: the rest, as what to try, stands with the training that failed. */
const sentenceOf = (reason: string): string => {
  const [line] = reason
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=[.!?]) (?=[A-Z])/);
  return /[.!?]$/.test(line) ? line : `${line}.`;
};

function differenceText(
  results: readonly FinalResult[],
  { name, direction }: Objective,
  failed: readonly FailedFinal[],
): string {
  const [best] = results;
  const start = results.find((one) => one.name === "default");
  if (best === undefined) return "";
  const digits = (value: number): string => String(Number(value.toPrecision(3)));
  const measure = measureWords(name);
  if (start === undefined) {
    const lost = failed.some((one) => one.name === "default");
    return lost ? `${capital(best.name)} has a ${measure} of ${digits(best.mean)}.` : "";
  }
  if (best === start) {
    return `The default configuration did best: ${measure} ${digits(best.mean)}. The search found nothing better.`;
  }
  const differences = best.scores.flatMap(({ seed, score }) => {
    const other = start.scores.find((one) => one.seed === seed);
    return other === undefined ? [] : [score - other.score];
  });
  const { mean, low, high } = meanInterval(differences);
  const said = `${capital(best.name)} has a ${measure} of ${digits(best.mean)}, the default ${digits(start.mean)}`;
  if (differences.length === 0) return `${said}; they have no seed in common, so that nothing can be said.`;
  if (low === undefined || high === undefined) return `${said}; one seed each cannot tell that from noise.`;
  const interval = `difference ${digits(mean)}, 95 % ${digits(low)} to ${digits(high)} over ${differences.length} seeds`;
  const better = direction === "min" ? high < 0 : low > 0;
  return better ? `${said}: ${interval}.` : `${said}: the difference is noise (${interval}, which includes zero).`;
}
