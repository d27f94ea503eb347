import { readTotals } from "./evaluate.ts";
import type { Model } from "./model.ts";

/** The history of a training that ended before its first epoch did: every number that an epoch has, of none. */
export function emptyHistory(model: Model<unknown>, validated: boolean): Record<string, number[]> {
  const names = (prefix?: string): string[] =>
    model.isBuilt ? Object.keys(readTotals(new Float64Array(CELLS), model.measured, prefix)) : ["loss"];
  const all = [...names(), ...(validated ? names("val") : []), "learningRate"];
  return Object.fromEntries(all.map((name) => [name, []]));
}

/** More than all metrics of a model count in. */
const CELLS = 2 ** 16;
