import { GruvyError } from "../../base/index.ts";
import { RepeatOp, TimeAxis } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf, refuseTokens } from "./layer.ts";
import { stepCount } from "./windows.ts";

/**
 * A row `n` times, as a sequence: what an encoder found, for each step of a decoder.
 *
 * Input [rows, features]; output [rows, n, features]. Nothing is learned. Throws `model/shape` for sequences.
 *
 * @example
 * const model = sequential([input({ shape: [2] }), repeatVector(3)]);
 * (await model.predict([[1, 2]])).toArray(); // [[[1, 2], [1, 2], [1, 2]]]
 */
export function repeatVector(n: number, options: { readonly name?: string } = {}): Layer {
  refuseUnknown(optionsOf(options, "repeatVector"), ["name"], "repeatVector");
  stepCount(n, "n of repeatVector");
  return layerOf({
    kind: "repeatVector",
    name: options.name,
    config: { n },
    build({ value }, context) {
      refuseTokens(value, context.name);
      if (value.kind === "vector") return { value: new RepeatOp(value, new TimeAxis(() => n)).output, steps: n };
      throw new GruvyError(
        "model/shape",
        `Layer "${context.name}" expects [rows, features], found sequences [rows, steps, features]`,
        "Set returnSequences: false on the recurrent layer before it.",
      );
    },
  });
}
