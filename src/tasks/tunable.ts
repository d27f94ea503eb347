import { type Dataset, GruvyError } from "../base/index.ts";
import { checkData, type LoadedData, requireUsable } from "../data/index.ts";
import { studentPoint } from "../evaluation/index.ts";
import type { Sequential } from "../model/index.ts";
import { fingerprint } from "./fingerprint.ts";
import type { FittedModel } from "./fitted.ts";
import { makeJob, planSentences, readSentence } from "./make-job.ts";
import { recurrentModel } from "./recurrent-model.ts";
import type { ComparisonResult, Scores } from "./results.ts";
import { type Cell, cells, type DataKind, settings as settingsFor, type TaskOptions } from "./settings.ts";
import { versions } from "./versions.ts";

/** What of a network may vary while the data stay as they are prepared. */
export interface Tuned {
  readonly cell: Cell;
  readonly units: number;
  readonly layers: number;
  /** Of the inputs of each recurrent layer. */
  readonly dropout: number;
  readonly learningRate: number;
  readonly batchSize: number;
}

/** Data made ready once for many models, with the test part kept out of reach until it is asked for. */
export interface Tunable {
  readonly kind: DataKind;
  /** What was read and how it is split, in sentences. */
  readonly sentences: readonly string[];
  /** The number that `fit` reports and that says how good a model is. */
  readonly objective: "valAccuracy" | "valLoss";
  /** What `train` would use. */
  readonly defaults: Omit<Tuned, "cell">;
  readonly train: Dataset;
  readonly validation: Dataset;
  /** Tells these data, prepared so, apart from others. */
  readonly fingerprint: string;
  /** Compiled, its weights from the seed. */
  build(tuned: Tuned, seed: number): Sequential;
  /** Scores on the validation and on the test part: what chooses a model must not look at the latter. */
  score(model: Sequential): Promise<{ readonly validation: Scores; readonly test: Scores }>;
  /** The model with its preprocessing, as `train` keeps it. */
  fitted(
    model: Sequential,
    tuned: Tuned,
    scores: { readonly validation: Scores; readonly test: Scores },
    verdict: string,
  ): FittedModel;
}

/**
 * Prepares data for many trainings that differ in their network alone.
 *
 * @throws {GruvyError} `usage/option`, `data/...` as `compare`.
 */
export function tunable(data: LoadedData, options: TaskOptions = {}): Tunable {
  const settings = settingsFor(data.kind, options);
  requireUsable(checkData(data));
  const job = makeJob(data, settings);
  const own = fingerprint(data);
  const network = (tuned: Tuned) => ({ ...job.network, ...tuned });
  return {
    kind: data.kind,
    sentences: [readSentence(job), ...planSentences(job)],
    objective: job.metric === "accuracy" ? "valAccuracy" : "valLoss",
    defaults: {
      units: settings.units,
      layers: settings.layers,
      dropout: 0,
      learningRate: job.network.learningRate,
      batchSize: job.schedule.batchSize,
    },
    ...job.training,
    fingerprint: own,
    build(tuned, seed) {
      if (!cells.includes(tuned.cell)) throw new GruvyError("usage/option", `Known cells are ${cells.join(", ")}`);
      return recurrentModel(tuned.cell, network(tuned), seed);
    },
    score: (model) => job.score((x) => model.predict(x, { batchSize: 256 })),
    fitted: (model, tuned, { validation, test }, verdict) => ({
      model,
      pipeline: job.pipeline,
      training: {
        cell: tuned.cell,
        data: { name: job.data.name, source: job.data.source, rows: job.data.rows },
        fingerprint: own,
        split: job.split,
        choices: job.choices,
        settings: { ...job.settings, ...tuned, testSize: settings.testSize } satisfies ComparisonResult["settings"],
        validation,
        test,
        verdict,
        versions: versions(),
        date: new Date().toISOString(),
      },
    }),
  };
}

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
