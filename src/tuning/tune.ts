import { counted, GruvyError, refuseUnknown, shown, wholeNumber } from "../base/index.ts";
import type { Cell, FittedModel, TaskOptions, Tunable, Tuned } from "../tasks/index.ts";
import { decodeModel, nearest, tunable } from "../tasks/index.ts";
import { crowned } from "./crown.ts";
import { type Done, doneOf, doneText } from "./done.ts";
import {
  type FailedFinal,
  type Finalist,
  type FinalObserver,
  type FinalResult,
  finalSeeds,
  runFinals,
} from "./finals.ts";
import { endings, endsEarly, type Lengths, lengthsOf, lengthsText } from "./lengths.ts";
import { duration, plannedEpochs, plannedTrials, planText, secondsOfEpoch } from "./plan.ts";
import {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandSearcher,
  randomSearcher,
  type Searcher,
  tpeSearcher,
} from "./searchers/index.ts";
import { configuration, countConfigurations, defaults, HyperParameters, type Values } from "./space/index.ts";
import {
  type Beside,
  type Budget,
  checkBudget,
  type Ending,
  type Ledger,
  type Logs,
  memoryLedger,
  type Objective,
  ranked,
  refuseOther,
  runStudy,
  type StudyEvent,
  type StudyOptions,
  type StudyRecord,
  stateOf,
  trialsOf,
} from "./study/index.ts";
import { withThreads, withWorkers } from "./workers.ts";

/** What a hyperparameter may be: values to choose from, or numbers between bounds. */
export type Range =
  | { readonly values: readonly number[] }
  | {
      readonly minValue: number;
      readonly maxValue: number;
      readonly step?: number;
      readonly sampling?: "linear" | "log";
    };

/** What may vary. What is left out is as `train` would have it. */
export interface TuneRanges {
  readonly units?: Range;
  readonly layers?: Range;
  readonly dropout?: Range;
  readonly learningRate?: Range;
  readonly batchSize?: Range;
  /** Series: how many values a forecast sees. */
  readonly window?: Range;
}

export type SearchName = "hyperband" | "random" | "grid" | "bayesian" | "tpe" | "asha";

export interface TuneOptions
  extends Omit<TuneRanges, "window">,
    Omit<TaskOptions, keyof TuneRanges | "epochs" | "onProgress"> {
  /** Series: how many values a forecast sees, or what that may be. Default "auto": chosen on the training part. */
  readonly window?: Range | number | "auto";
  /** Default: the GRU alone. */
  readonly cells?: readonly Cell[];
  /** Default "hyperband". */
  readonly search?: SearchName;
  /**
   * Epochs of the longest trials and of the final trainings, all of which are trained. Default: as `train` has it, until
   * the validation loss has stopped falling; but 10 in the trials of hyperband and asha.
   */
  readonly maxEpochs?: number;
  /** Default 3. */
  readonly factor?: number;
  readonly budget?: Budget;
  readonly retries?: number;
  /** So many trials are trained at once, each on its share of the cores. Default 1. */
  readonly workers?: number;
  /** How many of the best are trained anew, from how many fresh seeds. Default 3 and 3. */
  readonly finalists?: number;
  readonly finalSeeds?: number;
  /**
   * Opens where the study is kept, once all that was asked for makes sense; without it the study lives as long as the
   * program. Who opens it closes it.
   */
  readonly openLedger?: () => Promise<Ledger>;
  /** Reads what is there already, for the plan, which a study that is another one is refused before. */
  readonly readLedger?: () => Promise<readonly StudyRecord[]>;
  /** Measures and tells the plan, and ends there. */
  readonly dryRun?: boolean;
  /** Told the plan in lines, how many epochs it has, where it can say, and what is done already. */
  readonly onPlan?: (lines: readonly string[], plan: { readonly epochs?: number; readonly done?: Done }) => void;
  readonly onEvent?: (event: StudyEvent) => void;
  readonly onFinal?: FinalObserver;
  /** Told what is amiss, though the search goes on. */
  readonly onWarning?: (text: string) => void;
}

