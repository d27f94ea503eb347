import { GruvyError, shown } from "../../base/index.ts";
import { ConcatenateOp, KeepUnmaskedOp, MergeOp, type Value } from "../../engine/index.ts";
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

const mergeModes = ["concat", "sum", "mul", "ave", null] as const;

/** What `bidirectional` can be told besides the layer. */
export interface BidirectionalOptions {
  /**
   * How the outputs of the two directions become one: side by side, or by sum, product or mean; with null they stay two,
   * in front of the states, for layers whose outputs go to several others. Default `concat`.
   */
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
 * Input [rows, steps, features]; output as that of the layer, with twice the units where they are concatenated, and two
 * outputs with a `mergeMode` of null. Masks work in both directions and are handed on; masked steps of the output are
 * zero. Learned: the weights of both layers.
 *
 * @throws {GruvyError} `model/layer` for a layer that is not recurrent; `model/option` for two that do not go together.
 *
 * @example
 * const model = sequential([input({ shape: [10, 3] }), bidirectional(gru({ units: 8 })), dense({ units: 1 })]);
 * model.countParams(); // 641
 *
 * const x = input({ shape: [10, 3] });
 * const ways = bidirectional(gru({ units: 8 }), { mergeMode: null }).apply<SymbolicTensor[]>(x);
 * ways.length; // 2
 */
export function bidirectional(layer: Layer, options: BidirectionalOptions = {}): Layer {
  const { mergeMode = "concat", backwardLayer, name } = optionsOf(options, "bidirectional");
  refuseUnknown(options, ["mergeMode", "backwardLayer", "name"], "bidirectional");
  if (!mergeModes.includes(mergeMode)) {
    throw new GruvyError(
      "model/option",
      `Expected mergeMode of bidirectional to be one of concat, sum, mul, ave and null, found ${shown(mergeMode)}`,
    );
  }
  const there = wrapped(layer, "layer");
  const back = wrapped(backwardLayer ?? there.recurrent.opposite(), "backwardLayer");
  const [first, second] = [there.recurrent, back.recurrent];
  const alike = ["returnSequences", "returnState", "stateful"].every(
    (name) => there.config[name] === back.config[name],
  );
  if (first.goBackwards === second.goBackwards || !alike) {
    throw new GruvyError(
      "model/option",
      "Expected the two layers of bidirectional to differ in goBackwards and to agree in returnSequences, returnState and stateful",
    );
  }
  if (mergeMode !== "concat" && mergeMode !== null && first.units !== second.units) {
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
    const other = innerContext(
      context,
      name,
      { seed: backwardLayer?.seed, config: (backwardLayer ?? layer).config },
      1,
    );
    const [backward, ...backwardStates] = second.buildStates([input, ...ofSecond], other, true);
    const ways = [forward.value, backward.value];
    const outputs = mergeMode === null ? ways : [merged(ways, mergeMode)];
    return [
      ...outputs.map((value) => ({ value: zeroMasked(value, first.goBackwards), steps: forward.steps })),
      ...forwardStates,
      ...backwardStates,
    ];
  };
  const states = first.returnState ? first.stateSizes.length + second.stateSizes.length : 0;
  const outputs = (mergeMode === null ? 2 : 1) + states;
  return layerOf({
    kind: "bidirectional",
    name,
    config,
    learning: [...(layer.learning ?? []), ...(backwardLayer?.learning ?? [])],
    ...(outputs > 1 ? { outputs } : {}),
    build: (input, context) => oneOf(buildAll([input], context), context),
    buildAll,
  });
}

const opOf = { sum: "add", mul: "multiply", ave: "average" } as const;

const merged = (ways: readonly Value[], mode: "concat" | keyof typeof opOf): Value =>
  (mode === "concat" ? new ConcatenateOp(ways) : new MergeOp(ways, opOf[mode])).output;

/** As in Keras, whose wrapper sets zeroOutputForMask on both layers. */
const zeroMasked = (value: Value, turned: boolean): Value =>
  value.mask ? new KeepUnmaskedOp(value, value.mask, { turned }).output : value;
