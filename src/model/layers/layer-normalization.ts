import { finiteNumber } from "../../base/index.ts";
import { LayerNormOp } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { ConstraintLike, RegularizerLike } from "../regularizers.ts";
import { type Layer, layerOf, refuseTokens } from "./layer.ts";
import { type Trainable, weightRules } from "./weight-rules.ts";

/** What `layerNormalization` can be told. */
export interface LayerNormalizationOptions extends Trainable {
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
  /** What their size adds to the loss. Default: nothing. */
  readonly betaRegularizer?: RegularizerLike;
  readonly gammaRegularizer?: RegularizerLike;
  /** What they are brought back to after every step. Default: nothing. */
  readonly betaConstraint?: ConstraintLike;
  readonly gammaConstraint?: ConstraintLike;
  readonly name?: string;
}

/**
 * Brings the features of each row, at each step by itself, to mean 0 and variance 1, then multiplies by a gain and adds
 * a shift for each feature (Ba, Kiros and Hinton 2016).
 *
 * Input [rows, features] or [rows, steps, features]; the output has the same shape, and the input's mask. Learned:
 * gamma [features], beta [features]. Throws `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [4] }), layerNormalization({ epsilon: 1e-9 })]);
 * (await model.predict([[1, 1, 3, 3]])).toArray(); // ≈ [[-1.000, -1.000, 1.000, 1.000]]
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  const {
    epsilon = 0.001,
    center = true,
    scale = true,
    betaInitializer = "zeros",
    gammaInitializer = "ones",
    name,
  } = optionsOf(options, "layerNormalization");
  const beta = initializer(betaInitializer, "betaInitializer");
  const gamma = initializer(gammaInitializer, "gammaInitializer");
  const own = weightRules(options, "layerNormalization", ["gamma", "beta"]);
  const config = {
    epsilon: finiteNumber(epsilon, "epsilon of layerNormalization", { min: 1e-12, max: 1e6, code: "model/option" }),
    center: flag(center, "center of layerNormalization"),
    scale: flag(scale, "scale of layerNormalization"),
    betaInitializer: beta.config,
    gammaInitializer: gamma.config,
    ...own.config,
  };
  refuseUnknown(options, [...Object.keys(config), ...own.names, "name"], "layerNormalization");
  return layerOf({
    kind: "layerNormalization",
    name,
    config,
    learning: [config],
    perStep: true,
    build({ value, steps }, context) {
      refuseTokens(value, context.name);
      const op = new LayerNormOp(value, { path: context.name, epsilon, center, scale });
      for (const weight of op.weights) {
        const [start, rule] = weight.path.endsWith("gamma") ? [gamma, own.rules.gamma] : [beta, own.rules.beta];
        context.initialize(weight, start.values, rule);
      }
      return { value: op.output, steps };
    },
  });
}
