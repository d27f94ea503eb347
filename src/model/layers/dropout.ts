import { DropoutOp } from "../../engine/index.ts";
import { rate as checkedRate, optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf } from "./layer.ts";

/** What `dropout` can be told. */
export interface DropoutOptions {
  /** The share set to zero, from 0 to below 1. */
  readonly rate: number;
  readonly seed?: number;
  readonly name?: string;
}

/**
 * While training, sets a share of the elements to zero and scales the others by 1 / (1 - rate) (Srivastava et al.
 * 2014); otherwise does nothing. Shapes stay as they are; nothing is learned. Throws `model/option` for a rate out of range.
 *
 * @example
 * const model = sequential([input({ shape: [2] }), dropout({ rate: 0.5 })]);
 * (await model.predict([[1, 2]])).toArray(); // [[1, 2]]
 */
export function dropout(options: DropoutOptions): Layer {
  const rate = checkedRate(optionsOf(options, "dropout").rate, "rate of dropout");
  refuseUnknown(options, ["rate", "seed", "name"], "dropout");
  return layerOf({
    kind: "dropout",
    name: options.name,
    config: { rate },
    seed: options.seed,
    perStep: true,
    build: ({ value, steps }, context) => ({
      value: rate === 0 ? value : new DropoutOp(value, rate, context.seed).output,
      steps,
    }),
  });
}
