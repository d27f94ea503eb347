import { GruvyError, wholeNumber } from "../../base/index.ts";
import { EmbeddingOp } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { ConstraintLike, RegularizerLike } from "../regularizers.ts";
import { type Layer, layerOf } from "./layer.ts";
import { type Trainable, weightRules } from "./weight-rules.ts";

/** What `embedding` can be told. */
export interface EmbeddingOptions extends Trainable {
  /** Number of different tokens: they run from 0 to inputDim - 1. */
  readonly inputDim: number;
  /** Features of each token's vector. */
  readonly outputDim: number;
  /** Token 0 is padding: its steps are skipped by the layers behind. Default false. */
  readonly maskZero?: boolean;
  /** Default `randomUniform` between -0.05 and 0.05. */
  readonly embeddingsInitializer?: InitializerLike;
  /** What the table's size adds to the loss. Default: nothing. */
  readonly embeddingsRegularizer?: RegularizerLike;
  /** What the table is brought back to after every step; norms are those of its columns. Default: nothing. */
  readonly embeddingsConstraint?: ConstraintLike;
  readonly name?: string;
}

/**
 * A learned vector for each token.
 *
 * Input whole numbers [rows, steps]; output [rows, steps, outputDim]. Learned: embeddings [inputDim, outputDim]. Must
 * be the first layer. Throws `data/token` when data holds a number outside 0 to inputDim - 1.
 *
 * @example
 * const model = sequential([embedding({ inputDim: 100, outputDim: 8, maskZero: true }), gru({ units: 4 })]);
 * model.countParams(); // 968
 */
export function embedding(options: EmbeddingOptions): Layer {
  const {
    inputDim,
    outputDim,
    maskZero = false,
    embeddingsInitializer = "randomUniform",
    name,
  } = optionsOf(options, "embedding");
  wholeNumber(inputDim, "inputDim of embedding", { max: 2 ** 31 - 1, code: "model/option" });
  wholeNumber(outputDim, "outputDim of embedding", { max: 65536, code: "model/option" });
  const initial = initializer(embeddingsInitializer, "embeddingsInitializer");
  const own = weightRules(options, "embedding", ["embeddings"]);
  const config = {
    inputDim,
    outputDim,
    maskZero: flag(maskZero, "maskZero of embedding"),
    embeddingsInitializer: initial.config,
    ...own.config,
  };
  refuseUnknown(options, [...Object.keys(config), ...own.names, "name"], "embedding");
  return layerOf({
    kind: "embedding",
    name,
    config,
    learning: [config],
    takesTokens: () => true,
    build({ value, steps }, context) {
      if (value.kind !== "tokens") {
        throw new GruvyError(
          "model/shape",
          `Layer "${context.name}" expects tokens [rows, steps], found numbers with features`,
          "An embedding comes straight behind an input.",
        );
      }
      const op = new EmbeddingOp(value, { path: context.name, inputDim, outputDim, maskZero });
      context.initialize(op.weights[0], initial.values, own.rules.embeddings);
      return { value: op.output, steps };
    },
  });
}
