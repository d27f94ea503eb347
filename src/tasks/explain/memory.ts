import type { MemoryCurve } from "../explanation.ts";
import { probabilitiesOf } from "./contributions.ts";
import type { Material } from "./material.ts";
import type { Probe, Sequence } from "./probe.ts";

/** Numbers of steps that are tried: 1, 2, 3, 4, 6, 8, 12... and all. */
export function lengthsUpTo(most: number): number[] {
  const lengths: number[] = [];
  for (let n = 1; n < most; n *= 2) lengths.push(n, ...(n > 1 && n * 1.5 < most ? [n * 1.5] : []));
  return [...lengths, most];
}

/** The share of what all steps gain over one that counts as having reached it. */
const REACHED = 0.95;

/** The score of a model that is shown only the last steps of each row, from a state of zeros. */
export async function memoryCurve(probe: Probe, material: Material, rows: readonly number[]): Promise<MemoryCurve> {
  const width = probe.features || 1;
  const sequences = rows.map((row) => material.sequence(row));
  const most = Math.max(...sequences.map(({ length }) => length / width));
  const lengths = lengthsUpTo(most);
  const scores: number[] = [];
  for (const length of lengths) {
    const last = sequences.map((sequence) => sequence.slice(-length * width) as Sequence);
    scores.push(score(material, rows, await probe.predict(last)));
  }
  const [one, whole] = [scores[0], scores[scores.length - 1]];
  const enough = scores.findIndex((_, i) => scores.slice(i).every((value) => one - value >= REACHED * (one - whole)));
  return {
    metric: material.labels.length > 0 ? "loss" : "rmse",
    rows: rows.length,
    lengths,
    scores,
    ...(whole < one ? { length: lengths[enough] } : {}),
  };
}

function score(material: Material, rows: readonly number[], outputs: readonly Float32Array[]): number {
  const { labels } = material;
  const each = rows.map((row, i) => {
    const truth = material.truth(row) ?? Number.NaN;
    if (labels.length === 0) return (material.value(row, outputs[i][0]) - truth) ** 2;
    return -Math.log(Math.max(1e-15, probabilitiesOf(outputs[i], labels.length)[truth]));
  });
  const mean = each.reduce((sum, value) => sum + value, 0) / rows.length;
  return labels.length === 0 ? Math.sqrt(mean) : mean;
}
