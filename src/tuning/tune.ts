import { counted, GruvyError, shown, wholeNumber } from "../base/index.ts";
import type { Threads } from "../model/index.ts";
import type { FittedModel, tunable } from "../tasks/index.ts";
import { crowned, kept } from "./crown.ts";
import { doneOf, doneText } from "./done.ts";
import { type FailedFinal, type Finalist, type FinalResult, finalSeeds, runFinals } from "./finals.ts";
import { endings, endsEarly } from "./lengths.ts";
import { duration, plannedEpochs, plannedTrials, planText, secondsOfEpoch } from "./plan.ts";
import { type Setting, settingOf } from "./setting.ts";
import { configuration, countConfigurations, defaults, HyperParameters, type Values } from "./space/index.ts";
import {
  type Beside,
  checkBudget,
  type Ending,
  type Ledger,
  type Logs,
  memoryLedger,
  type Objective,
  ranked,
  refuseOther,
  runStudy,
  type StudyOptions,
  secondsSpent,
  stateOf,
  trialsOf,
} from "./study/index.ts";
import { secondsOfFinals, timePlan } from "./time-plan.ts";
import type { TuneOptions } from "./tune-options.ts";
import { withThreads, withWorkers } from "./workers.ts";

/** What `tune` found. */
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

/**
 * Searches for the hyperparameters that do best on the validation part, trains the best anew from fresh seeds beside
 * the default, and scores the winner on the test part, once. Killed at any time and called again, it goes on.
 *
 * @throws {GruvyError} `usage/space` when nothing varies, `usage/other-study` when the ledger holds another study,
 *   `training/failures`, `usage/option`, `data/...` as `compare`.
 */
export async function tune(data: Parameters<typeof tunable>[0], options: TuneOptions): Promise<TuneResult> {
  const {
    openLedger = async () => memoryLedger(),
    readLedger = async () => [],
    onPlan = () => {},
    onWarning = () => {},
    finalists = 3,
    finalSeeds: seeds = 3,
    workers = 1,
  } = options;
  wholeNumber(workers, "workers", { max: 256 });
  checkBudget(options.budget);
  const setting = settingOf(data, options);
  const { space, lengths } = setting;
  const { objective } = setting.study;
  const known = await readLedger();
  refuseOther(known, setting.study);
  const done = doneOf(known);
  const { seconds: epochSeconds, why } = await measured(setting);
  const trained = Math.min(wholeNumber(finalists, "finalists") + 1, countConfigurations(space));
  const finalEpochs = trained * wholeNumber(seeds, "finalSeeds") * lengths.finals.epochs;
  const finalSeconds = epochSeconds === undefined ? undefined : finalEpochs * epochSeconds;
  const time = timePlan(options.budget?.seconds, { known, finals: finalSeconds });
  const budget = { ...setting.study.budget, seconds: time?.search };
  const study: StudyOptions = { ...setting.study, budget, within: time?.all };
  const likeTrain = lengths.finals.asTrain === undefined ? "" : ", trained as train would";
  const epochs = plannedEpochs(study.searcher, space, study.epochs);
  const lines = [
    ...setting.data.sentences,
    ...new HyperParameters(space).summary().split("\n"),
    ...planText(study.searcher, space, {
      epochs: study.epochs,
      secondsOfEpoch: epochSeconds,
      endsEarly: endsEarly(lengths.trials),
      budget,
    }).split("\n"),
    `Then the best ${finalists > 1 ? `${finalists} ` : ""}and the default, each from ${counted(seeds, "fresh seed")}${likeTrain}: at most ${counted(finalEpochs, "epoch")}${finalSeconds === undefined ? "" : `, about ${duration(finalSeconds)}`}.`,
    ...(time === undefined
      ? []
      : [
          `${duration(time.all - time.search)} of the ${duration(time.all)} are kept for that; when they are over, no further seed is begun. The first is trained in any case.`,
        ]),
    ...(why === undefined ? [] : [`No time can be estimated, for the default configuration does not train: ${why}`]),
    ...(done === undefined
      ? []
      : [
          doneText(done, {
            planned: { trials: plannedTrials(study.searcher, space), epochs },
            secondsOfEpoch: epochSeconds,
            budget,
          }),
        ]),
  ];
  onPlan(lines, {
    epochs: epochs === undefined ? budget.epochs : Math.min(epochs, budget.epochs ?? epochs),
    seconds: budget.seconds,
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
  const spent = secondsSpent(ledger.records()) + secondsOfFinals(ledger.records(), workers);
  const begun = performance.now();
  const { signal, onFinal, onFinals } = options;
  const final = { objective, lengths: lengths.finals, tuned: setting.tuned, signal, onFinal };
  const left = await withThreads(workers, (groups) =>
    runFinals(ledger, setting.data, all, {
      ...final,
      groups,
      seeds: finalSeeds(study.seed, seeds),
      onFinals,
      secondsLeft: time && (() => time.all - spent - (performance.now() - begun) / 1000),
    }),
  );
  if (left === "interrupted") return { ending: "interrupted", ...nothing };
  if (left > 0)
    onWarning(
      `The time is over, so ${counted(left, "final training was", "final trainings were")} left out: more --time trains them.`,
    );
  const winner = await crowned(ledger, {
    data: setting.data,
    tuned: setting.tuned,
    objective,
    lengths: lengths.finals,
    again: async (finalist, seed) => {
      onWarning(
        `The weights of the winner, ${finalist.name}, are missing or damaged: it is trained again from its seed.`,
      );
      const run = (groups: readonly Threads[]) =>
        runFinals(ledger, setting.data, [finalist], { ...final, groups, seeds: [seed], weightsAlone: true });
      return (await withThreads(1, run)) !== "interrupted";
    },
  });
  if (winner === "interrupted") return { ending: winner, ...nothing };
  const baselines = "fitted" in winner ? winner.fitted.training.baselines : undefined;
  return { ending, ...winner, bestTrial: await bestTrialOf(ledger, setting, baselines, onWarning) };
}

/** The model of the best trial's best epoch; undefined where its file is gone, or damaged, which is told. */
async function bestTrialOf(
  ledger: Ledger,
  { data, tuned, study, lengths }: Setting,
  baselines: FittedModel["training"]["baselines"],
  onWarning: (text: string) => void,
): Promise<FittedModel | undefined> {
  const { objective, epochs } = study;
  const [best] = ranked(trialsOf(ledger.records(), objective.direction), objective);
  if (best === undefined) return undefined;
  const name = stateOf(best, best.bestEpoch);
  const model = await kept(ledger, name);
  if (model === undefined) {
    const file = name === undefined ? "" : ` ${shown(name)}`;
    onWarning(`The weights${file} of the best trial are missing or damaged, so best-trial.gruvy is not written.`);
    return undefined;
  }
  const verdict = `Trial ${best.id} as the search left it; the best of many is partly the luckiest.`;
  return data.fitted(
    model,
    tuned(best.values),
    // The baselines know nothing of what is tuned, and were scored beside the winner.
    { validation: {}, test: {}, baselines },
    { verdict, epochs, patience: lengths.trials.asTrain?.patience },
  );
}

/** What the default configuration may fail by though others do not. */
const ITS_OWN = ["training/not-finite", "engine/memory", "model/size"];

/** Seconds of the default's epoch, or why it does not train. */
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
    if (error instanceof GruvyError && ITS_OWN.includes(error.code)) return { why: error.message };
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
