import { SpatialDropoutOp } from "../../engine/index.ts";
import { rate as checkedRate, optionsOf, refuseUnknown } from "../options.ts";
import type { DropoutOptions } from "./dropout.ts";
import { type Layer, layerOf, needSequence } from "./layer.ts";

/**
 * While training, sets a share of the features of each row to zero, the same ones at every step, and scales the others
 * by 1 / (1 - rate) (Tompson et al. 2015): neighbouring steps cannot stand in for what is dropped.
 *
 * Input and output [rows, steps, features]. Nothing is learned. Throws `model/option` for a rate out of range.
 *
 * @example
 * const model = sequential([input({ shape: [1, 2] }), spatialDropout1d({ rate: 0.5 })]);
 * (await model.predict([[[1, 2]]])).toArray(); // [[[1, 2]]]
 */
export function spatialDropout1d(options: DropoutOptions): Layer {
  const rate = checkedRate(optionsOf(options, "spatialDropout1d").rate, "rate of spatialDropout1d");
  refuseUnknown(options, ["rate", "seed", "name"], "spatialDropout1d");
  return layerOf({
    kind: "spatialDropout1d",
    name: options.name,
    config: { rate },
    seed: options.seed,
    build({ value, steps }, context) {
      needSequence(value, context.name);
      return { value: rate === 0 ? value : new SpatialDropoutOp(value, rate, context.seed).output, steps };
    },
  });
}
