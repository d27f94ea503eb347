import { exp, finiteNumber, GruvyError, shown, wholeNumber } from "../base/index.ts";
import type { MetricKernel } from "../engine/index.ts";
import { type Metric, mean, metric } from "./metric.ts";
import { flag, optionsOf, refuseUnknown } from "./options.ts";

interface TopK {
  readonly k?: number;
}

function topK(kind: "topKCategoricalAccuracy" | "sparseTopKCategoricalAccuracy", options: TopK): Metric {
  const { k = 5 } = optionsOf(options, kind);
  refuseUnknown(options, ["k"], kind);
  return metric(kind, { kind, k: wholeNumber(k, `k of ${kind}`, { code: "model/option" }) }, mean, { k });
}

/**
 * Share of rows in which fewer than `k` (default 5) outputs are larger than that of the target row's largest place.
 *
 * @example
 * topKCategoricalAccuracy({ k: 3 }).config; // { name: "topKCategoricalAccuracy", k: 3 }
 */
export const topKCategoricalAccuracy = (options: TopK = {}): Metric => topK("topKCategoricalAccuracy", options);

/**
 * Share of rows in which fewer than `k` (default 5) outputs are larger than that of the target's class number.
 *
 * @example
 * sparseTopKCategoricalAccuracy().config.k; // 5
 */
export const sparseTopKCategoricalAccuracy = (options: TopK = {}): Metric =>
  topK("sparseTopKCategoricalAccuracy", options);

type Average = "micro" | "macro" | "weighted";
const TINY = 1e-7;

/** From four cells a class: true positives, false positives, false negatives, positives. */
function f1Of(cells: Float64Array, average: Average): number {
  const classes: number[][] = [];
  for (let at = 0; at < cells.length; at += 4) classes.push([...cells.subarray(at, at + 4)]);
  const parts =
    average === "micro" ? [classes.reduce((sums, counts) => sums.map((sum, i) => sum + counts[i]))] : classes;
  const scores = parts.map(([hit, wrong, missed]) => {
    const precision = hit / (hit + wrong + TINY);
    const recall = hit / (hit + missed + TINY);
    return (2 * precision * recall) / (precision + recall + TINY);
  });
  const all = parts.reduce((sum, [, , , positives]) => sum + positives, 0);
  const weight = (i: number) => (average === "weighted" ? parts[i][3] / (all + TINY) : 1 / parts.length);
  return scores.reduce((sum, score, i) => sum + score * weight(i), 0);
}

/**
 * The harmonic mean of precision and recall. Of several outputs the largest is the class that is predicted, unless
 * `threshold` says above what an output means yes; for a single output that is 0.5 by default.
 *
 * `average`: over the classes alike (`macro`, the default), by how often each occurs (`weighted`), or one score from all
 * counts (`micro`). Takes class numbers and one-hot rows.
 *
 * @throws {GruvyError} `model/option`.
 * @example
 * f1Score({ average: "weighted" }).config; // { name: "f1Score", average: "weighted", threshold: null }
 */
export function f1Score(options: { readonly average?: Average; readonly threshold?: number | null } = {}): Metric {
  const { average = "macro", threshold = null } = optionsOf(options, "f1Score");
  refuseUnknown(options, ["average", "threshold"], "f1Score");
  if (!["micro", "macro", "weighted"].includes(average)) {
    throw new GruvyError(
      "model/option",
      `Expected average of f1Score to be "micro", "macro" or "weighted", found ${shown(average)}`,
    );
  }
  if (threshold !== null) finiteNumber(threshold, "threshold of f1Score", { code: "model/option" });
  const kernel: MetricKernel = { kind: "classCounts", threshold };
  return {
    ...metric("f1Score", kernel, (cells) => f1Of(cells, average), { average, threshold }),
    resolve: ({ features }) => (threshold === null && features === 1 ? { ...kernel, threshold: 0.5 } : kernel),
  };
}

/**
 * exp of the mean crossentropy: among how many classes the model is as unsure as if it guessed. Takes class numbers and
 * rows of targets, as the loss does; masked steps do not count.
 *
 * @example
 * perplexity().config; // { name: "perplexity", fromLogits: false }
 */
export function perplexity(options: { readonly fromLogits?: boolean } = {}): Metric {
  const { fromLogits = false } = optionsOf(options, "perplexity");
  refuseUnknown(options, ["fromLogits"], "perplexity");
  flag(fromLogits, "fromLogits of perplexity");
  const kernel = (kind: "categoricalCrossentropy" | "sparseCategoricalCrossentropy"): MetricKernel => ({
    kind: "loss",
    loss: { kind, fromLogits },
  });
  return {
    ...metric("perplexity", kernel("sparseCategoricalCrossentropy"), (cells) => exp(mean(cells)), { fromLogits }),
    resolve: ({ loss }) =>
      kernel(
        loss.kind === "sparseCategoricalCrossentropy" ? "sparseCategoricalCrossentropy" : "categoricalCrossentropy",
      ),
  };
}
