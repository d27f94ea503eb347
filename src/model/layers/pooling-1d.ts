import { PoolWindowsOp } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { ignoreMask, type Layer, layerOf, needSequence } from "./layer.ts";
import { fixedWindows, paddingOf, stepCount } from "./windows.ts";

/** What the poolings can be told. */
export interface Pooling1dOptions {
  /** Steps that a window looks at. Default 2. */
  readonly poolSize?: number;
  /** Steps from one window to the next. Default: `poolSize`, so that no two overlap. */
  readonly strides?: number;
  /** `valid` (the default): windows lie within the sequence; `same`: one for every `strides` steps. */
  readonly padding?: "valid" | "same";
  readonly name?: string;
}

function pooling(kind: string, how: "max" | "mean", options: Pooling1dOptions): Layer {
  const { poolSize = 2, strides = poolSize, padding = "valid", name } = optionsOf(options, kind);
  refuseUnknown(options, ["poolSize", "strides", "padding", "name"], kind);
  const windows = {
    size: stepCount(poolSize, `poolSize of ${kind}`),
    strides: stepCount(strides, `strides of ${kind}`),
    padding: paddingOf(padding, ["valid", "same"], kind),
  };
  return layerOf({
    kind,
    name,
    config: { poolSize, strides, padding },
    build({ value, steps }, context) {
      needSequence(value, context.name);
      ignoreMask(value, context);
      return {
        value: new PoolWindowsOp(value, how, windows).output,
        steps: fixedWindows({ ...windows, dilation: 1 }, steps, context.name),
      };
    },
  });
}

/**
 * The largest of each feature in windows over the steps.
 *
 * Input [rows, steps, features]; output [rows, windows, features]. Nothing is learned. As in Keras masks are not looked
 * at and end here, which is said once. Throws `data/shape` for sequences shorter than a window.
 *
 * @example
 * const model = sequential([input({ shape: [null, 1] }), maxPooling1d()]);
 * (await model.predict([[[1], [3], [2], [0]]])).toArray(); // [[[3], [2]]]
 */
export const maxPooling1d = (options: Pooling1dOptions = {}): Layer => pooling("maxPooling1d", "max", options);

/**
 * The mean of each feature in windows over the steps; what `padding: "same"` adds at the ends does not count.
 *
 * Input [rows, steps, features]; output [rows, windows, features]. Nothing is learned. As in Keras masks are not looked
 * at and end here, which is said once. Throws `data/shape` for sequences shorter than a window.
 *
 * @example
 * const model = sequential([input({ shape: [null, 1] }), averagePooling1d({ padding: "same" })]);
 * (await model.predict([[[1], [3], [2]]])).toArray(); // [[[2], [2]]]
 */
export const averagePooling1d = (options: Pooling1dOptions = {}): Layer => pooling("averagePooling1d", "mean", options);
