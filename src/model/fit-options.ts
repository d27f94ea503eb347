import { type Datasets, finiteNumber, GruvyError, shown, type TensorsLike, wholeNumber } from "../base/index.ts";
import type { Callback } from "./callbacks/index.ts";
import { flag, optionsOf, refuseUnknown } from "./options.ts";
import type { ClassWeight } from "./row-weights.ts";
import type { StateSource, TrainingState } from "./training-state.ts";

/** What `fit` can be told. */
export interface FitOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Default 32. A stream brings its own. */
  readonly batchSize?: number;
  /** The share of the rows, taken from their end before any shuffling, that is kept for validation. Default 0. */
  readonly validationSplit?: number;
  /** Data `{ x, y }`, or [x, y] or [x, y, sampleWeight]. */
  readonly validationData?: Datasets | readonly [x: TensorsLike, y: TensorsLike, sampleWeight?: TensorsLike];
  /** Default 32, or batchSize. */
  readonly validationBatchSize?: number;
  /** Rows come in a new order in every epoch. Default true; a stream keeps its own order. */
  readonly shuffle?: boolean;
  /**
   * What each row's loss is multiplied by, [rows], or, where targets have steps, each step's, [rows, steps]. The sum is
   * divided by the number of rows (or steps that are not masked) and not by the weights, as in Keras. Of several outputs
   * one for all, or an object by their names.
   */
  readonly sampleWeight?: TensorsLike;
  /** What rows count by their class, such as { 0: 1, 1: 5 }; others count 1. While training, not for validation. */
  readonly classWeight?: ClassWeight;
  readonly callbacks?: readonly Callback[];
  /** Ends training after the step under way; `fit` then resolves with what was done. */
  readonly signal?: AbortSignal;
  /**
   * 0: nothing is printed; `"auto"` or 1: a bar where standard error is a terminal, else a line after every epoch on the
   * console; 2: such lines anyway. Default 0. See `progressBar`.
   */
  readonly verbose?: "auto" | 0 | 1 | 2;
  /** The number of the first epoch, when a training goes on. Default 0. */
  readonly initialEpoch?: number;
  /**
   * Goes on from this state, or from the newest one of a `checkpoint`, to the bits that the training would have ended
   * with. Where a `checkpoint` has none yet, the training begins.
   */
  readonly resumeFrom?: StateSource | TrainingState;
  /** Names of the settings that are meant to differ from those the resumed training was begun with. */
  readonly resumeChanges?: readonly string[];
}

const known = [
  "epochs",
  "batchSize",
  "validationSplit",
  "validationData",
  "validationBatchSize",
  "shuffle",
  "sampleWeight",
  "classWeight",
  "callbacks",
  "signal",
  "verbose",
  "initialEpoch",
  "resumeFrom",
  "resumeChanges",
];

/** Refuses options that make no sense. */
export function checkFitOptions(options: FitOptions): void {
  refuseUnknown(optionsOf(options, "fit", "usage/option"), known, "fit", "usage/option");
  const { callbacks = [] } = options;
  wholeNumber(options.epochs ?? 1, "epochs");
  wholeNumber(options.batchSize ?? 32, "batchSize", { max: 2 ** 20 });
  if (!Array.isArray(callbacks)) {
    throw new GruvyError("usage/option", `Expected callbacks to be a list, found ${shown(callbacks)}`);
  }
  if (!["auto", 0, 1, 2].includes(options.verbose ?? 0)) {
    throw new GruvyError("usage/option", `Expected verbose to be "auto", 0, 1 or 2, found ${shown(options.verbose)}`);
  }
  flag(options.shuffle ?? true, "shuffle");
  finiteNumber(options.validationSplit ?? 0, "validationSplit", { min: 0, max: 0.999999 });
  wholeNumber(options.initialEpoch ?? 0, "initialEpoch", { min: 0 });
}
