import { finiteNumber } from "../../base/index.ts";
import { DiffersMaskOp, KeepUnmaskedOp } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf, needSequence } from "./layer.ts";

/** What `masking` can be told. */
export interface MaskingOptions {
  /** Steps all of whose features have this value do not count. Default 0. */
  readonly maskValue?: number;
  readonly name?: string;
}

/**
 * Skips steps: those at which every feature equals `maskValue` are masked for the layers behind, and become zero.
 * Recurrent layers carry their state over them; losses and metrics of sequences leave them out.
 *
 * Input and output [rows, steps, features]. Nothing is learned. Throws `model/shape` for rows without steps, `model/option`
 * for a value that is not finite.
 *
 * @example
 * const model = sequential([input({ shape: [null, 1] }), masking({ maskValue: -1 }), simpleRnn({ units: 4 })]);
 * const short = await model.predict([[[3], [5]]]);
 * const padded = await model.predict([[[-1], [3], [5], [-1]]]);
 * padded.toArray(); // short.toArray()
 */
export function masking(options: MaskingOptions = {}): Layer {
  const { maskValue = 0, name } = optionsOf(options, "masking");
  refuseUnknown(options, ["maskValue", "name"], "masking");
  const skipped = Math.fround(finiteNumber(maskValue, "maskValue of masking", { code: "model/option" }));
  return layerOf({
    kind: "masking",
    name,
    config: { maskValue },
    build({ value, steps }, context) {
      needSequence(value, context.name);
      const mask = new DiffersMaskOp(value, skipped).output;
      return { value: new KeepUnmaskedOp(value, mask).output, steps };
    },
  });
}
