import type { MemoryCurve } from "../explanation.ts";
import { byChance, lossesOf } from "./chance.ts";
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
  let whole: readonly Float32Array[] = [];
  for (const length of lengths) {
    const last = sequences.map((sequence) => sequence.slice(-length * width) as Sequence);
    whole = await probe.predict(last);
    scores.push(score(material, rows, whole));
  }
  const [one, all] = [scores[0], scores[scores.length - 1]];
  const enough = scores.findIndex((_, i) => scores.slice(i).every((value) => one - value >= REACHED * (one - all)));
  const chance = byChance(material, rows, whole);
  return {
    metric: material.labels.length > 0 ? "loss" : "rmse",
    rows: rows.length,
    lengths,
    scores,
    ...(chance !== undefined ? { chance } : all < one ? { length: lengths[enough] } : {}),
  };
}

function score(material: Material, rows: readonly number[], outputs: readonly Float32Array[]): number {
  const losses = lossesOf(material, rows, outputs);
  const mean = losses.reduce((sum, value) => sum + value, 0) / rows.length;
  return material.labels.length === 0 ? Math.sqrt(mean) : mean;
}
