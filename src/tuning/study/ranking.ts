import type { Objective, Trial } from "./records.ts";

/** Better ones first: those that are completed, and those under way by their best epoch so far. */
export function ranked(trials: readonly Trial[], objective: Objective): Trial[] {
  const sign = objective.direction === "min" ? 1 : -1;
  return trials
    .flatMap((trial) => {
      const best = trial.status === "failed" ? undefined : bestEpochOf(trial, objective);
      return best === undefined ? [] : [{ ...trial, objective: best.value, bestEpoch: best.epoch }];
    })
    .sort((a, b) => sign * (a.objective - b.objective) || a.id - b.id);
}

export function bestEpochOf({ history }: Pick<Trial, "history">, { name, direction }: Objective) {
  let best: { epoch: number; value: number } | undefined;
  for (const { epoch, logs } of history) {
    const value = logs[name];
    if (value === undefined) continue;
    if (best === undefined || (direction === "min" ? value < best.value : value > best.value)) best = { epoch, value };
  }
  return best;
}
