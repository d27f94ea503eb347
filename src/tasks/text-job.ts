import { breathe, counted, Tensor } from "../base/index.ts";
import type { TextsData } from "../data/index.ts";
import {
  type LabelBaseline,
  logLoss,
  majority,
  naiveBayesLogistic,
  pairedBootstrap,
  predictedClasses,
  rowSplit,
  rowSplitFindings,
} from "../evaluation/index.ts";

import { type BaselineWatch, type Job, labelScores, type Predict, type Scored, type ScoredModel } from "./job.ts";
import { checkClasses, classIndices, classNames, classProbabilities, confusionMatrix } from "./labels.ts";
import type { TextsPipeline } from "./pipeline.ts";
import type { Finding, WrongText } from "./results.ts";
import { type Settings, schedule } from "./settings.ts";
import { frequentWords, scriptOf, textEncoder, wordsOf } from "./text-words.ts";

interface Part {
  readonly texts: readonly string[];
  readonly labels: Int32Array;
}

const VALIDATION_SHARE = 0.2;
const WORST = 10;
/** A text of which less than this share of words is known tells a model little. */
const MOST_UNKNOWN = 0.25;

/** Texts made ready: classes and words come from the part that is trained on. */
export function textJob(data: TextsData, settings: Settings): Job {
  const classes = classNames(data.train.labels);
  checkClasses(classes, data.train.labels.length, data.name);
  const all = classIndices(data.train, classes, data.name);
  const rows = rowSplit(all.length, {
    labels: all,
    testSize: data.test === undefined ? settings.testSize : 0,
    validationShare: VALIDATION_SHARE,
    seed: settings.seed,
  });
  const pick = (which: Uint32Array): Part => ({
    texts: Array.from(which, (row) => data.train.texts[row]),
    labels: Int32Array.from(which, (row) => all[row]),
  });
  const train = pick(rows.train);
  const validation = pick(rows.validation);
  const test: Part =
    data.test === undefined
      ? pick(rows.test)
      : { texts: data.test.texts, labels: classIndices(data.test, classes, "the test part") };

  const { maxLength, truncate } = settings;
  const script = scriptOf(train.texts);
  const words = frequentWords(train.texts, script, settings.maxWords);
  const columns = data.columns ?? { text: "text", label: "label" };
  const pipeline: TextsPipeline = { kind: "texts", ...columns, words, script, maxLength, truncate, labels: classes };
  const encoder = textEncoder(pipeline);
  const encoded = { validation: encoder.encode(validation.texts), test: encoder.encode(test.texts) };
  const plan = schedule("texts", train.texts.length, settings);

  const judged = (probabilities: Tensor, { labels }: Part) => {
    const predicted = predictedClasses(probabilities);
    const outcomes = Float64Array.from(labels, (label, row) => (predicted[row] === label ? 1 : 0));
    const confidences = Float64Array.from(predicted, (label, row) => probabilities.at(row, label));
    return { predicted, outcomes, confidences, scores: labelScores(outcomes, logLoss(probabilities, labels)) };
  };
  const scored = (validated: Tensor, tested: Tensor): Scored => {
    const { predicted, outcomes, confidences, scores } = judged(tested, test);
    return {
      validation: judged(validated, validation).scores,
      test: scores,
      predictions: Array.from(predicted),
      outcomes,
      confidences,
    };
  };

  return {
    metric: "accuracy",
    data: {
      name: data.name,
      source: data.source,
      kind: "texts",
      rows: all.length + (data.test ? test.labels.length : 0),
      labels: classes,
    },
    split: {
      train: train.labels.length,
      validation: validation.labels.length,
      test: test.labels.length,
      how: rows.how,
    },
    choices: [
      ...(plan.why === "" ? [] : [{ what: "training", value: counted(plan.epochs, "epoch"), why: plan.why }]),
      { what: "words", value: String(words.length), why: "the most frequent ones of the training part" },
      {
        what: "length",
        value: counted(maxLength, "word"),
        why: `${truncate === "pre" ? "the last" : "the first"} ones of a longer text; what pads a shorter one is skipped`,
      },
    ],
    // What a given test part shares with the training part is found when the data are checked.
    findings: data.test
      ? []
      : [
          ...rowSplitFindings(
            { x: train.texts, labels: train.labels, where: whereOf(data, rows.train) },
            { x: test.texts, labels: test.labels, where: whereOf(data, rows.test) },
            { classes },
          ),
          ...unknownWords(encoder.unknownShare(test.texts)),
        ],
    pipeline,
    network: {
      units: settings.units,
      layers: settings.layers,
      input: { kind: "tokens", tokens: Math.max(4, words.length + 3), outputDim: 128, masked: true },
      output: { kind: "classes", count: classes.length },
      learningRate: 1e-3,
    },
    schedule: plan,
    training: {
      train: { x: encoder.encode(train.texts), y: labelTensor(train.labels) },
      validation: { x: encoded.validation, y: labelTensor(validation.labels) },
    },
    seenRows: Uint32Array.from([...rows.train, ...rows.validation]),
    settings: {
      embedding: 128,
      units: settings.units,
      layers: settings.layers,
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      maxWords: settings.maxWords,
      maxLength,
      truncate,
      seed: settings.seed,
    },
    baselines: async (watch: BaselineWatch) => {
      const made: ScoredModel[] = [];
      const list: LabelBaseline<readonly string[]>[] = [
        majority({ classes: classes.length }),
        naiveBayesLogistic({ classes: classes.length, tokenize: script === "ascii" ? undefined : wordsOf(script) }),
      ];
      for (const baseline of list) {
        await breathe();
        watch.begin(baseline.name);
        const started = performance.now();
        const chosen = await fitted(baseline, train, validation);
        const scores = scored(chosen ?? baseline.probabilities(validation.texts), baseline.probabilities(test.texts));
        const seconds = (performance.now() - started) / 1000;
        watch.end(baseline.name, { seconds, validation: scores.validation });
        made.push({ name: baseline.name, parameters: baseline.parameters, seconds, ...scores });
      }
      return made;
    },
    score: async (predict: Predict) => {
      const validated = classProbabilities(await predict(encoded.validation), classes.length);
      return scored(validated, classProbabilities(await predict(encoded.test), classes.length));
    },
    interval: (model, baseline) => pairedBootstrap(model.outcomes, baseline.outcomes, { seed: settings.seed }),
    shown: (best) => ({
      truth: Array.from(test.labels),
      confusion: confusionMatrix(test.labels, best.predictions, classes.length),
      worst: worstTexts(test, best, classes),
    }),
  };
}

