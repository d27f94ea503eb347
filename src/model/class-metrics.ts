import { type LossKernel, rareKernels } from "../engine/index.ts";
import { type Metric, mean, metric } from "./metric.ts";
import { flagRule, numberRule, settle, wholeRule, wordRule } from "./options.ts";

interface TopK {
  readonly k?: number;
}

function topK(kind: "topKCategoricalAccuracy" | "sparseTopKCategoricalAccuracy", options: TopK): Metric {
  const { k } = settle(options, kind, { k: wholeRule(5) });
  return metric(kind, { kind, k }, mean, { k });
}

/**
 * Share of rows in which fewer than `k` (default 5) outputs are larger than that of the target row's largest place.
 * Keras's `TopKCategoricalAccuracy`.
 *
 * @throws {GruvyError} `model/option` for a `k` that is no whole number above zero.
 * @example
 * topKCategoricalAccuracy({ k: 3 }).config; // { name: "topKCategoricalAccuracy", k: 3 }
 */
export const topKCategoricalAccuracy = (options: TopK = {}): Metric => topK("topKCategoricalAccuracy", options);

/**
 * Share of rows in which fewer than `k` (default 5) outputs are larger than that of the target's class number. Keras's
 * `SparseTopKCategoricalAccuracy`.
 *
 * @throws {GruvyError} `model/option` for a `k` that is no whole number above zero.
 * @example
 * sparseTopKCategoricalAccuracy().config.k; // 5
 */
export const sparseTopKCategoricalAccuracy = (options: TopK = {}): Metric =>
  topK("sparseTopKCategoricalAccuracy", options);

type Average = "micro" | "macro" | "weighted";
/**
 * The harmonic mean of precision and recall. Of several outputs the largest is the class that is predicted, unless
 * `threshold` says above what an output means yes; for a single output that is 0.5 by default.
 *
 * `average`: over the classes alike (`macro`, the default), by how often each occurs (`weighted`), or one score from all
 * counts (`micro`). Takes class numbers and, with a `threshold` them alone, one-hot rows. Keras's `F1Score`.
 *
 * @throws {GruvyError} `model/option` for an unknown average, or a threshold that is not finite.
 * @example
 * f1Score({ average: "weighted" }).config; // { name: "f1Score", average: "weighted", threshold: null }
 */
export function f1Score(options: { readonly average?: Average; readonly threshold?: number | null } = {}): Metric {
  const { average, threshold } = settle(options, "f1Score", {
    average: wordRule("macro", "micro", "weighted"),
    threshold: (given: unknown = null, name) => (given === null ? null : numberRule(0.5)(given, name)),
  });
  const kernel = (limit: number | null) => ({ kind: "classCounts", threshold: limit }) as const;
  const score = (cells: Float64Array) => rareKernels.loaded.f1Of(cells, average);
  return {
    ...metric("f1Score", kernel(threshold), score, { average, threshold }),
    resolve: ({ features }) => kernel(threshold === null && features === 1 ? 0.5 : threshold),
  };
}

/**
 * exp of the mean crossentropy: among how many classes the model is as unsure as if it guessed (Jelinek et al. 1977).
 * Takes class numbers and rows of targets, as the loss does; masked steps do not count. `fromLogits` (default false)
 * for outputs without softmax.
 *
 * @throws {GruvyError} `model/option` for a `fromLogits` that is not true or false.
 * @example
 * perplexity().config; // { name: "perplexity", fromLogits: false }
 */
export function perplexity(options: { readonly fromLogits?: boolean } = {}): Metric {
  const { fromLogits } = settle(options, "perplexity", { fromLogits: flagRule });
  const of = ({ kind }: Pick<LossKernel, "kind">) =>
    ({
      kind: "perplexity",
      loss: {
        kind: kind === "sparseCategoricalCrossentropy" ? kind : "categoricalCrossentropy",
        fromLogits,
      },
    }) as const;
  const result = (cells: Float64Array) => rareKernels.loaded.perplexityOf(cells);
  return {
    ...metric("perplexity", of({ kind: "sparseCategoricalCrossentropy" }), result, { fromLogits }),
    resolve: ({ loss }) => of(loss),
  };
}
