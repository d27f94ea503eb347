import { GruvyError } from "../../base/index.ts";
import { RegroupOp } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { ignoreMask, type Layer, layerOf } from "./layer.ts";

/**
 * Lays the steps of a sequence side by side: [rows, steps, features] becomes [rows, steps * features]. The number of
 * steps is then fixed: it comes from `input`, or from the first data the model sees. Nothing is learned. As in Keras masks
 * end here, which is said once. Throws `model/shape` where the number of steps varies.
 *
 * @example
 * const model = sequential([input({ shape: [3, 2] }), flatten(), dense({ units: 1 })]);
 * model.countParams(); // 7
 */
export function flatten(options: { readonly name?: string } = {}): Layer {
  refuseUnknown(optionsOf(options, "flatten"), ["name"], "flatten");
  return layerOf({
    kind: "flatten",
    name: options.name,
    config: {},
    needsSteps: true,
    build({ value, steps }, context) {
      if (value.kind === "vector") return { value, steps };
      if (steps === null || value.kind !== "sequence") {
        throw new GruvyError(
          "model/shape",
          `Layer "${context.name}" needs sequences of a known number of steps`,
          "Say how many in input({ shape: [steps, features] }), or leave the input to the first data.",
        );
      }
      ignoreMask(value, context);
      return { value: new RegroupOp(value, steps * value.features).output, steps: null };
    },
  });
}
