// The best of many trials is partly the luckiest: those that did best are trained anew from fresh seeds, beside the
// default configuration, before anything is said of them.

import { GruvyError } from "../base/index.ts";
import { earlyStopping, type Model, type Threads } from "../model/index.ts";
import { encodeModel, meanInterval, type Tunable, type Tuned } from "../tasks/index.ts";
import type { Values } from "./space/index.ts";
import type { Ledger, Objective, StudyRecord } from "./study/index.ts";

/** A configuration that is trained anew. */
export interface Finalist {
  /** "default", or the trial's number. */
  readonly name: string;
  readonly values: Values;
}

/** What a finalist did over its seeds, on the validation part. */
export interface FinalResult extends Finalist {
  readonly scores: readonly { readonly seed: number; readonly score: number }[];
  readonly mean: number;
  /** The 95 % interval of the mean. */
  readonly low?: number;
  readonly high?: number;
}

export const finalFile = (name: string, seed: number): string => `finals/${name.replace(/ /g, "-")}-seed-${seed}.gruvy`;

/** Fresh seeds: none that the search has used. */
export const finalSeeds = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => seed + 1 + i);

export interface FinalOptions {
  readonly objective: Objective;
  readonly epochs: number;
  readonly seeds: readonly number[];
  readonly tuned: (values: Values) => Tuned;
  /** Where the trainings run, each group one at a time. */
  readonly groups: readonly Threads[];
  readonly signal?: AbortSignal;
  readonly onFinal?: (finalist: Finalist, seed: number, score: number) => void;
}

/**
 * Trains the finalists that the ledger does not hold yet, one at a time on each group of threads; false when the signal
 * came before all were done.
 */
export async function runFinals(
  ledger: Ledger,
  data: Tunable,
  finalists: readonly Finalist[],
  options: FinalOptions,
): Promise<boolean> {
  const { objective, epochs, seeds, tuned, groups, signal, onFinal = () => {} } = options;
  const left = finalists
    .flatMap((finalist) => seeds.map((seed) => ({ finalist, seed })))
    .filter(({ finalist: { name }, seed }) => {
      return !ledger.records().some((one) => one.type === "final" && one.name === name && one.seed === seed);
    });
  const train = async ({ finalist, seed }: (typeof left)[number], threads: Threads): Promise<boolean> => {
    const started = performance.now();
    const values = tuned(finalist.values);
    const { batchSize } = values;
    const model = data.build(values, seed);
    try {
      model.runOn(threads);
      const score = await trainToBest(model, data.training(values), { objective, epochs, batchSize, signal });
      if (score === undefined) return false;
      await ledger.files.write(finalFile(finalist.name, seed), await encodeModel(model));
      const seconds = (performance.now() - started) / 1000;
      await ledger.append({ type: "final", ...finalist, seed, score, seconds });
      onFinal(finalist, seed, score);
      return true;
    } finally {
      model.dispose();
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

/** Trains all epochs and leaves the best epoch's weights; undefined when the signal stopped it. */
async function trainToBest(
  model: Model,
  { train, validation }: ReturnType<Tunable["training"]>,
  {
    objective,
    epochs,
    batchSize,
    signal,
  }: { objective: Objective; epochs: number; batchSize: number; signal?: AbortSignal },
): Promise<number | undefined> {
  const { name, direction } = objective;
  const best = earlyStopping({ monitor: name, mode: direction, patience: epochs });
  const options = {
    epochs,
    batchSize,
    validationData: validation,
    validationBatchSize: 256,
    callbacks: [best],
    signal,
  };
  const { history } = await model.fit(train, options);
  return signal?.aborted ? undefined : history[name][best.bestEpoch];
}

/** The finalists with their means, the best first. */
export function finalResults(records: readonly StudyRecord[], { name: what, direction }: Objective): FinalResult[] {
  const groups = new Map<string, FinalResult>();
  for (const record of records) {
    if (record.type !== "final") continue;
    const { name, values, seed, score } = record;
    const before = groups.get(name)?.scores ?? [];
    if (before.some((one) => one.seed === seed)) continue;
    const scores = [...before, { seed, score }].sort((a, b) => a.seed - b.seed);
    const interval = meanInterval(scores.map((one) => one.score));
    groups.set(name, { name, values, scores, ...(isShare(what, scores) ? withinShares(interval) : interval) });
  }
  const sign = direction === "min" ? 1 : -1;
  return [...groups.values()].sort((a, b) => sign * (a.mean - b.mean));
}

/** Whether an objective goes from 0 to 1, as accuracies do. */
const isShare = (name: string, scores: FinalResult["scores"]): boolean =>
  /accuracy|auc|precision|recall/i.test(name) && scores.every(({ score }) => score >= 0 && score <= 1);

/** Student's interval of a few shares may pass what a share can be. */
const withinShares = ({ mean, low, high }: ReturnType<typeof meanInterval>): ReturnType<typeof meanInterval> =>
  low === undefined || high === undefined ? { mean } : { mean, low: Math.max(0, low), high: Math.min(1, high) };

/** What can be said of the best against the default: over the same seeds, whether the difference is more than noise. */
export function finalVerdict(results: readonly FinalResult[], { name, direction }: Objective): string {
  const [best] = results;
  const start = results.find((one) => one.name === "default");
  if (best === undefined || start === undefined) return "";
  const digits = (value: number): string => String(Number(value.toPrecision(3)));
  if (best === start) {
    return `The default configuration did best: ${name} ${digits(best.mean)}. The search found nothing better.`;
  }
  const differences = best.scores.flatMap(({ seed, score }) => {
    const other = start.scores.find((one) => one.seed === seed);
    return other === undefined ? [] : [score - other.score];
  });
  const { mean, low, high } = meanInterval(differences);
  const said = `${best.name} has ${name} ${digits(best.mean)}, the default ${digits(start.mean)}`;
  if (low === undefined || high === undefined) return `${said}; one seed each cannot tell that from noise.`;
  const interval = `difference ${digits(mean)}, 95 % ${digits(low)} to ${digits(high)} over ${differences.length} seeds`;
  const better = direction === "min" ? high < 0 : low > 0;
  return better ? `${said}: ${interval}.` : `${said}: the difference is noise (${interval}, which includes zero).`;
}
