import type { Dataset, Tensor } from "../base/index.ts";
import type { Interval } from "../evaluation/index.ts";
import type { Pipeline } from "./pipeline.ts";
import type { NetworkShape } from "./recurrent-model.ts";
import type { ComparisonResult, Finding, ModelName, ModelResult, Scores } from "./results.ts";
import type { Schedule } from "./settings.ts";

/** What models are ranked by. */
export type Metric = "rmse" | "accuracy";

/** A fitted model's answers on a part of the data: numbers in the data's units, or probabilities of the classes. */
export type Predict = (x: Tensor) => Promise<Tensor>;

/** A model with its place in the comparison: how it did, and how far off it was on each row of the test part. */
export interface Scored {
  readonly validation: Scores;
  readonly test: Scores;
  /** One per test row: a forecast or value, or the predicted class. */
  readonly predictions: readonly number[];
  /** One per test row: prediction - truth, or 1 where the class is right and 0 where it is wrong. */
  readonly outcomes: Float64Array;
  /** Labels: the probability given to the predicted class. */
  readonly confidences?: Float64Array;
}

export interface ScoredModel extends Scored {
  readonly name: ModelName;
  readonly parameters: number;
  readonly seconds: number;
}

/**
 * Data made ready for models: split, with everything that was fitted or chosen on the training part alone. Comparing
 * and training both begin with one; each kind of data has its own way to make it.
 */
export interface Job {
  readonly metric: Metric;
  readonly data: ComparisonResult["data"];
  readonly split: ComparisonResult["split"];
  readonly choices: ComparisonResult["choices"];
  readonly findings: readonly Finding[];
  readonly pipeline: Pipeline;
  readonly network: NetworkShape;
  readonly schedule: Schedule;
  readonly training: { readonly train: Dataset; readonly validation: Dataset };
  /** Labels: the rows of the data's first part that were trained or validated on. */
  readonly seenRows?: Uint32Array;
  /** What is known about the settings once everything is chosen, for the report. */
  readonly settings: ComparisonResult["settings"];
  /** Fits the baselines one by one; `begin` and `end` are called around each. */
  baselines(watch: BaselineWatch): Promise<ScoredModel[]>;
  /** Runs a trained model over the validation and test parts. */
  score(predict: Predict): Promise<Scored>;
  /** Scores of the validation part alone in the data's units, where a loss has others. */
  validate?(predict: Predict): Promise<Scores>;
  /** The 95 % interval of the difference of two models on the test part. */
  interval(model: Scored, baseline: Scored): Interval;
  /** What the report shows of the data and of the best model beside its scores. */
  shown(best: Scored): Pick<ComparisonResult, "series" | "truth" | "confusion" | "worst">;
}

export interface BaselineWatch {
  readonly begin: (name: ModelName) => void;
  readonly end: (name: ModelName, result: Pick<ModelResult, "seconds" | "validation">) => void;
}

/** The share and number of right answers as scores, beside the log loss. */
export function labelScores(outcomes: ArrayLike<number>, loss: number): Scores {
  let right = 0;
  for (let i = 0; i < outcomes.length; i++) right += outcomes[i];
  return { accuracy: right / outcomes.length, loss };
}
