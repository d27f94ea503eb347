import type { Dataset } from "../base/index.ts";
import type { FitOptions, Model } from "../model/index.ts";
import type { PlanLine, Searcher } from "./searchers/index.ts";
import type { Space } from "./space/index.ts";

const STEPS = 6;

/** A plan as lines of text; `epochs` are those of a trial whose searcher does not say, with `endsEarly` at most. */
export function planText(
  searcher: Searcher,
  space: Space,
  { epochs, secondsOfEpoch, endsEarly = false }: { epochs?: number; secondsOfEpoch?: number; endsEarly?: boolean } = {},
): string {
  const lines = searcher.plan(space);
  if (lines === undefined) return `${searcher.name}: trials until the budget is used up`;
  const work = lines.reduce((sum, line) => sum + workOf(line, epochs), 0);
  const trials = lines.reduce((sum, line) => sum + line.trials, 0);
  const time =
    secondsOfEpoch === undefined || work === 0
      ? ""
      : `, about ${duration(work * secondsOfEpoch)} at the default's speed`;
  const total = `${searcher.name}: ${trials} trials${work > 0 ? `, ${endsEarly ? "at most " : ""}${work} epochs` : ""}${time}`;
  if (lines.length === 1) return total;
  const rows = lines.map(({ what, trials: count, epochs: to }) => {
    return `  ${what}: ${count} ${count === 1 ? "trial" : "trials"}${to === undefined ? "" : ` to epoch ${to}`}`;
  });
  return [total, ...rows].join("\n");
}

/** The epochs of the whole plan, each counted once; undefined where only the budget says. */
export function plannedEpochs(searcher: Searcher, space: Space, epochs: number): number | undefined {
  return searcher.plan(space)?.reduce((sum, line) => sum + workOf(line, epochs), 0);
}

/** The trials of the whole plan; undefined where only the budget says. */
export function plannedTrials(searcher: Searcher, space: Space): number | undefined {
  return searcher.plan(space)?.reduce((sum, line) => sum + line.trials, 0);
}

const workOf = ({ work, trials }: PlanLine, epochs = 0): number => work ?? trials * epochs;

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** What an epoch takes, from a few steps of a model, which is then disposed of. */
export async function secondsOfEpoch(model: Model, data: Dataset, options: FitOptions): Promise<number> {
  let begun = 0;
  let seconds = 0;
  let steps = 0;
  let batches = 1;
  try {
    await model.fit(data, {
      ...options,
      epochs: 1,
      callbacks: [
        {
          onBatchEnd(batch, _, trainer) {
            // The first steps warm up.
            if (batch === 1) begun = performance.now();
            if (batch > 1) {
              seconds = (performance.now() - begun) / 1000;
              steps = batch - 1;
            }
            if (batch >= STEPS) trainer.stop();
          },
          onProgress(progress) {
            batches = progress.batches ?? batches;
          },
        },
      ],
    });
    return steps === 0 ? 0 : (seconds / steps) * batches;
  } finally {
    model.dispose();
  }
}
