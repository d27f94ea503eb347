import { counted, GruvyError, wholeNumber } from "../base/index.ts";
import type { Filled } from "../data/index.ts";
import { seriesTransform } from "../evaluation/index.ts";
import { nextDates } from "./dates.ts";
import { endFindings } from "./filled.ts";
import type { FittedModel } from "./fitted.ts";
import type { SeriesPipeline } from "./pipeline.ts";
import type { Finding } from "./results.ts";
import { forecasts } from "./series-windows.ts";

export interface Forecast {
  readonly target: string;
  readonly unit?: string;
  /** In the data's units, the next step first. */
  readonly values: readonly number[];
  /** One per value, written as the data write theirs; absent when their step cannot be told. */
  readonly dates?: readonly string[];
  /**
   * What keeps the forecast from meaning what it seems to: that it goes on from values that were filled in, or much
   * further than the model was measured.
   */
  readonly findings: readonly Finding[];
}

export interface ForecastOptions {
  /** Steps past the end. Default: as many as the model was trained to look ahead. */
  readonly horizon?: number;
  /** The series to go on from, in place of the one the model was trained on. */
  readonly values?: Float64Array;
  readonly dates?: readonly string[];
  /** Which of `values` were filled in. */
  readonly missing?: Filled;
}

/**
 * Forecasts past the end of a series. Beyond the model's own horizon its forecasts are taken for values and forecast
 * from again, so errors add up.
 *
 * @throws {GruvyError} `model/kind` for a model of labels, `data/too-short` for a series shorter than the window needs.
 * @example
 * const { fitted } = await train(airlinePassengers(), { cell: "gru", epochs: 2 });
 * (await forecast(fitted, { horizon: 12 })).dates?.[0]; // "1961-01"
 */
export async function forecast(fitted: FittedModel, options: ForecastOptions = {}): Promise<Forecast> {
  const pipeline = seriesPipeline(fitted);
  const steps = options.horizon === undefined ? pipeline.horizon : wholeNumber(options.horizon, "horizon");
  const known = options.values ?? Float64Array.from(pipeline.tail);
  const own = options.values === undefined;
  const knownDates = own ? pipeline.tailDates : options.dates;
  const values = await forecastNext(fitted, known, steps);
  const filled = own ? (pipeline.tailFilled ?? []) : (options.missing?.rows ?? []);
  return {
    target: pipeline.target,
    unit: pipeline.unit,
    values: Array.from(values),
    dates: knownDates === undefined ? undefined : nextDates(knownDates, steps, own ? pipeline.dayOrder : undefined),
    findings: [
      ...endFindings(known.length, filled, pipeline.window),
      ...farFindings(known, values, {
        horizon: pipeline.horizon,
        rows: own ? Number(fitted.training.data?.rows ?? known.length) : known.length,
      }),
    ],
  };
}

/** Warns of a forecast longer than the series, or that leaves its range, where it is made from forecasts. */
function farFindings(
  known: Float64Array,
  values: Float64Array,
  { horizon, rows }: { readonly horizon: number; readonly rows: number },
): Finding[] {
  if (values.length <= horizon) return [];
  const [lowest, highest] = known.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const width = highest - lowest;
  // A constant series has no width to hold a forecast against.
  const out = width > 0 ? values.findIndex((value) => !(value >= lowest - width && value <= highest + width)) : -1;
  const long = values.length > rows;
  if (!long && out < 0) return [];
  const measured = `The model was measured on forecasts ${counted(horizon, "step")} ahead`;
  const asked = `, and ${counted(values.length, "step")} were asked for${long ? ` behind ${counted(rows, "value")}` : ""}`;
  const last = known.length < rows ? `last ${known.length} values` : "values before";
  const leaves = `from +${out + 1} on they leave the range of the ${last} by more than its width`;
  return [
    {
      severity: "warning",
      what: `${measured}${asked}${out < 0 ? "" : `; ${leaves}`}`,
      advice:
        "Each further step is forecast from forecasts, so errors add up: ask for fewer, or train with a larger --horizon.",
    },
  ];
}

/** The values after the last one. */
export async function forecastNext(fitted: FittedModel, known: Float64Array, steps: number): Promise<Float64Array> {
  const pipeline = seriesPipeline(fitted);
  const { horizon, season } = pipeline;
  const transform = seriesTransform(pipeline.transform, { season });
  const needed = pipeline.window + transform.lead + horizon - 1;
  if (known.length < needed) {
    throw new GruvyError(
      "data/too-short",
      `Expected at least ${needed} values to forecast from (${reachWords(pipeline, transform.lead)}), found ${known.length}`,
      "Give more of the series.",
    );
  }
  // Only the end is looked at; forecasts are added behind it.
  const reach = Math.min(known.length, needed + (season ?? 0));
  const series = new Float64Array(reach + steps);
  series.set(known.subarray(known.length - reach));
  for (let done = 0; done < steps; ) {
    const count = Math.min(horizon, steps - done);
    const first = reach + done;
    // No more than is looked at, so that a later step costs no more than the first.
    const seen = series.subarray(done, first);
    const next = await forecasts(pipeline, transform, predictWith(fitted), seen, { first: reach, count });
    series.set(next, first);
    done += count;
  }
  return series.slice(reach);
}

/** What the values in front of the first forecast are for. */
export function reachWords({ window, horizon, transform }: SeriesPipeline, lead: number): string {
  const back = lead === 0 ? "" : `, ${lead} more before it that ${transform} looks back on`;
  const ahead = horizon === 1 ? "" : `, ${horizon - 1} more for a horizon of ${horizon}`;
  return `a window of ${window}${back}${ahead}`;
}

export function seriesPipeline({ pipeline }: FittedModel): SeriesPipeline {
  if (pipeline.kind === "series") return pipeline;
  throw new GruvyError(
    "model/kind",
    `This model was trained on ${pipeline.kind} and cannot forecast`,
    "Use predict, or train a model on a series.",
  );
}

export const predictWith =
  ({ model }: FittedModel) =>
  (x: Parameters<typeof model.predict>[0]) =>
    model.predict(x, { batchSize: 256 });
