import pc from "picocolors";
import type { ComparisonResult, ModelResult } from "../tasks/results.ts";
import { shorten } from "./inert.ts";
import { modelLabel } from "./names.ts";
import { ascii, count, seconds } from "./numbers.ts";
import { type Summary, summarize } from "./summary.ts";

export interface TerminalOptions {
  /** Whether to use colors; false by default. */
  readonly color?: boolean;
  /** Columns of the terminal, 80 by default. What does not fit is left out, the least important first. */
  readonly width?: number;
}

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly left?: boolean;
  /** The higher, the sooner it is left out; absent: never. */
  readonly spare?: number;
}

/**
 * The comparison as a table for a terminal: the best model on the test part first and marked, baselines dimmed, scores in
 * the data's units. Ends with a newline. Values of the data can hold no escape sequence.
 */
export function comparisonTable(result: ComparisonResult, { color = false, width = 80 }: TerminalOptions = {}): string {
  const colors = pc.createColors(color);
  const summary = summarize(result);
  const columns = fitting(columnsOf(result, summary), width);
  const line = (texts: readonly string[]) => texts.join("  ").trimEnd();
  const widths = columns.map(({ title, cells }) => Math.max(...[title, ...cells].map(lengthOf)));
  const pad = (text: string, i: number) => {
    const space = " ".repeat(widths[i] - lengthOf(text));
    return columns[i].left ? text + space : space + text;
  };
  const head = colors.dim(line(["", ...columns.map(({ title }, i) => pad(title, i))]));
  const rows = summary.ranked.map((model, r) => {
    const best = summary.best.includes(model);
    const mark = best ? "*" : " ";
    const text = line([mark, ...columns.map(({ cells }, i) => pad(cells[r], i))]).replace(/^(.) {2}/, "$1 ");
    if (best) return colors.bold(colors.green(text));
    return model.kind === "baseline" ? colors.dim(text) : text;
  });
  return `${[head, ...rows, colors.dim(note(result, summary, width))].join("\n")}\n`;
}

function columnsOf(result: ComparisonResult, summary: Summary): Column[] {
  const { ranked, format } = summary;
  const score = (part: "validation" | "test") => (model: ModelResult) => {
    const value = summary.score(model, part);
    return value === undefined ? "-" : ascii(format(value));
  };
  const differences = ranked.map((m) => summary.difference(m));
  const write = (value: number) => ascii(summary.formatDifference(value));
  return [
    { title: "model", cells: ranked.map((m) => shorten(modelLabel(m.name), 20)), left: true },
    { title: "params", cells: ranked.map((m) => ascii(count(m.parameters))), spare: 1 },
    { title: "seconds", cells: ranked.map((m) => seconds(m.seconds)), spare: 2 },
    { title: "valid.", cells: ranked.map(score("validation")), spare: 4 },
    { title: "test", cells: ranked.map(score("test")) },
    {
      title: "against",
      cells: ranked.map((m, i) => {
        const d = differences[i];
        return m.name === result.comparison.baseline ? "reference" : d ? write(d.difference) : "-";
      }),
    },
    {
      title: "95 %",
      cells: differences.map((d) =>
        d?.low === undefined || d.high === undefined ? "" : `${write(d.low)} to ${write(d.high)}`,
      ),
      spare: 3,
    },
  ];
}

function fitting(columns: readonly Column[], width: number): Column[] {
  const kept = [...columns];
  const total = () => kept.reduce((sum, { title, cells }) => sum + 2 + Math.max(...[title, ...cells].map(lengthOf)), 0);
  while (total() > width) {
    const spare = Math.max(...kept.map((column) => column.spare ?? 0));
    if (spare === 0) break;
    kept.splice(
      kept.findIndex((column) => column.spare === spare),
      1,
    );
  }
  return kept;
}

function note(result: ComparisonResult, { metricLabel, unit, metric }: Summary, width: number): string {
  const measure = metric === "accuracy" ? "Accuracy" : metricLabel;
  const against = `against ${modelLabel(result.comparison.baseline)}`;
  const told =
    metric === "accuracy"
      ? `${measure}, ${against} in points`
      : `${measure}${unit === "" ? "" : ` in ${unit}`}, ${against}`;
  return shorten(`* best on the test part. ${told}.`, width);
}

const lengthOf = (text: string): number => [...text].length;
