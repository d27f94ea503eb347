import { readTotals } from "./evaluate.ts";
import type { Model } from "./model.ts";

/** The history of a training that ended before its first epoch did: every number that an epoch has, of none. */
export function emptyHistory(model: Model<unknown>, validated: boolean): Record<string, number[]> {
  const names = (prefix?: string): string[] => {
    if (!model.isBuilt) return ["loss"];
    const { measured } = model;
    // Two of the loss of all outputs, and of each its loss's two and its metrics'.
    const cells = measured.reduce((sum, { metrics }) => metrics.reduce((all, one) => all + one.cells, sum + 2), 2);
    return Object.keys(readTotals(new Float64Array(cells), measured, prefix));
  };
  const all = [...names(), ...(validated ? names("val") : []), "learningRate"];
  return Object.fromEntries(all.map((name) => [name, []]));
}
