import type { SeriesData } from "../data/index.ts";
import type { Job, Scored } from "./job.ts";
import type { Scores } from "./results.ts";

/** Beyond these powers of two the fourth powers of errors, which some fits meet, leave the range of numbers. */
const ORDINARY = 200;
/** The least power of two that is a normal number. */
const LEAST = -1022;

/**
 * The power of two by which a series of very large or very small values is divided, so that they are near 1; 1 for an
 * ordinary series. A power of two changes no digit.
 */
export function magnitudeOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || !Number.isFinite(largest)) return 1;
  const power = Math.floor(Math.log2(largest));
  return Math.abs(power) <= ORDINARY ? 1 : 2 ** Math.max(LEAST, power);
}

/** A job that was made from values divided by a magnitude, told in the data's own units. */
export function inOwnUnits(job: Job, data: SeriesData, magnitude: number): Job {
  if (job.pipeline.kind !== "series") return job;
  const scores = ({ rmse = Number.NaN, mae = Number.NaN }: Scores): Scores => ({
    rmse: rmse * magnitude,
    mae: mae * magnitude,
  });
  // Outcomes stay divided: they are compared with each other alone, by their squares.
  const scored = <S extends Scored>(result: S): S => ({
    ...result,
    validation: scores(result.validation),
    test: scores(result.test),
    predictions: result.predictions.map((value) => value * magnitude),
  });
  return {
    ...job,
    choices: [
      {
        what: "unit",
        value: magnitude.toPrecision(3),
        why: "the squares of such values leave the range of numbers, so they are divided by it first; errors named in the choices are in this unit",
      },
      ...job.choices,
    ],
    pipeline: { ...job.pipeline, magnitude, tail: job.pipeline.tail.map((value) => value * magnitude) },
    baselines: async (watch) => {
      const made = await job.baselines({
        ...watch,
        end: (name, { seconds, validation }) => watch.end(name, { seconds, validation: scores(validation) }),
      });
      return made.map(scored);
    },
    score: async (predict) => scored(await job.score(predict)),
    interval: (model, baseline) => {
      const { difference, low, high } = job.interval(model, baseline);
      return { difference: difference * magnitude, low: low * magnitude, high: high * magnitude };
    },
    shown: (best) => {
      const { series } = job.shown(best);
      return { series: series && { ...series, values: Array.from(data.values) } };
    },
  };
}
