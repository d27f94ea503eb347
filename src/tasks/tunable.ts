import { counted, type Dataset, GruvyError } from "../base/index.ts";
import { checkData, type LoadedData, requireUsable } from "../data/index.ts";
import { chooseBest, studentPoint } from "../evaluation/index.ts";
import type { Model } from "../model/index.ts";
import { differenceOf, verdictOn } from "./against.ts";
import { checkGiven } from "./check-given.ts";
import { dataRecord } from "./data-record.ts";
import { wholeFingerprint } from "./fingerprint.ts";
import type { FittedModel, TrainingRecord } from "./fitted.ts";
import type { Job } from "./job.ts";
import { makeJob, planSentences, readSentence } from "./make-job.ts";
import { recurrentModel } from "./recurrent-model.ts";
import type { ComparisonResult, ModelName, Scores } from "./results.ts";
import {
  type Cell,
  cells,
  checkOptions,
  type DataKind,
  type Schedule,
  type Settings,
  settings as settingsFor,
  type TaskOptions,
} from "./settings.ts";
import { versions } from "./versions.ts";

/** What may vary from one training to the next. */
export interface Tuned {
  readonly cell: Cell;
  readonly units: number;
  readonly layers: number;
  /** Of the inputs of each recurrent layer. */
  readonly dropout: number;
  readonly learningRate: number;
  readonly batchSize: number;
  /** Series: how many values a forecast sees. */
  readonly window?: number;
}

/** Data made ready for many models, with the test part kept out of reach until it is asked for. */
export interface Tunable {
  readonly kind: DataKind;
  /** What was read and how it is split, in sentences. */
  readonly sentences: readonly string[];
  /** The number that `fit` reports and that says how good a model is. */
  readonly objective: "valAccuracy" | "valLoss";
  /** What `train` would use. */
  readonly defaults: Omit<Tuned, "cell">;
  /** Tells these data, prepared so, apart from others. */
  readonly fingerprint: string;
  /** The data to learn from; made once for each window. */
  training(tuned: Tuned): { readonly train: Dataset; readonly validation: Dataset };
  /** Compiled, its weights from the seed. */
  build(tuned: Tuned, seed: number): Model;
  /** How long `train` would train. */
  readonly schedule: Pick<Schedule, "epochs" | "patience" | "goal">;
  /** The RMSE on the validation part in the data's own units, with their name; undefined where the loss has no others. */
  inUnits(model: Model, tuned: Tuned): Promise<{ readonly rmse: number; readonly unit?: string } | undefined>;
  /**
   * Scores on the validation and on the test part, there beside the best baseline by validation: what chooses a model
   * must not look at the latter.
   */
  score(model: Model, tuned: Tuned): Promise<Tested>;
  /** The model with its preprocessing, as `train` keeps it. */
  fitted(
    model: Model,
    tuned: Tuned,
    scores: Pick<TrainingRecord, "validation" | "test" | "baselines">,
    how: { readonly verdict: string; readonly epochs: number; readonly patience?: number },
  ): FittedModel;
}

/** How a model did, and the best baseline beside it. */
export interface Tested {
  readonly validation: Scores;
  readonly test: Scores;
  readonly baseline: { readonly name: ModelName; readonly test: Scores };
  /** What all of them scored on the test part. */
  readonly baselines: NonNullable<TrainingRecord["baselines"]>;
  /** What the difference on the test part lets one say. */
  readonly verdict: string;
}

/**
 * Prepares data for many trainings that differ in their network, and with `windows` in how far back a series is seen:
 * all of these windows forecast the same targets, those that the largest can, from the same transform, so that their
 * losses compare.
 *
 * @throws {GruvyError} `usage/option`, `data/...` as `compare`.
 */
