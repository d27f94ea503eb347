import { verdict } from "../evaluation/index.ts";
import type { Job, Scored, ScoredModel } from "./job.ts";
import type { Difference, ModelName } from "./results.ts";

/** How far a model is from a baseline on the test part. */
export function differenceOf(
  job: Job,
  model: Scored & { readonly name: ModelName },
  baseline: ScoredModel,
): Difference {
  return { metric: job.metric, model: model.name, baseline: baseline.name, ...job.interval(model, baseline) };
}

/** What that difference lets one say. */
export function verdictOn(
  job: Job,
  difference: Difference,
  {
    model,
    baseline,
    modelChosen,
  }: { readonly model: Scored; readonly baseline: Scored; readonly modelChosen: boolean },
): string {
  const { metric, data, settings } = job;
  return verdict({
    ...difference,
    modelChosen,
    modelScore: model.test[metric] ?? Number.NaN,
    baselineScore: baseline.test[metric] ?? Number.NaN,
    targets: model.outcomes.length,
    ahead: data.kind === "series" ? Number(settings.horizon) : undefined,
    stretches: data.kind === "series" ? Math.floor(model.outcomes.length / Number(settings.horizon)) : undefined,
    unit: data.unit,
  });
}
