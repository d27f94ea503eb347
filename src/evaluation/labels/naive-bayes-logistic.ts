import { GruvyError, log, Tensor, wholeNumber } from "../../base/index.ts";
import { accuracy, logLoss, predictedClasses } from "../metrics.ts";
import { checkedClasses, checkedLabels, joinedLabels, type LabelBaseline, notFitted } from "./baseline.ts";
import { fitLogistic, type LogisticModel, type LogisticStart, logisticProbabilities } from "./logistic.ts";
import { gatherWordPairs, type SparseRows, type WordPairs } from "./word-pairs.ts";
import { words } from "./words.ts";

/** Per row's worth of loss; from strong to weak, so that each fit starts near its end. */
const strengths = [100, 30, 10, 3, 1];

export interface NaiveBayesLogisticOptions {
  readonly classes: number;
  /** How a text becomes words; default: lower case, letters and digits, `<br />` a space, `!` and `?` kept. */
  readonly tokenize?: (text: string) => readonly string[];
  /** Words and pairs in fewer training texts are left out; default 2. */
  readonly minCount?: number;
}

/**
 * Logistic regression on the words and pairs of neighbouring words that a text has, each weighted by how much more
 * often it occurs in a class than elsewhere (the log-count ratio of naive Bayes): Wang and Manning 2012, "Baselines and
 * bigrams: simple, good sentiment and topic classification". Two classes are one regression; more are one against the
 * rest each, their probabilities brought to a sum of 1. The strength of the penalty is the one most accurate on the
 * validation part (3 without one). Deterministic.
 *
 * @example
 * const baseline = naiveBayesLogistic({ classes: 2, minCount: 1 });
 * baseline.fit(["a fine film", "a dull film", "fine indeed", "so dull"], [1, 0, 1, 0]);
 * predictedClasses(baseline.probabilities(["fine", "dull"])); // Int32Array [1, 0]
 */
export function naiveBayesLogistic(options: NaiveBayesLogisticOptions): LabelBaseline<readonly string[]> {
  const classes = checkedClasses(options.classes);
  const minCount = wholeNumber(options.minCount ?? 2, "minCount");
  const tokenize = options.tokenize ?? words;
  let fitted: { known: WordPairs; models: readonly LogisticModel[] } | undefined;
  return {
    name: "naiveBayesLogistic",
    get parameters() {
      return fitted ? fitted.models.length * (fitted.known.size + 1) : 0;
    },
    fit(texts, labels, validation) {
      const pieces = this.fitInPieces!(texts, labels, validation);
      for (;;) {
        const { done, value } = pieces.next();
        if (done) return value;
      }
    },
    *fitInPieces(texts, labels, validation) {
      checkedLabels(texts, labels, classes);
      if (validation) checkedLabels(validation.x, validation.labels, classes);
      const every = validation ? [...texts, ...validation.x] : texts;
      const truth = validation ? joinedLabels(labels, validation.labels) : labels;
      const { known, rows: x } = gatherWordPairs(every, tokenize, minCount);
      const problems = classes === 2 ? [1] : Array.from({ length: classes }, (_, label) => label);
      if (problems.length * (known.size + 1) > 2 ** 27) {
        throw new GruvyError(
          "data/too-many-classes",
          `${classes} classes of ${known.size} words and word pairs are too many for one regression each`,
          "Merge rare classes, or raise minCount.",
        );
      }
      const training = Uint32Array.from({ length: texts.length }, (_, row) => row);
      const fitAll = function* (rows: Uint32Array, strength: number, starts: readonly LogisticStart[] = []) {
        const fits: { model: LogisticModel; start: LogisticStart }[] = [];
        for (const [p, label] of problems.entries()) {
          yield;
          const positive = Uint8Array.from(truth, (value) => (value === label ? 1 : 0));
          const ratio = logCountRatio(x, rows, positive, known.size);
          fits.push(fitLogistic(x, rows, positive, ratio, strength, starts[p]));
        }
        return fits;
      };
      if (!validation) {
        fitted = { known, models: (yield* fitAll(training, 3)).map(({ model }) => model) };
        return undefined;
      }
      const held = rest(x, texts.length);
      let best:
        | { strength: number; right: number; loss: number; probabilities: Tensor; starts: LogisticStart[] }
        | undefined;
      let starts: LogisticStart[] = [];
      for (const strength of strengths) {
        const fits = yield* fitAll(training, strength, starts);
        starts = fits.map(({ start }) => start);
        const probabilities = combined(
          held,
          fits.map(({ model }) => model),
          classes,
        );
        const right = accuracy(predictedClasses(probabilities), validation.labels);
        const loss = logLoss(probabilities, validation.labels);
        if (!best || right > best.right || (right === best.right && loss < best.loss)) {
          best = { strength, right, loss, probabilities, starts };
        } else if (right < best.right - 0.005) break; // weaker ones overfit more
      }
      if (!best) return undefined;
      const all = Uint32Array.from({ length: every.length }, (_, row) => row);
      fitted = { known, models: (yield* fitAll(all, best.strength, best.starts)).map(({ model }) => model) };
      return best.probabilities;
    },
    probabilities(texts) {
      if (!fitted) throw notFitted("naiveBayesLogistic");
      return combined(fitted.known.find(texts), fitted.models, classes);
    },
  };
}

/** log of (1 + texts of the class with the feature, as a share of all such) over the same of the other texts. */
function logCountRatio(x: SparseRows, rows: Uint32Array, positive: Uint8Array, size: number): Float64Array {
  const inside = new Float64Array(size).fill(1);
  const outside = new Float64Array(size).fill(1);
  for (const row of rows) {
    const counts = positive[row] === 1 ? inside : outside;
    for (let k = x.starts[row]; k < x.starts[row + 1]; k++) counts[x.features[k]]++;
  }
  let insideSum = 0;
  let outsideSum = 0;
  for (let j = 0; j < size; j++) {
    insideSum += inside[j];
    outsideSum += outside[j];
  }
  return inside.map((count, j) => log(count / insideSum / (outside[j] / outsideSum)));
}

/** The rows from `first` on. */
function rest(x: SparseRows, first: number): SparseRows {
  const from = x.starts[first];
  return { starts: x.starts.slice(first).map((start) => start - from), features: x.features.subarray(from) };
}

function combined(x: SparseRows, models: readonly LogisticModel[], classes: number): Tensor {
  const rows = x.starts.length - 1;
  const data = new Float64Array(rows * classes);
  if (classes === 1) return new Tensor([rows, 1], data.fill(1));
  const each = models.map((model) => logisticProbabilities(x, model));
  for (let row = 0; row < rows; row++) {
    if (classes === 2) {
      data[2 * row] = 1 - each[0][row];
      data[2 * row + 1] = each[0][row];
      continue;
    }
    let sum = 0;
    for (let label = 0; label < classes; label++) sum += each[label][row];
    for (let label = 0; label < classes; label++) {
      data[row * classes + label] = sum > 0 ? each[label][row] / sum : 1 / classes;
    }
  }
  return new Tensor([rows, classes], data);
}
