import type { ModelName, Scores } from "../tasks/results.ts";
import { shorten } from "./inert.ts";
import { modelLabel } from "./names.ts";
import { ascii, columnFormat, fixed } from "./numbers.ts";
import { metricLabel } from "./summary.ts";

const METRICS = ["rmse", "mae", "accuracy", "loss"] as const;

/** Models with their scores as a table for a terminal, in their order; below it the unit of errors. Ends with a newline. */
export function scoreTable(
  models: readonly { readonly name: ModelName | "model"; readonly scores: Scores }[],
  unit?: string,
): string {
  const metrics = METRICS.filter((metric) => models.some(({ scores }) => scores[metric] !== undefined));
  const names = models.map(({ name }) => (name === "model" ? "Model" : shorten(modelLabel(name), 20)));
  const columns = metrics.map((metric) => {
    const found = models.map(({ scores }) => scores[metric]);
    const format = metric === "accuracy" ? (share: number) => fixed(share, 4) : columnFormat(found);
    return [metricLabel(metric), ...found.map((score) => (score === undefined ? "-" : ascii(format(score))))];
  });
  const width = Math.max(...["model", ...names].map(({ length }) => length));
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)));
  const lines = ["model", ...names].map((name, row) =>
    [name.padEnd(width), ...columns.map((cells, i) => cells[row].padStart(widths[i]))].join("  "),
  );
  const errors = metrics.includes("rmse") && unit ? `Errors in ${shorten(unit, 60)}.\n` : "";
  return `${lines.join("\n")}\n${errors}`;
}