function unknownWords(share: number): Finding[] {
  if (share <= MOST_UNKNOWN) return [];
  return [
    {
      severity: "warning",
      what: `${Math.round(100 * share)} % of the words of the test part are unknown to the index of the training part`,
      advice: "Raise --max-words, give more texts, or look at how the texts are written (language, markup, codes).",
    },
  ];
}

/** Fits a baseline such that signals are heard meanwhile. */
async function fitted(
  baseline: LabelBaseline<readonly string[]>,
  train: { texts: readonly string[]; labels: ArrayLike<number> },
  validation: { texts: readonly string[]; labels: ArrayLike<number> },
): Promise<Tensor | undefined> {
  const held = { x: validation.texts, labels: validation.labels };
  const pieces = baseline.fitInPieces?.(train.texts, train.labels, held);
  if (!pieces) return baseline.fit(train.texts, train.labels, held);
  for (;;) {
    await breathe();
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** The wrong answers that the model was surest of. */
function worstTexts(test: Part, { predictions, confidences }: Scored, classes: readonly string[]): WrongText[] {
  const sure = (row: number): number => confidences?.[row] ?? 0;
  return Array.from(predictions.keys())
    .filter((row) => predictions[row] !== test.labels[row])
    .sort((a, b) => sure(b) - sure(a) || a - b)
    .slice(0, WORST)
    .map((row) => ({
      text: test.texts[row],
      truth: classes[test.labels[row]],
      predicted: classes[predictions[row]],
      probability: sure(row),
    }));
}

/** Class indices as a model takes them: float32 [rows, 1]. */
function labelTensor(labels: Int32Array): Tensor {
  return new Tensor([labels.length, 1], Float32Array.from(labels));
}

/** How rows of a part are called in the table they come from. */
function whereOf({ table, train }: TextsData, rows: Uint32Array): ((row: number) => string) | undefined {
  return table?.rows === train.texts.length ? (row) => table.where(rows[row]) : undefined;
}
