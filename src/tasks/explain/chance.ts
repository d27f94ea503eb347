import { studentPoint } from "../../evaluation/index.ts";
import { probabilitiesOf } from "./contributions.ts";
import type { Material } from "./material.ts";

/** The log loss of each row, or its squared error. */
export function lossesOf(material: Material, rows: readonly number[], outputs: readonly Float32Array[]): number[] {
  const { labels } = material;
  return rows.map((row, i) => {
    const truth = material.truth(row) ?? Number.NaN;
    if (labels.length === 0) return (material.value(row, outputs[i][0]) - truth) ** 2;
    return -Math.log(Math.max(1e-15, probabilitiesOf(outputs[i], labels.length)[truth]));
  });
}

/**
 * The score of the best answer that is the same for every row, where the model is not clearly better: neither by its
 * losses nor, of labels, by how often it is right. Of a series no constant is a guess, and undefined is returned.
 */
export function byChance(
  material: Material,
  rows: readonly number[],
  outputs: readonly Float32Array[],
): number | undefined {
  const truths = rows.map((row) => material.truth(row) ?? Number.NaN);
  if (material.series || new Set(truths).size < 2) return undefined; // of one truth alone a constant knows all
  const losses = lossesOf(material, rows, outputs);
  const classes = material.labels.length;
  if (classes === 0) {
    const center = mean(truths);
    const constant = truths.map((truth) => (truth - center) ** 2);
    return clearlyLess(losses, constant) ? undefined : Math.sqrt(mean(constant));
  }
  const shares = material.labels.map((_, label) => truths.filter((truth) => truth === label).length / rows.length);
  const constant = truths.map((truth) => -Math.log(shares[truth]));
  const commonest = shares.indexOf(Math.max(...shares));
  const wrong = outputs.map((output, i) => {
    const probabilities = probabilitiesOf(output, classes);
    return Number(probabilities.indexOf(Math.max(...probabilities)) !== truths[i]);
  });
  const guessedWrong = truths.map((truth) => Number(truth !== commonest));
  return clearlyLess(losses, constant) || clearlyLess(wrong, guessedWrong) ? undefined : mean(constant);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether the 95 % interval of the mean difference, row by row, lies below 0. */
function clearlyLess(a: readonly number[], b: readonly number[]): boolean {
  const differences = a.map((value, i) => value - b[i]);
  const middle = mean(differences);
  const freedom = a.length - 1;
  const variance = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / freedom;
  return middle + studentPoint(freedom) * Math.sqrt(variance / a.length) < 0;
}
