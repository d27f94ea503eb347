import { finiteNumber } from "../../base/index.ts";
import { BatchNormOp } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { ConstraintLike, RegularizerLike } from "../regularizers.ts";
import { type Layer, layerOf, refuseTokens } from "./layer.ts";
import { type Trainable, weightRules } from "./weight-rules.ts";

/** What `batchNormalization` can be told. */
export interface BatchNormalizationOptions extends Trainable {
  /** The share of the moving mean and variance that stays at each step of training. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number;
  /** Learns a shift for each feature. Default true. */
  readonly center?: boolean;
  /** Learns a gain for each feature. Default true. */
  readonly scale?: boolean;
  /** Default `zeros`. */
  readonly betaInitializer?: InitializerLike;
  /** Default `ones`. */
  readonly gammaInitializer?: InitializerLike;
  /** Default `zeros`. */
  readonly movingMeanInitializer?: InitializerLike;
  /** Default `ones`. */
  readonly movingVarianceInitializer?: InitializerLike;
  readonly betaRegularizer?: RegularizerLike;
  readonly gammaRegularizer?: RegularizerLike;
  readonly betaConstraint?: ConstraintLike;
  readonly gammaConstraint?: ConstraintLike;
  readonly name?: string;
}

/**
 * While training, brings each feature to mean 0 and variance 1 over the rows and steps of the batch, those that the mask
 * counts; then multiplies by a gain and adds a shift (Ioffe and Szegedy 2015). `evaluate` and `predict` use moving
 * averages of the batches' means and variances, so a row's prediction does not depend on the rows beside it. With
 * `trainable: false` training does so too, and leaves them as they are.
 *
 * Input [rows, features] or [rows, steps, features]; the output has the same shape, and the input's mask. Learned: gamma
 * [features], beta [features]; kept beside them: moving mean and variance [features]. Throws `model/option` for an option
 * out of range.
 *
 * @example
 * const model = sequential([input({ shape: [2] }), batchNormalization({ momentum: 0.5 })]);
 * model.compile({ loss: "mse", optimizer: sgd({ learningRate: 0 }) });
 * await model.fit([[0, 5], [4, 5]], [[0, 0], [0, 0]]);
 * (await model.getWeights())[2].toArray(); // [1, 2.5]
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  const {
    momentum = 0.99,
    epsilon = 0.001,
    center = true,
    scale = true,
    betaInitializer = "zeros",
    gammaInitializer = "ones",
    movingMeanInitializer = "zeros",
    movingVarianceInitializer = "ones",
    name,
  } = optionsOf(options, "batchNormalization");
  const starts = {
    beta: initializer(betaInitializer, "betaInitializer"),
    gamma: initializer(gammaInitializer, "gammaInitializer"),
    moving_mean: initializer(movingMeanInitializer, "movingMeanInitializer"),
    moving_variance: initializer(movingVarianceInitializer, "movingVarianceInitializer"),
  };
  const own = weightRules(options, "batchNormalization", ["gamma", "beta"]);
  const number = (value: unknown, what: string, min: number, max: number) =>
    finiteNumber(value, `${what} of batchNormalization`, { min, max, code: "model/option" });
  const config = {
    momentum: number(momentum, "momentum", 0, 1),
    epsilon: number(epsilon, "epsilon", 1e-12, 1e6),
    center: flag(center, "center of batchNormalization"),
    scale: flag(scale, "scale of batchNormalization"),
    betaInitializer: starts.beta.config,
    gammaInitializer: starts.gamma.config,
    movingMeanInitializer: starts.moving_mean.config,
    movingVarianceInitializer: starts.moving_variance.config,
    ...own.config,
  };
  refuseUnknown(options, [...Object.keys(config), ...own.names, "name"], "batchNormalization");
  return layerOf({
    kind: "batchNormalization",
    name,
    config,
    learning: [config],
    build({ value, steps }, context) {
      refuseTokens(value, context.name);
      const shape = { momentum, epsilon, center, scale, frozen: !context.trainable };
      const op = new BatchNormOp(value, { path: context.name, ...shape });
      for (const weight of op.weights) {
        const part = weight.path.slice(weight.path.lastIndexOf("/") + 1) as keyof typeof starts;
        context.initialize(weight, starts[part].values, own.rules[part]);
      }
      return { value: op.output, steps };
    },
  });
}
