import { product } from "../base/index.ts";
import type { Weight } from "../engine/index.ts";
import type { BuiltModel } from "./build.ts";
import { shapeOf } from "./layers/layer.ts";
import { type RowWork, rowWork, sumOfWork } from "./work.ts";

const shapeText = (shape: readonly (number | null)[]): string => `[${shape.map((size) => size ?? "-").join(", ")}]`;

const numbersOf = (weights: readonly Weight[]): number =>
  weights.reduce((sum, weight) => sum + product(weight.shape), 0);

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const count = (value: number): string => Math.round(value).toLocaleString("en");

/** "20 a pair of steps + 264 a step + 65" */
function workText({ fixed, perStep, perPair }: RowWork): string {
  const parts = [
    ...(perPair > 0 ? [`${count(perPair)} a pair of steps`] : []),
    ...(perStep > 0 ? [`${count(perStep)} a step`] : []),
  ];
  return [...parts, ...(fixed > 0 || parts.length === 0 ? [count(fixed)] : [])].join(" + ");
}

/**
 * A table of layers with their output shapes, parameters, the memory that these take, and the multiply-adds of predicting
 * one row, as plain text; `branches`: with the layers that each takes its input from.
 */
export function summarize(name: string, model: BuiltModel, branches = false): string {
  const { inputs, outputs, layers, weights } = model;
  const steps: (number | null)[] = [];
  for (const input of inputs) if (input.axis !== undefined) steps[input.axis] = input.steps;
  const values = outputs.map(({ value }) => value);
  const work = rowWork(values, steps);
  const rows = layers.map(({ name: layer, layer: { kind }, outputs: given, weights: own, from }) => [
    layer === kind ? layer : `${layer} (${kind})`,
    given.map((output) => shapeText(shapeOf(output))).join(", "),
    count(numbersOf(own)),
    bytesText(4 * numbersOf(own)),
    workText(sumOfWork(work, { name: layer, weights: own })),
    ...(branches ? [from.join(", ")] : []),
  ]);
  const header = ["layer", "output", "parameters", "memory", "multiply-adds", ...(branches ? ["from"] : [])];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < 2 || i > 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const all = numbersOf(weights);
  const total = `${count(all)} parameters, ${bytesText(4 * all)}; multiply-adds a row: ${workText(sumOfWork(work))}`;
  return [name, rule, line(header), rule, ...rows.map(line), rule, total].join("\n");
}
