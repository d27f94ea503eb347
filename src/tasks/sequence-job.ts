import { breathe, type Dataset, GruvyError, Tensor } from "../base/index.ts";
import type { ReberData, SequencesData } from "../data/index.ts";
import {
  linearClassifier,
  linearRegressor,
  logLoss,
  mae,
  majority,
  mean,
  movingBlockBootstrap,
  pairedBootstrap,
  predictedClasses,
  rmse,
  rowSplit,
  rowSplitFindings,
} from "../evaluation/index.ts";

import { type BaselineWatch, type Job, labelScores, type Predict, type Scored, type ScoredModel } from "./job.ts";
import { checkClasses, classProbabilities, confusionMatrix } from "./labels.ts";
import type { SequencesPipeline } from "./pipeline.ts";
import type { ModelName } from "./results.ts";
import { rowsOf } from "./rows.ts";
import { type Settings, schedule } from "./settings.ts";

/** Inputs with the truth of each row: a class index or a value. */
interface Part {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly truth: Float64Array;
}

/** What both tasks need of a baseline: its answers on validation from the training part, on test from both. */
interface Fitted {
  readonly name: ModelName;
  readonly parameters: number;
  readonly validated: Tensor;
  readonly tested: Tensor;
}

const VALIDATION_SHARE = 0.2;
const LEARNING_RATE = 0.005;

