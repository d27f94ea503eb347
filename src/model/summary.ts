import { product } from "../base/index.ts";
import type { BuiltModel } from "./build.ts";

const shapeText = (shape: readonly (number | null)[]): string => `[${shape.map((size) => size ?? "-").join(", ")}]`;

/** A table of layers, output shapes and parameters, as plain text. */
export function summarize(name: string, model: BuiltModel): string {
  const rows = model.layers.map(({ name: layer, layer: { kind }, shape, weights }) => [
    layer === kind ? layer : `${layer} (${kind})`,
    shapeText(shape),
    weights.reduce((sum, weight) => sum + product(weight.shape), 0).toLocaleString("en"),
  ]);
  const header = ["layer", "output", "parameters"];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    `${cells[0].padEnd(widths[0])}  ${cells[1].padEnd(widths[1])}  ${cells[2].padStart(widths[2])}`;
  const rule = "-".repeat(widths[0] + widths[1] + widths[2] + 4);
  const total = model.weights.reduce((sum, weight) => sum + product(weight.shape), 0).toLocaleString("en");
  return [name, rule, line(header), rule, ...rows.map(line), rule, `${total} parameters`].join("\n");
}
