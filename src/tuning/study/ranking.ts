import type { Objective, Trial } from "./records.ts";

/** Better ones first, `most` of them: those that are completed, and those under way by their best epoch so far. */
export function ranked(trials: readonly Trial[], objective: Objective, most = trials.length): Trial[] {
  const sign = objective.direction === "min" ? 1 : -1;
  return trials
    .flatMap((trial) => {
      const best = trial.status === "failed" ? undefined : (scoreOf(trial) ?? rememberedBest(trial, objective));
      return best === undefined ? [] : [{ trial, best }];
    })
    .sort((a, b) => sign * (a.best.value - b.best.value) || a.trial.id - b.trial.id)
    .slice(0, most)
    .map(({ trial, best }) => ({ ...trial, objective: best.value, bestEpoch: best.epoch }));
}

/** Of a completed trial, also where its epochs' records were lost. */
const scoreOf = ({ objective: value, bestEpoch: epoch }: Trial): Best | undefined =>
  value === undefined || epoch === undefined ? undefined : { epoch, value };

/** Trials are ranked again whenever one ends; a history that has not changed is not looked through again. */
const known = new WeakMap<Trial["history"], { readonly objective: Objective; readonly best: Best | undefined }>();

function rememberedBest({ history }: Trial, objective: Objective): Best | undefined {
  const found = known.get(history);
  if (found?.objective === objective) return found.best;
  const best = bestEpochOf({ history }, objective);
  known.set(history, { objective, best });
  return best;
}

interface Best {
  readonly epoch: number;
  readonly value: number;
}

export function bestEpochOf({ history }: Pick<Trial, "history">, { name, direction }: Objective): Best | undefined {
  let best: Best | undefined;
  for (const { epoch, logs } of history) {
    const value = logs[name];
    if (value === undefined) continue;
    if (best === undefined || (direction === "min" ? value < best.value : value > best.value)) best = { epoch, value };
  }
  return best;
}