export interface TuneResult {
  readonly ending: Ending | "dryRun";
  readonly objective: Objective;
  /** The best first, the default among them; empty when the search was stopped before. */
  readonly finals: readonly FinalResult[];
  /** The final trainings that came to nothing, with their reasons. */
  readonly failedFinals: readonly FailedFinal[];
  readonly verdict: string;
  /** Of the winner on the test part. */
  readonly test?: Logs;
  /** How many winners of this study the test part has seen: more than 1 where the search went on and found another. */
  readonly looks?: number;
  /** The best baseline by validation there, and what can be said of the winner against it. */
  readonly beside?: Beside;
  /** The winner, of the seed whose validation score is the middle one. */
  readonly fitted?: FittedModel;
  /** The best trial with the weights that it had; no final seed has trained it again, and the test part has not seen it. */
  readonly bestTrial?: FittedModel;
}

/** Everything a study of `tune` rests on. */
interface Setting {
  readonly data: Tunable;
  readonly space: HyperParameters["space"];
  readonly tuned: (values: Values) => Tuned;
  readonly study: StudyOptions;
  readonly lengths: { readonly trials: Lengths; readonly finals: Lengths };
}

const integers = ["units", "layers", "batchSize", "window"];

/**
 * Searches for the hyperparameters that do best on the validation part, trains the best anew from fresh seeds beside
 * the default, and scores the winner on the test part, once. Killed at any time and called again, it goes on.
 *
 * @throws {GruvyError} `usage/space` when nothing varies, `usage/other-study` when the ledger holds another study,
 *   `training/failures`, `data/...` as `compare`.
 */
export async function tune(data: Parameters<typeof tunable>[0], options: TuneOptions): Promise<TuneResult> {
  const {
    openLedger = async () => memoryLedger(),
    readLedger = async () => [],
    onPlan = () => {},
    finalists = 3,
    finalSeeds: seeds = 3,
    workers = 1,
  } = options;
  wholeNumber(workers, "workers", { max: 256 });
  checkBudget(options.budget);
  const setting = settingOf(data, options);
  const { study, space, lengths } = setting;
  const { objective } = study;
  const known = await readLedger();
  refuseOther(known, study);
  const done = doneOf(known);
  const { seconds: epochSeconds, why } = await measured(setting);
  const trained = Math.min(wholeNumber(finalists, "finalists") + 1, countConfigurations(space));
  const finalEpochs = trained * wholeNumber(seeds, "finalSeeds") * lengths.finals.epochs;
  const likeTrain = lengths.finals.asTrain === undefined ? "" : ", trained as train would";
  const epochs = plannedEpochs(study.searcher, space, study.epochs);
  const lines = [
    ...setting.data.sentences,
    ...new HyperParameters(space).summary().split("\n"),
    ...planText(study.searcher, space, {
      epochs: study.epochs,
      secondsOfEpoch: epochSeconds,
      endsEarly: endsEarly(lengths.trials),
      budget: study.budget,
    }).split("\n"),
    `Then the best ${finalists > 1 ? `${finalists} ` : ""}and the default, each from ${counted(seeds, "fresh seed")}${likeTrain}: at most ${counted(finalEpochs, "epoch")}${epochSeconds === undefined ? "" : `, about ${duration(finalEpochs * epochSeconds)}`}.`,
    ...(why === undefined ? [] : [`No time can be estimated, for the default configuration does not train: ${why}`]),
    ...(done === undefined
      ? []
      : [
          doneText(done, {
            planned: { trials: plannedTrials(study.searcher, space), epochs },
            secondsOfEpoch: epochSeconds,
            budget: study.budget,
          }),
        ]),
  ];
  onPlan(lines, {
    epochs: epochs === undefined ? study.budget?.epochs : Math.min(epochs, study.budget?.epochs ?? epochs),
    done,
  });
  const nothing = { objective, finals: [], failedFinals: [], verdict: "" };
  if (options.dryRun) return { ending: "dryRun", ...nothing };
  const ledger = await openLedger();

  const build = (values: Values) => {
    const tuned = setting.tuned(values);
    const { train, validation } = setting.data.training(tuned);
    const fit = { batchSize: tuned.batchSize, validationData: validation, validationBatchSize: 256 };
    return { model: setting.data.build(tuned, study.seed), fit, data: train };
  };
  const { train } = setting.data.training(setting.tuned(defaults(space)));
  const ending = await withWorkers(
    workers,
    { build, data: train, fit: { callbacks: () => endings(lengths.trials) } },
    (trainers) => runStudy(ledger, trainers, study),
  );
  if (ending === "interrupted") return { ending, ...nothing };
  const best = bestOf(ledger, objective, finalists);
  if (best.length === 0) return { ending, ...nothing, verdict: "No trial finished an epoch: give it more time." };
  const start: Finalist = { name: "default", values: defaults(space) };
  const all = [start, ...best.filter(({ values }) => configuration(values) !== configuration(start.values))];
  const complete = await withThreads(workers, (groups) =>
    runFinals(ledger, setting.data, all, {
      objective,
      lengths: lengths.finals,
      seeds: finalSeeds(study.seed, seeds),
      tuned: setting.tuned,
      groups,
      signal: options.signal,
      onFinal: options.onFinal,
    }),
  );
  if (!complete) return { ending: "interrupted", ...nothing };
  const winner = await crowned(ledger, { ...setting, objective, lengths: lengths.finals });
  return { ending, ...winner, bestTrial: await bestTrialOf(ledger, setting, options.onWarning) };
}

