import { breathe, counted, GruvyError } from "../base/index.ts";
import { dayOrder, type SeriesData, standardScaler, valuePlace } from "../data/index.ts";
import {
  mae,
  movingBlockBootstrap,
  rmse,
  type SeriesPart,
  type SeriesTransform,
  scoreSeriesBaselines,
  seriesSplit,
  seriesSplitFindings,
} from "../evaluation/index.ts";
import { blindFindings, saidFilled, scoredIn, VALIDATION_SHARE } from "./filled.ts";
import type { BaselineWatch, Job, Predict, Scored, ScoredModel } from "./job.ts";
import type { SeriesPipeline } from "./pipeline.ts";
import { type Choices, chosenSeason, chosenTarget, chosenTransform, chosenWindow } from "./series-choices.ts";
import { forecasts, windowInputs, windowTargets } from "./series-windows.ts";
import { type Settings, schedule } from "./settings.ts";

/** A series made ready: window, transform and scaling come from the training part alone. */
export function seriesJob(data: SeriesData, settings: Settings): Job {
  const { values } = data;
  const { horizon, testSize } = settings;
  // Smaller than any training part that a window leads to, so nothing of the test part is seen.
  const early = values.subarray(0, Math.floor((1 - testSize) * values.length));
  const choices: Choices = [];
  chosenTarget(data, choices);
  saidFilled(data, choices);
  const most = values.length - 1;
  if (horizon >= early.length && horizon < 0.8 * most) {
    throw new GruvyError(
      "data/too-short",
      `A testSize of ${testSize} leaves ${counted(early.length, "row")} of ${values.length} to train on, too few for a horizon of ${horizon}`,
      "Use a smaller --test-size.",
    );
  }
  if (horizon >= early.length) {
    throw new GruvyError(
      "data/too-short",
      `A horizon of ${horizon} is too far for a series of ${counted(values.length, "row")}: its training part has ${early.length}`,
      "Use a smaller horizon or more rows.",
    );
  }
  const season = chosenSeason(settings, data, early, choices);
  const window = chosenWindow(settings, season, early.length, choices);
  // Only whether logarithms exist at all is asked of the whole series.
  const logs = values.every((value) => value > 0);
  const transform = chosenTransform(settings, early, { season, window, horizon, logs }, choices);
  const { largestWindow = window } = settings;
  const split = seriesSplit(values.length, {
    window: largestWindow,
    horizon,
    lead: transform.lead,
    testSize,
    validationShare: VALIDATION_SHARE,
  });
  const pipeline = fittedPipeline(data, settings, { season, window, transform, part: split.train });
  const plan = schedule("series", split.train.count, settings);
  if (plan.why !== "") choices.push({ what: "training", value: counted(plan.epochs, "epoch"), why: plan.why });

  const part = (targets: SeriesPart) => ({
    x: windowInputs(pipeline, transform, values, targets),
    y: windowTargets(pipeline, transform, values, targets),
  });
  const known = scoredIn(data);
  const scored = known({ length: split.test.count }, split.test).length;
  const against = (all: readonly number[], part: SeriesPart) => {
    const truth = known(values.subarray(part.first, part.first + all.length), part);
    const predictions = known(all, part);
    if (truth.length === 0) {
      throw new GruvyError(
        "data/too-short",
        `All ${counted(all.length, "target")} of the ${part === split.test ? "test" : "validation"} part are missing`,
        "Give more of the series.",
      );
    }
    return {
      scores: { rmse: rmse(predictions, truth), mae: mae(predictions, truth) },
      errors: Float64Array.from(predictions, (value, i) => value - truth[i]),
    };
  };
  const run = async (predict: Predict, targets: SeriesPart) =>
    Array.from(await forecasts(pipeline, transform, predict, values, targets));

  return {
    metric: "rmse",
    data: {
      name: data.name,
      source: data.source,
      kind: "series",
      rows: values.length,
      target: data.target,
      unit: data.unit,
      season,
    },
    split: {
      train: split.train.count,
      validation: split.validation.count,
      test: split.test.count,
      ...(scored < split.test.count ? { scored } : {}),
      how: split.how,
    },
    choices,
    findings: [
      ...seriesSplitFindings(split, {
        window,
        horizon,
        values,
        levels: transform.name === "asIs" || transform.name === "log",
        where: (row) => valuePlace(data, row),
      }),
      ...blindFindings(data.missing, { window, horizon }, split.validation, " of the validation part"),
      ...blindFindings(data.missing, { window, horizon }, split.test, " of the test part"),
    ],
    pipeline,
    network: {
      units: settings.units,
      layers: settings.layers,
      input: { kind: "features", steps: window, features: 1 },
      output: { kind: "values", count: 1 },
      learningRate: 1e-3,
    },
    schedule: plan,
    training: { train: part(split.train), validation: part(split.validation) },
    settings: {
      units: settings.units,
      layers: settings.layers,
      window,
      transform: transform.name,
      horizon,
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      patience: plan.patience ?? plan.epochs,
      seed: settings.seed,
    },
    baselines: async (watch: BaselineWatch) => {
      const made: ScoredModel[] = [];
      await breathe();
      const plain = { window, horizon, season, transform };
      const unscored = data.missing?.rows;
      for (const result of scoreSeriesBaselines(values, split, { ...plain, unscored })) {
        watch.begin(result.name);
        watch.end(result.name, result);
        made.push({ ...result, outcomes: against(result.predictions, split.test).errors });
      }
      return made;
    },
    score: async (predict: Predict): Promise<Scored> => {
      const validated = await run(predict, split.validation);
      const predictions = await run(predict, split.test);
      const validation = against(validated, split.validation);
      const test = against(predictions, split.test);
      return {
        validation: validation.scores,
        test: test.scores,
        predictions,
        outcomes: test.errors,
      };
    },
    validate: async (predict) => against(await run(predict, split.validation), split.validation).scores,
    interval: (model, baseline) =>
      movingBlockBootstrap(model.outcomes, baseline.outcomes, { seed: settings.seed, horizon, metric: "rmse" }),
    shown: () => ({
      series: {
        values: Array.from(values),
        dates: data.dates,
        firstTest: split.test.first,
        ...(data.missing?.rows.length ? { filled: data.missing.rows } : {}),
      },
    }),
  };
}

function fittedPipeline(
  data: SeriesData,
  settings: Settings,
  {
    season,
    window,
    transform,
    part,
  }: { season?: number; window: number; transform: SeriesTransform; part: SeriesPart },
): SeriesPipeline {
  const { horizon } = settings;
  const { x, y } = transform.windows(data.values, { window, horizon, first: part.first, count: part.count });
  // Enough to go on from the end: the window, what the transform looks back on, and the steps between.
  const kept = Math.min(data.values.length, window + transform.lead + horizon + (season ?? 0));
  const before = data.values.length - kept;
  const filled = data.missing?.rows.filter((row) => row >= before).map((row) => row - before);
  return {
    kind: "series",
    target: data.target,
    window,
    horizon,
    transform: transform.name,
    season,
    input: standardScaler().fit(x).toConfig(),
    output: standardScaler().fit(y).toConfig(),
    unit: data.unit,
    missing: data.missing?.method,
    tail: Array.from(data.values.slice(-kept)),
    ...(filled?.length ? { tailFilled: filled } : {}),
    // Some more of these: they tell how dates go on.
    tailDates: data.dates?.slice(-Math.max(kept, 13)),
    dayOrder: data.dates && dayOrder(data.dates),
  };
}
