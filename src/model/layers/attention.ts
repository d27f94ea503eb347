import { counted, GruvyError, shown } from "../../base/index.ts";
import { AttentionOp } from "../../engine/index.ts";
import { glorotUniform, ones } from "../initializers.ts";
import { flag, optionsOf, rate, refuseUnknown } from "../options.ts";
import { type BuildContext, type Layer, layerOf, mayAlign, needSequence, type Symbolic } from "./layer.ts";
import { type Trainable, weightRules } from "./weight-rules.ts";

/** What `additiveAttention` can be told. */
export interface AdditiveAttentionOptions extends Trainable {
  /** Learns a weight for each feature, by which the tanhs are multiplied before they are summed. Default true. */
  readonly useScale?: boolean;
  /** The share of the attention that is dropped while training, from 0 to below 1. Default 0. */
  readonly dropout?: number;
  /** No step of the query sees a later one of the value. In Keras an argument of the call. Default false. */
  readonly useCausalMask?: boolean;
  readonly seed?: number;
  readonly name?: string;
}

/** What `attention` can be told. */
export interface AttentionLayerOptions extends Omit<AdditiveAttentionOptions, "useScale"> {
  /** Learns a number by which scores are multiplied; with `concat`, sums before their tanh. Default false. */
  readonly useScale?: boolean;
  /** `dot`: the product of query and key. `concat`: the sum of tanh(query + key), times a weight. Default `dot`. */
  readonly scoreMode?: "dot" | "concat";
}

/** Query, value and key, checked: as many steps in value and key, as many features in query and key. */
function roles(inputs: readonly Symbolic[], context: BuildContext): readonly [Symbolic, Symbolic, Symbolic] {
  const where = `Layer "${context.name}"`;
  if (inputs.length < 2 || inputs.length > 3) {
    throw new GruvyError(
      "model/inputs",
      `${where} takes [query, value] or [query, value, key], found ${counted(inputs.length, "input")}`,
      "A sequence that attends to itself is given twice: apply([x, x]).",
    );
  }
  for (const { value } of inputs) needSequence(value, context.name);
  const [query, value, key = value] = inputs;
  if (query.value.features !== key.value.features) {
    throw new GruvyError(
      "model/shape",
      `${where} compares query and key by their features, and expects as many in both, found ${query.value.features} and ${key.value.features}`,
      "Bring one of them to the other's size, for example by dense().",
    );
  }
  if (!mayAlign(value, key, context)) {
    throw new GruvyError(
      "model/shape",
      `${where} expects a key for each step of the value, and these may differ in their number of steps`,
      "Make both of one sequence.",
    );
  }
  return [query, value, key];
}

type Score = "dot" | "concat" | "additive";

function attending(
  kind: string,
  { name, seed, ...rest }: AttentionLayerOptions,
  { score, ...config }: { score: Score; useScale: unknown; scoreMode?: string },
): Layer {
  const { dropout = 0, useCausalMask = false } = rest;
  const options = {
    useScale: flag(config.useScale, `useScale of ${kind}`),
    dropout: rate(dropout, `dropout of ${kind}`),
    useCausalMask: flag(useCausalMask, `useCausalMask of ${kind}`),
  };
  const own = weightRules(rest, kind, []);
  const described = { ...config, ...options, ...own.config };
  refuseUnknown(rest, [...Object.keys(described), ...own.names], kind);
  return layerOf({
    kind,
    name,
    config: described,
    learning: [described],
    seed,
    buildAll(inputs, context) {
      const [query, value, key] = roles(inputs, context);
      const op = new AttentionOp([query.value, value.value, key.value], {
        path: context.name,
        score,
        useScale: options.useScale,
        causal: useCausalMask,
        dropout,
        seed: context.seed,
      });
      const start = score === "additive" ? glorotUniform() : ones();
      for (const weight of op.weights) context.initialize(weight, start.values, {});
      return [{ value: op.output, steps: query.steps }];
    },
  });
}

/**
 * For each step of a query the mean of a value's steps, weighted by how well their keys go with it: the softmax of their
 * scores (Luong, Pham and Manning 2015). Applied to `[query, value]` or `[query, value, key]`; without a key the value
 * is its own.
 *
 * Query [rows, steps, features], value [rows, other steps, any], key [rows, other steps, features]; output [rows, steps,
 * any]. Steps of the value that its mask leaves out get no share, the key's mask is not looked at, and the output has
 * the query's mask, with zeros at masked steps. Learned: with `useScale` a number, with `concat` one more, both 1 at
 * first.
 *
 * @throws {GruvyError} `model/inputs` for more or fewer inputs; `model/shape` for what is no sequence, or where features
 *   of query and key, or steps of value and key, differ.
 *
 * @example
 * const [query, value] = [input({ shape: [1, 2] }), input({ shape: [null, 2] })];
 * const net = model({ inputs: [query, value], outputs: attention().apply([query, value]) });
 * (await net.predict([[[[0, 0]]], [[[1, 2], [3, 4]]]])).toArray(); // [[[2, 3]]]
 */
export function attention(options: AttentionLayerOptions = {}): Layer {
  const { useScale = false, scoreMode = "dot" } = optionsOf(options, "attention");
  if (scoreMode !== "dot" && scoreMode !== "concat") {
    throw new GruvyError(
      "model/option",
      `Expected scoreMode of attention to be "dot" or "concat", found ${shown(scoreMode)}`,
      "The score of Bahdanau et al. is that of additiveAttention().",
    );
  }
  return attending("attention", options, { score: scoreMode, useScale, scoreMode });
}

/**
 * Like `attention`, with the score of Bahdanau, Cho and Bengio (2015): the sum of tanh(query + key), each feature times
 * a weight of its own. Shapes, masks and errors are those of `attention`. Learned: with `useScale` the weights
 * [features], which start as `glorotUniform`.
 *
 * @example
 * const words = input({ shape: [null, 8] });
 * const states = gru({ units: 16, returnSequences: true }).apply(words);
 * const net = model({ inputs: words, outputs: additiveAttention().apply([states, states]) });
 * net.countParams() - 1248; // 16
 */
export function additiveAttention(options: AdditiveAttentionOptions = {}): Layer {
  const { useScale = true } = optionsOf(options, "additiveAttention");
  return attending("additiveAttention", options, { score: "additive", useScale });
}