/** The model of the best trial's best epoch; undefined where its file is gone, or damaged, which is told. */
async function bestTrialOf(
  ledger: Ledger,
  { data, tuned, study, lengths }: Setting,
  onWarning: (text: string) => void = () => {},
): Promise<FittedModel | undefined> {
  const { objective, epochs } = study;
  const [best] = ranked(trialsOf(ledger.records(), objective.direction), objective);
  const name = best && stateOf(best, best.bestEpoch);
  const bytes = name && (await ledger.files.read(name));
  if (!bytes) return undefined;
  const model = await decodeModel(bytes, name).catch((error: unknown) => {
    if (!(error instanceof GruvyError) || !error.code.startsWith("file/")) throw error;
    onWarning(`The weights ${shown(name)} of the best trial are damaged, so best-trial.gruvy is not written.`);
  });
  if (model === undefined) return undefined;
  const verdict = `Trial ${best.id} as the search left it; the best of many is partly the luckiest.`;
  return data.fitted(
    model,
    tuned(best.values),
    { validation: {}, test: {} },
    { verdict, epochs, patience: lengths.trials.asTrain?.patience },
  );
}

function settingOf(loaded: Parameters<typeof tunable>[0], options: TuneOptions): Setting {
  const {
    cells = ["gru"],
    search = "hyperband",
    maxEpochs,
    factor = 3,
    budget = {},
    retries,
    signal,
    onEvent,
  } = options;
  const { units, layers, dropout, learningRate, batchSize, ...others } = options;
  const { window: seen, transform, horizon, maxWords, maxLength, truncate, testSize, seed = 0 } = others;
  // Of one window alone there is nothing to search; of data that have none it is refused.
  const windows = typeof seen === "object" ? windowsOf(seen) : [];
  const varies = windows.length > 1 && loaded.kind === "series";
  const window = typeof seen === "object" ? (varies ? undefined : windows[0]) : seen;
  const prepare = { window, transform, horizon, maxWords, maxLength, truncate, testSize, seed };
  const data = tunable(loaded, prepare, varies ? windows : []);
  const ranges: TuneRanges = {
    ...{ units, layers, dropout, learningRate, batchSize },
    window: varies && typeof seen === "object" ? seen : undefined,
  };
  const hp = new HyperParameters();
  if (cells.length > 1) hp.choice("cell", cells);
  for (const [name, range] of Object.entries(ranges))
    add(hp, name, range, data.defaults[name as keyof TuneRanges] ?? 0);
  if (!hp.space.some(({ values }) => values === undefined || values.length > 1)) {
    throw new GruvyError(
      "usage/space",
      "Expected something that varies, found nothing",
      "Give a range, such as units 32:512:32 or learning rates 1e-4:1e-1:log, or several cells.",
    );
  }
  const { objective } = data;
  const lengths = lengthsOf(data.schedule, { rungs: search === "hyperband" || search === "asha", maxEpochs });
  return {
    data,
    lengths,
    space: hp.space,
    tuned: (values) => ({ ...data.defaults, ...values, cell: (values.cell ?? cells[0]) as Cell }),
    study: {
      space: hp.space,
      searcher: searcherOf(search, { maxEpochs: lengths.trials.epochs, factor, trials: budget.trials }),
      objective: { name: objective, direction: objective === "valAccuracy" ? "max" : "min" },
      seed,
      epochs: lengths.trials.epochs,
      about: {
        data: data.fingerprint,
        cells: cells.join(","),
        ...Object.fromEntries(
          Object.entries({ ...prepare, training: lengthsText(lengths.finals) }).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, value]],
          ),
        ),
      },
      budget:
        budget.trials === undefined
          ? budget
          : { ...budget, trials: search === "hyperband" ? budget.trials : undefined },
      retries,
      signal,
      onEvent,
    },
  };
}