export function tunable(data: LoadedData, options: TaskOptions = {}, windows: readonly number[] = []): Tunable {
  checkGiven(data);
  checkOptions(options, "tunable");
  const settings = settingsFor(data.kind, options);
  requireUsable(checkData(data));
  const usual = makeJob(data, settings);
  const job = windows.length === 0 ? () => usual : jobsByWindow(data, settings, usual, windows);
  const defaults = {
    units: settings.units,
    layers: settings.layers,
    dropout: 0,
    learningRate: usual.network.learningRate,
    batchSize: usual.schedule.batchSize,
    ...(data.kind === "series" ? { window: Number(usual.settings.window) } : {}),
  };
  return {
    kind: data.kind,
    sentences: [readSentence(usual), ...planSentences(withoutSchedule(job(defaults.window)))],
    objective: usual.metric === "accuracy" ? "valAccuracy" : "valLoss",
    defaults,
    fingerprint: wholeFingerprint(data),
    training: ({ window }) => job(window).training,
    build(tuned, seed) {
      if (!cells.includes(tuned.cell)) throw new GruvyError("usage/option", `Known cells are ${cells.join(", ")}`);
      return recurrentModel(tuned.cell, { ...job(tuned.window).network, ...tuned }, seed);
    },
    schedule: usual.schedule,
    async inUnits(model, { window }) {
      const { validate, data: read } = job(window);
      const { rmse } = (await validate?.((x) => model.predict(x, { batchSize: 256 }))) ?? {};
      return Number.isFinite(rmse) ? { rmse: Number(rmse), unit: read.unit } : undefined;
    },
    async score(model, { window, cell }) {
      const own = job(window);
      const scored = { ...(await own.score((x) => model.predict(x, { batchSize: 256 }))), name: cell };
      const baselines = await own.baselines({ begin: () => {}, end: () => {} });
      const baseline = chooseBest(baselines, own.metric);
      const compared = { model: scored, baseline, modelChosen: false };
      return {
        validation: scored.validation,
        test: scored.test,
        baseline: { name: baseline.name, test: baseline.test },
        baselines: baselines.map(({ name, test }) => ({ name, test })),
        verdict: verdictOn(own, differenceOf(own, scored, baseline), compared),
      };
    },
    fitted(model, tuned, { validation, test, baselines }, { verdict, epochs, patience = epochs }) {
      const own = withoutSchedule(job(tuned.window));
      return {
        model,
        pipeline: own.pipeline,
        training: {
          cell: tuned.cell,
          ...dataRecord(data, own),
          baselines,
          choices: own.choices,
          settings: {
            ...own.settings,
            ...tuned,
            epochs,
            patience,
            testSize: settings.testSize,
          } satisfies ComparisonResult["settings"],
          validation,
          test,
          verdict,
          versions: versions(),
          date: new Date().toISOString(),
        },
      };
    },
  };
}

/** How many epochs `train` would choose does not matter: the search has its own. */
const withoutSchedule = (job: Job): Job => ({ ...job, choices: job.choices.filter(({ what }) => what !== "training") });

/** So many windows are kept made ready; long series in many windows would fill the memory. */
const MOST_JOBS = 16;

/** The job of each window, made when it is first asked for; of a window that is none of them the nearest. */
function jobsByWindow(
  data: LoadedData,
  settings: Settings,
  usual: Job,
  windows: readonly number[],
): (window: number | undefined) => Job {
  const made = new Map<number, Job>();
  const largestWindow = Math.max(...windows);
  const common = usual.choices.filter(({ what }) => what !== "window");
  return (wanted = windows[0]) => {
    const window = nearest(windows, wanted);
    const known = made.get(window);
    if (known !== undefined) return known;
    const transform = usual.settings.transform as Settings["transform"];
    const job = makeJob(data, { ...settings, window, largestWindow, transform });
    const own = {
      ...job,
      choices: [...common, { what: "window", value: counted(window, "value"), why: "of those that may vary" }],
    };
    if (made.size >= MOST_JOBS) made.delete([...made.keys()][0]);
    made.set(window, own);
    return own;
  };
}

/** The number of a list that is least away. */
export const nearest = (values: readonly number[], to: number): number =>
  values.reduce((best, one) => (Math.abs(one - to) < Math.abs(best - to) ? one : best));

/** The mean of a few values with its 95 % interval by Student's t; of one value there is none. */
export function meanInterval(values: readonly number[]): {
  readonly mean: number;
  readonly low?: number;
  readonly high?: number;
} {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value / count, 0);
  if (count < 2) return { mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (count - 1);
  const half = studentPoint(count - 1) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}