/** Rows that are ready for a model: they are only split. */
export function sequenceJob(data: SequencesData, settings: Settings): Job {
  const classification = data.task === "classification";
  const whole = partOf(data.train, data.name);
  const classes = classification ? (data.classes ?? numbered(whole.truth)) : [];
  if (classification) checkClasses(classes, whole.truth.length, data.name);
  const rows = rowSplit(whole.truth.length, {
    labels: classification ? whole.truth : undefined,
    testSize: data.test === undefined ? settings.testSize : 0,
    validationShare: VALIDATION_SHARE,
    seed: settings.seed,
  });
  const train = pick(whole, rows.train);
  const validation = pick(whole, rows.validation);
  const test = data.test === undefined ? pick(whole, rows.test) : partOf(data.test, `the test part of ${data.name}`);
  const tokens = train.x.shape.length === 2 ? tokenCount([whole.x, test.x]) : 0;
  const [, steps, features = 0] = train.x.shape;
  // Solved: all but certain of every class, or an error of two per cent of the spread.
  const goal = classification ? 1e-4 : 4e-4 * variance(train.truth);
  const plan = { ...schedule("sequences", train.truth.length, settings), goal };
  const alphabet = "alphabet" in data ? (data as ReberData).alphabet : undefined;
  const pipeline: SequencesPipeline = {
    kind: "sequences",
    task: data.task,
    features,
    tokens,
    alphabet,
    labels: classes,
  };

  const judged = (answers: Tensor, { truth }: Part) => {
    if (!classification) {
      const predictions = Float64Array.from(answers.data);
      const outcomes = predictions.map((value, row) => value - truth[row]);
      const error = rmse(predictions, truth);
      return { predictions, outcomes, scores: { rmse: error, mae: mae(predictions, truth), loss: error * error } };
    }
    const predictions = Float64Array.from(predictedClasses(answers));
    const outcomes = predictions.map((label, row) => (label === truth[row] ? 1 : 0));
    return { predictions, outcomes, scores: labelScores(outcomes, logLoss(answers, truth)) };
  };
  const scored = (validated: Tensor, tested: Tensor): Scored => {
    const { predictions, outcomes, scores } = judged(tested, test);
    return {
      validation: judged(validated, validation).scores,
      test: scores,
      predictions: Array.from(predictions),
      outcomes,
    };
  };
  const ready = (answers: Tensor): Tensor => (classification ? classProbabilities(answers, classes.length) : answers);

  return {
    metric: classification ? "accuracy" : "rmse",
    data: {
      name: data.name,
      source: data.source,
      kind: "sequences",
      rows: whole.truth.length + (data.test === undefined ? 0 : test.truth.length),
      labels: classification ? classes : undefined,
    },
    split: { train: train.truth.length, validation: validation.truth.length, test: test.truth.length, how: rows.how },
    choices: [],
    findings: data.test
      ? []
      : rowSplitFindings(
          { x: train.x, labels: classification ? train.truth : undefined },
          { x: test.x, labels: classification ? test.truth : undefined },
          { classes },
        ),
    pipeline,
    network: {
      units: settings.units,
      layers: settings.layers,
      input:
        tokens > 0
          ? { kind: "tokens", tokens, outputDim: 16, masked: false }
          : { kind: "features", steps: null, features },
      output: classification ? { kind: "classes", count: classes.length } : { kind: "values", count: 1 },
      learningRate: LEARNING_RATE,
      globalClipnorm: 1,
    },
    schedule: plan,
    training: { train, validation },
    seenRows: Uint32Array.from([...rows.train, ...rows.validation]),
    settings: {
      units: settings.units,
      layers: settings.layers,
      steps,
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      patience: plan.patience ?? plan.epochs,
      learningRate: LEARNING_RATE,
      globalClipnorm: 1,
      seed: settings.seed,
    },
    baselines: async (watch: BaselineWatch) => {
      const made: ScoredModel[] = [];
      const known = tokens > 0 ? { tokens } : {};
      const list: [ModelName, () => Fitted][] = classification
        ? [
            ["majority", () => labels(majority({ classes: classes.length }))],
            ["linear", () => labels(linearClassifier({ classes: classes.length, ...known }))],
          ]
        : [
            ["mean", () => values(mean())],
            ["linear", () => values(linearRegressor(known))],
          ];
      for (const [name, fitted] of list) {
        await breathe();
        watch.begin(name);
        const started = performance.now();
        const { parameters, validated, tested } = fitted();
        const seconds = (performance.now() - started) / 1000;
        const scores = scored(validated, tested);
        watch.end(name, { seconds, validation: scores.validation });
        made.push({ name, parameters, seconds, ...scores });
      }
      return made;
    },
    score: async (predict: Predict) => {
      const validated = ready(await predict(validation.x));
      return scored(validated, ready(await predict(test.x)));
    },
    interval: (model, baseline) =>
      classification
        ? pairedBootstrap(model.outcomes, baseline.outcomes, { seed: settings.seed })
        : // Rows are independent: blocks of one.
          movingBlockBootstrap(model.outcomes, baseline.outcomes, {
            seed: settings.seed,
            blockLength: 1,
            metric: "rmse",
          }),
    shown: (best) =>
      classification
        ? {
            truth: Array.from(test.truth),
            confusion: confusionMatrix(test.truth, best.predictions, classes.length),
          }
        : { truth: Array.from(test.truth) },
  };

  function labels(baseline: ReturnType<typeof linearClassifier>): Fitted {
    const chosen = baseline.fit(train.x, train.truth, { x: validation.x, labels: validation.truth });
    const validated = chosen ?? baseline.probabilities(validation.x);
    const { name, parameters } = baseline;
    return { name, parameters, validated, tested: baseline.probabilities(test.x) };
  }

  function values(baseline: ReturnType<typeof linearRegressor>): Fitted {
    const chosen = baseline.fit(train.x, train.y, { x: validation.x, y: validation.y });
    const validated = chosen ?? baseline.predict(validation.x);
    const { name, parameters } = baseline;
    return { name, parameters, validated, tested: baseline.predict(test.x) };
  }
}

function partOf({ x, y }: Dataset, source: string): Part {
  if (y === undefined || y.data.length !== x.shape[0]) {
    throw new GruvyError(
      "data/targets",
      `Expected one target for each of the ${x.shape[0]} sequences of ${source}, found ${y?.data.length ?? "none"}`,
    );
  }
  return { x, y: new Tensor([x.shape[0], 1], y.data), truth: Float64Array.from(y.data) };
}

function pick({ x, y, truth }: Part, rows: Uint32Array): Part {
  return { x: rowsOf(x, rows), y: rowsOf(y, rows), truth: Float64Array.from(rows, (row) => truth[row]) };
}

function tokenCount(inputs: readonly Tensor[]): number {
  let most = 0;
  for (const { data } of inputs) for (const token of data) if (token > most) most = token;
  return most + 1;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
}

/** Names for classes that have none: their numbers. */
function numbered(truth: Float64Array): string[] {
  let most = 0;
  for (const label of truth) if (label > most) most = label;
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}
