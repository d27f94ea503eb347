import { GruvyError } from "../../base/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import {
  checkedName,
  checkSeed,
  describeLayer,
  innerContext,
  type Layer,
  type LayerLike,
  layerAt,
  layerOf,
  needSequence,
  snake,
} from "./layer.ts";

/**
 * Applies a layer to every step of a sequence by itself, with the same weights. For `dense`, `activation`, `dropout` and
 * `layerNormalization`, which do so anyway, and models of such; it is here for models that are written down with it.
 *
 * Input [rows, steps, features]; output [rows, steps, ...] with what the layer makes of one row. Masks are handed on.
 * Throws `model/layer` for a layer that needs steps itself, `model/shape` for rows without steps.
 *
 * @example
 * const model = sequential([input({ shape: [5, 3] }), timeDistributed(dense({ units: 2 }))]);
 * model.outputShape; // [5, 2]
 */
export function timeDistributed(given: LayerLike, options: { readonly name?: string } = {}): Layer {
  const { name } = optionsOf(options, "timeDistributed");
  refuseUnknown(options, ["name"], "timeDistributed");
  const layer = layerAt(given, "in timeDistributed");
  const { head, outputs } = layer;
  // A model may say that it takes sequences, and the rows of one step are none.
  const ofSteps = (head?.config.shape as readonly unknown[] | undefined)?.length === 2;
  if (!layer.perStep || ofSteps || outputs !== undefined) {
    throw new GruvyError(
      "model/layer",
      `Expected a layer that takes rows without steps in timeDistributed, found ${layer.kind}${ofSteps ? " of sequences" : ""}${outputs === undefined ? "" : " with a list of outputs"}`,
      "Use dense, activation, dropout, layerNormalization, or a model of such.",
    );
  }
  return layerOf({
    kind: "timeDistributed",
    name,
    config: { layer: describeLayer(layer) },
    learning: layer.learning,
    build(input, context) {
      needSequence(input.value, context.name);
      const own = layer.name === undefined ? snake(layer.kind) : checkedName(layer.name);
      checkSeed(layer, own);
      return layer.build(input, innerContext(context, own, layer));
    },
  });
}
