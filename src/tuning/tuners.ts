import { GruvyError, shown, wholeNumber } from "../base/index.ts";
import {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandSearcher,
  randomSearcher,
  tpeDraw,
  tpeSearcher,
} from "./searchers/index.ts";
import { type BuildModel, Tuner } from "./tuner.ts";
import type { TunerOptions } from "./tuner-options.ts";

/** What `hyperband` can be told. */
export interface HyperbandOptions extends TunerOptions {
  /** Epochs of the longest trials. Default 100. */
  readonly maxEpochs?: number;
  /** One in so many goes on, and is trained so many times as long. Default 3. */
  readonly factor?: number;
  /** How often all brackets are gone through. Default 1. */
  readonly hyperbandIterations?: number;
  /** How configurations are drawn. Default "random". */
  readonly sampler?: "random" | "tpe";
}

/**
 * Hyperband (Li et al. 2018) with the brackets of Keras Tuner: many configurations for few epochs, the best of them for
 * more. Who goes on keeps weights and optimizer state.
 *
 * @throws {GruvyError} `usage/option`; `usage/space` where nothing varies, or for what cannot; `usage/build-model`
 *   where `buildModel` fails with the default configuration, or gives no model.
 * @example
 * const tuner = hyperband(
 *   (hp) => {
 *     const model = sequential([
 *       input({ shape: [5, 1] }),
 *       gru({ units: hp.int("units", { minValue: 2, maxValue: 8, step: 2 }) }),
 *       dense({ units: 1 }),
 *     ]);
 *     model.compile({ optimizer: adam({ learningRate: hp.choice("learningRate", [1e-2, 1e-3]) }), loss: "meanSquaredError" });
 *     return model;
 *   },
 *   { objective: "valLoss", maxEpochs: 3, factor: 3 },
 * );
 * await tuner.search(windows(sine().values.subarray(0, 60), { window: 5 }), { validationSplit: 0.2 }); // "done"
 * const [best] = await tuner.getBestHyperparameters();
 * const model = tuner.hypermodel.build(best);
 * model.countParams() > 0; // true
 */
export function hyperband(buildModel: BuildModel, options: HyperbandOptions): Tuner {
  const { maxEpochs, factor, hyperbandIterations, sampler = "random" } = options ?? {};
  if (sampler !== "random" && sampler !== "tpe") {
    throw new GruvyError("usage/option", `Expected sampler to be "random" or "tpe", found ${shown(sampler)}`);
  }
  const searcher = hyperbandSearcher({
    maxEpochs,
    factor,
    hyperbandIterations,
    ...(sampler === "tpe" ? { sampler: { name: "tpe", draw: tpeDraw } } : {}),
  });
  return new Tuner(buildModel, options, searcher, ["maxEpochs", "factor", "hyperbandIterations", "sampler"]);
}

/** What searches with a number of trials can be told. */
export interface TrialsOptions extends TunerOptions {
  /** Default 10, of `gridSearch` all; a small space has fewer. */
  readonly maxTrials?: number;
}

const trialsOf = ({ maxTrials = 10 }: TrialsOptions): { maxTrials: number } => ({
  maxTrials: wholeNumber(maxTrials, "maxTrials"),
});

/** Configurations at random (Bergstra and Bengio 2012), none twice. Throws as `hyperband`. */
export const randomSearch = (buildModel: BuildModel, options: TrialsOptions): Tuner =>
  new Tuner(buildModel, options, randomSearcher(trialsOf(options ?? {})), ["maxTrials"]);

/** Every configuration in order, of a number without steps ten places; at most `maxTrials`. Throws as `hyperband`. */
export const gridSearch = (buildModel: BuildModel, options: TrialsOptions): Tuner =>
  new Tuner(buildModel, options, gridSearcher(options?.maxTrials === undefined ? {} : trialsOf(options)), [
    "maxTrials",
  ]);

/** A Gaussian process and expected improvement (Jones et al. 1998), after 6 to 10 random trials. Throws as `hyperband`. */
export const bayesianOptimization = (buildModel: BuildModel, options: TrialsOptions): Tuner =>
  new Tuner(buildModel, options, bayesianSearcher(trialsOf(options ?? {})), ["maxTrials"]);

/** The tree-structured Parzen estimator (Bergstra et al. 2011), after 6 to 10 random trials. Throws as `hyperband`. */
export const tpeSearch = (buildModel: BuildModel, options: TrialsOptions): Tuner =>
  new Tuner(buildModel, options, tpeSearcher(trialsOf(options ?? {})), ["maxTrials"]);

/** What `asha` can be told. */
export interface AshaTunerOptions extends TunerOptions {
  /** Epochs of the top rung. Default 100. */
  readonly maxEpochs?: number;
  /** Epochs of the bottom rung. Default 1. */
  readonly minEpochs?: number;
  /** Default 3. */
  readonly factor?: number;
  /** Configurations in all; each promotion of one is a trial on top. Default 30. */
  readonly maxTrials?: number;
}

/** Asynchronous successive halving (Li et al. 2020). Throws as `hyperband`. */
export function asha(buildModel: BuildModel, options: AshaTunerOptions): Tuner {
  const { maxEpochs, minEpochs, factor, maxTrials = 30 } = options ?? {};
  const searcher = ashaSearcher({ maxEpochs, minEpochs, factor, maxTrials: wholeNumber(maxTrials, "maxTrials") });
  return new Tuner(buildModel, options, searcher, ["maxEpochs", "minEpochs", "factor", "maxTrials"]);
}
