import { finiteNumber } from "../../base/index.ts";
import { LayerNormOp } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, refuseTokens } from "./layer.ts";

/** What `layerNormalization` can be told. */
export interface LayerNormalizationOptions {
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
  const config = {
    epsilon: finiteNumber(epsilon, "epsilon of layerNormalization", { min: 1e-12, max: 1e6, code: "model/option" }),
    center: flag(center, "center of layerNormalization"),
    scale: flag(scale, "scale of layerNormalization"),
    betaInitializer: beta.config,
    gammaInitializer: gamma.config,
  };
  refuseUnknown(options, [...Object.keys(config), "name"], "layerNormalization");
  return {
    kind: "layerNormalization",
    name,
    config,
    perStep: true,
    build({ value, steps }, context) {
      refuseTokens(value, context.name);
      const op = new LayerNormOp(value, { path: context.name, epsilon, center, scale });
      for (const weight of op.weights) {
        context.initialize(weight, (weight.path.endsWith("gamma") ? gamma : beta).values);
      }
      return { value: op.output, steps };
    },
  };
}
