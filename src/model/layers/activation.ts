import { ActivationOp, activationNamed, type RowActivation } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf } from "./layer.ts";

/**
 * Applies a function to each element, or `softmax` over the features. Shapes stay as they are; nothing is learned.
 * Throws `model/activation` for an unknown name.
 *
 * @example
 * const model = sequential([input({ shape: [2] }), activation("relu")]);
 * (await model.predict([[-1, 2]])).toArray(); // [[0, 2]]
 */
export function activation(name: RowActivation | "silu", options: { readonly name?: string } = {}): Layer {
  refuseUnknown(optionsOf(options, "activation"), ["name"], "activation");
  const fn = activationNamed(name);
  return layerOf({
    kind: "activation",
    name: options.name,
    config: { activation: fn },
    perStep: true,
    build: ({ value, steps }) => ({ value: new ActivationOp(value, fn).output, steps }),
  });
}
