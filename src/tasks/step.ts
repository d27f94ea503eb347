import { inWords, type LoadedData, medianStep, timesOf } from "../data/index.ts";
import type { FittedModel } from "./fitted.ts";
import type { Finding } from "./results.ts";

/** From this ratio on the values of two series do not stand for the same stretch of time: 28 to 31 days make a month. */
const OTHER = 1.5;

/** The median time from one value of a series to the next, in milliseconds; undefined where it has no dates. */
export function stepOf(data: LoadedData): number | undefined {
  const times = data.kind === "series" && data.dates ? timesOf(data.dates) : undefined;
  return times && medianStep(times);
}

/**
 * What is to be known where a series has another step of time than the one its model was trained on.
 *
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * stepFindings(fitted, airlinePassengers()); // []
 */
export function stepFindings({ training, pipeline }: FittedModel, data: LoadedData): Finding[] {
  const known: unknown = training.data?.step;
  const step = stepOf(data);
  if (pipeline.kind !== "series" || typeof known !== "number" || !(known > 0) || step === undefined) return [];
  const ratio = Math.max(step / known, known / step);
  if (ratio <= OTHER) return [];
  return [
    {
      severity: "warning",
      what: `${data.name} has a value ${inWords(step)}, the series the model was trained on had one ${inWords(known)}`,
      advice:
        "The model counts values, not time: bring the series to the step it was trained on, by a sum or mean for each, or train a model on it",
    },
  ];
}
