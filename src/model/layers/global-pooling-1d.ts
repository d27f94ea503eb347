import { PoolStepsOp } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { ignoreMask, type Layer, layerOf, needSequence } from "./layer.ts";

interface Options {
  readonly name?: string;
}

function pooling(kind: string, how: "mean" | "max", options: Options): Layer {
  refuseUnknown(optionsOf(options, kind), ["name"], kind);
  return layerOf({
    kind,
    name: options.name,
    config: {},
    build({ value }, context) {
      needSequence(value, context.name);
      if (how === "max") ignoreMask(value, context);
      return { value: new PoolStepsOp(value, how).output, steps: null };
    },
  });
}

/**
 * The mean of each feature over the steps that the mask counts; zeros for a row that is masked throughout.
 *
 * Input [rows, steps, features]; output [rows, features]. Nothing is learned. Throws `model/shape` for rows without steps.
 *
 * @example
 * const model = sequential([input({ shape: [3, 1] }), masking(), globalAveragePooling1d()]);
 * (await model.predict([[[2], [4], [0]]])).toArray(); // [[3]]
 */
export const globalAveragePooling1d = (options: Options = {}): Layer =>
  pooling("globalAveragePooling1d", "mean", options);

/**
 * The largest of each feature over all steps. As in Keras the mask is not looked at: masked steps count with the output
 * that the layer before gives there.
 *
 * Input [rows, steps, features]; output [rows, features]. Nothing is learned. Throws `model/shape` for rows without steps.
 *
 * @example
 * const model = sequential([input({ shape: [3, 1] }), globalMaxPooling1d()]);
 * (await model.predict([[[2], [4], [0]]])).toArray(); // [[4]]
 */
export const globalMaxPooling1d = (options: Options = {}): Layer => pooling("globalMaxPooling1d", "max", options);