/** The default is `train`'s where the range has it, else the value next to it. */
function add(hp: HyperParameters, name: string, range: Range | undefined, usual: number): void {
  if (range === undefined) return;
  if ("values" in range) {
    refuseUnknown(range, ["values"], name);
    hp.choice(name, range.values, { default: nearest(range.values, usual) });
    return;
  }
  refuseUnknown(range, ["minValue", "maxValue", "step", "sampling"], name);
  const kind = integers.includes(name) ? "int" : "float";
  const inside = Math.min(range.maxValue, Math.max(range.minValue, usual));
  const probe = new HyperParameters();
  probe[kind](name, range);
  const listed = probe.space[0].values as readonly number[] | undefined;
  hp[kind](name, { ...range, default: listed === undefined ? inside : nearest(listed, inside) });
}

/** All windows of a range. */
function windowsOf(range: Range): readonly number[] {
  const hp = new HyperParameters();
  add(hp, "window", range, 0);
  const [{ values }] = hp.space;
  if (values?.every((one): one is number => Number.isInteger(one) && Number(one) > 0)) return values;
  throw new GruvyError(
    "usage/option",
    `Expected window to be whole numbers from 1, found ${JSON.stringify(range)}`,
    "Write { values: [6, 12, 24] } or { minValue: 6, maxValue: 24, step: 6 }.",
  );
}

function searcherOf(
  name: SearchName,
  { maxEpochs, factor, trials }: { maxEpochs: number; factor: number; trials?: number },
): Searcher {
  const maxTrials = trials ?? 30;
  if (name === "hyperband") return hyperbandSearcher({ maxEpochs, factor });
  if (name === "asha") return ashaSearcher({ maxEpochs, factor, maxTrials });
  if (name === "grid") return gridSearcher(trials === undefined ? {} : { maxTrials });
  if (name === "random") return randomSearcher({ maxTrials });
  if (name === "bayesian") return bayesianSearcher({ maxTrials });
  if (name === "tpe") return tpeSearcher({ maxTrials });
  throw new GruvyError(
    "usage/option",
    `Known searches are hyperband, random, grid, bayesian, tpe and asha, not ${name}`,
  );
}

/** Seconds of the default's epoch, or why it diverges: other configurations may not. */
async function measured({
  data,
  tuned,
  space,
  study,
}: Setting): Promise<{ readonly seconds?: number; readonly why?: string }> {
  const values = tuned(defaults(space));
  const { train } = data.training(values);
  try {
    return { seconds: await secondsOfEpoch(data.build(values, study.seed), train, { batchSize: values.batchSize }) };
  } catch (error) {
    if (error instanceof GruvyError && error.code === "training/not-finite") return { why: error.message };
    throw error;
  }
}

function bestOf(ledger: Ledger, objective: Objective, count: number): Finalist[] {
  const seen = new Set<string>();
  const best = ranked(trialsOf(ledger.records(), objective.direction), objective).filter(({ values }) => {
    const key = configuration(values);
    return !seen.has(key) && seen.add(key);
  });
  return best.slice(0, count).map(({ id, values }) => ({ name: `trial ${id}`, values }));
}
