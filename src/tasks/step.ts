import { checkDates, inWords, type LoadedData, medianStep, timesOf } from "../data/index.ts";
import type { FittedModel } from "./fitted.ts";
import type { Finding } from "./results.ts";

/** From this ratio on the values of two series do not stand for the same stretch of time: 28 to 31 days make a month. */
const OTHER = 1.5;

/** The median time from one value of a series to the next, in milliseconds; undefined where it has no dates. */
export function stepOf(data: LoadedData): number | undefined {
  const times = data.kind === "series" && data.dates ? timesOf(data.dates) : undefined;
  return times && medianStep(times);
}

const DAY = 86_400_000;

/** A step as one says it behind "a value". */
function stepWords(step: number): string {
  if (step >= 28 * DAY && step <= 31 * DAY) return "every month";
  if (step >= 365 * DAY && step <= 366 * DAY) return "every year";
  return inWords(step).replace("hourly", "every hour");
}

/**
 * What is to be known of the dates of a series before a model sees it: another step of time than the model was trained
 * on, gaps.
 *
 * @param from the row behind which gaps count
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * stepFindings(fitted, airlinePassengers()); // []
 */
export function stepFindings({ training, pipeline }: FittedModel, data: LoadedData, from = 0): Finding[] {
  if (pipeline.kind !== "series" || data.kind !== "series") return [];
  const known: unknown = training.data?.step;
  const step = stepOf(data);
  if (typeof known === "number" && known > 0 && step !== undefined && Math.max(step / known, known / step) > OTHER) {
    return [
      {
        severity: "warning",
        what: `${data.name} has a value ${stepWords(step)}, the series the model was trained on had one ${stepWords(known)}`,
        advice:
          "The model counts values, not time: bring the series to the step it was trained on, by a sum or mean for each, or train a model on it",
      },
    ];
  }
  return checkDates(data, from).filter(({ severity }) => severity === "warning");
}
