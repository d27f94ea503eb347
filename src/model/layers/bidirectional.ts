import { GruvyError, shown } from "../../base/index.ts";
import { ConcatenateOp, KeepUnmaskedOp, MergeOp } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { oneOf } from "./cell.ts";
import {
  type BuildContext,
  checkedName,
  checkSeed,
  describeLayer,
  innerContext,
  type Layer,
  layerAt,
  layerOf,
  type RecurrentParts,
  type Symbolic,
  snake,
} from "./layer.ts";

const mergeModes = ["concat", "sum", "mul", "ave"] as const;

/** What `bidirectional` can be told besides the layer. */
export interface BidirectionalOptions {
  /** How the outputs of the two directions become one: side by side, or by sum, product or mean. Default `concat`. */
  readonly mergeMode?: (typeof mergeModes)[number];
  /** A layer of its own for the way back, with the other `goBackwards`. Default: one like the first. */
  readonly backwardLayer?: Layer;
  readonly name?: string;
}

function wrapped(layer: Layer, what: string): Layer & { readonly recurrent: RecurrentParts } {
  const { recurrent } = layerAt(layer, `as the ${what} of bidirectional`);
  if (recurrent) return { ...layer, recurrent };
  throw new GruvyError(
    "model/layer",
    `Expected a recurrent layer as the ${what} of bidirectional, found ${layer.kind}`,
    "Use gru, lstm or simpleRnn.",
  );
}

/**
 * A recurrent layer in both directions (Schuster and Paliwal 1997): one reads the sequence from its beginning, one from
 * its end, and their outputs are merged. With `returnSequences` the outputs of the second are turned first, so that
 * both belong to the same step.
 *
 * Input [rows, steps, features]; output as that of the layer, with twice the units where they are concatenated. Masks
 * work in both directions and are handed on; masked steps of the output are zero. Learned: the weights of both layers.
 *
 * @example
 * const model = sequential([input({ shape: [10, 3] }), bidirectional(gru({ units: 8 })), dense({ units: 1 })]);
 * model.countParams(); // 641
 */
export function bidirectional(layer: Layer, options: BidirectionalOptions = {}): Layer {
  const { mergeMode = "concat", backwardLayer, name } = optionsOf(options, "bidirectional");
  refuseUnknown(options, ["mergeMode", "backwardLayer", "name"], "bidirectional");
  if (!mergeModes.includes(mergeMode)) {
    throw new GruvyError(
      "model/option",
      `Expected mergeMode of bidirectional to be one of ${mergeModes.join(", ")}, found ${shown(mergeMode)}`,
    );
  }
  const there = wrapped(layer, "layer");
  const back = wrapped(backwardLayer ?? there.recurrent.opposite(), "backwardLayer");
  const [first, second] = [there.recurrent, back.recurrent];
  const alike = first.returnSequences === second.returnSequences && first.returnState === second.returnState;
  if (first.goBackwards === second.goBackwards || !alike) {
    throw new GruvyError(
      "model/option",
      "Expected the two layers of bidirectional to differ in goBackwards and to agree in returnSequences and returnState",
    );
  }
  if (mergeMode !== "concat" && first.units !== second.units) {
    throw new GruvyError(
      "model/option",
      `Expected as many units in both layers for mergeMode "${mergeMode}", found ${first.units} and ${second.units}`,
    );
  }
  const config = {
    layer: describeLayer(layer),
    mergeMode,
    ...(backwardLayer ? { backwardLayer: describeLayer(backwardLayer) } : {}),
  };
  const buildAll = ([input, ...given]: readonly Symbolic[], context: BuildContext): readonly Symbolic[] => {
    const nameOf = (one: Layer) => (one.name === undefined ? snake(one.kind) : checkedName(one.name));
    checkSeed(layer, nameOf(layer));
    // States of the first layer come first.
    const [ofFirst, ofSecond] = [given.slice(0, first.stateSizes.length), given.slice(first.stateSizes.length)];
    const own = innerContext(context, `forward_${nameOf(layer)}`, layer);
    const [forward, ...forwardStates] = first.buildStates([input, ...ofFirst], own, false);
    // A layer given for the way back keeps its own name and seed.
    const name = backwardLayer ? nameOf(backwardLayer) : `backward_${nameOf(layer)}`;
    if (backwardLayer) checkSeed(backwardLayer, name);
    const other = innerContext(context, name, { seed: backwardLayer?.seed }, 1);
    const [backward, ...backwardStates] = second.buildStates([input, ...ofSecond], other, true);
    const values = [forward.value, backward.value];
    const { output } = mergeMode === "concat" ? new ConcatenateOp(values) : new MergeOp(values, opOf[mergeMode]);
    // As in Keras, whose wrapper sets zeroOutputForMask on both layers.
    const value = output.mask ? new KeepUnmaskedOp(output, output.mask, first.goBackwards).output : output;
    return [{ value, steps: forward.steps }, ...forwardStates, ...backwardStates];
  };
  return layerOf({
    kind: "bidirectional",
    name,
    config,
    ...(first.returnState ? { outputs: 1 + first.stateSizes.length + second.stateSizes.length } : {}),
    build: (input, context) => oneOf(buildAll([input], context), context),
    buildAll,
  });
}

const opOf = { sum: "add", mul: "multiply", ave: "average" } as const;
