import type { ComparisonResult } from "../tasks/results.ts";
import { shorten } from "./inert.ts";
import { modelLabel } from "./names.ts";
import { ascii, count } from "./numbers.ts";
import { summarize } from "./summary.ts";

/**
 * What `--seeds` and `--vary` showed, for a terminal: a line for each model trained from several seeds, and a table of
 * the test scores at all sizes. Empty without either; ends with a newline. Lines too long for `width` (default 80) are
 * cut.
 */
export function repetitions(result: ComparisonResult, { width = 80 }: { readonly width?: number } = {}): string {
  const [seeds, sizes] = [seedLines(result), sizeLines(result)];
  const lines = [...seeds, ...(seeds.length > 0 && sizes.length > 0 ? [""] : []), ...sizes];
  return lines.map((line) => `${shorten(line, width)}\n`).join("");
}

function seedLines(result: ComparisonResult): string[] {
  const { ranked, metric, format } = summarize(result);
  return ranked.flatMap(({ name, seeds = [] }) => {
    const scores = seeds.flatMap((scored) => scored[metric] ?? []).sort((a, b) => a - b);
    if (scores.length < 2) return [];
    const [least, most] = [scores[0], scores[scores.length - 1]].map((score) => ascii(format(score)));
    const all = seeds.map((scored) => ascii(format(scored[metric] ?? Number.NaN))).join(", ");
    return [`${modelLabel(name)} from ${seeds.length} seeds: ${least} to ${most} (${all})`];
  });
}

/** Models down, sizes across. */
function sizeLines({ vary, ...result }: ComparisonResult): string[] {
  if (!vary || vary.sizes.length === 0) return [];
  const { ranked, format } = summarize(result);
  const rows = ranked.flatMap(({ name }) => {
    const scores = vary.scores[name];
    return scores
      ? [[modelLabel(name), ...scores.map((score) => (Number.isFinite(score) ? ascii(format(score)) : "-"))]]
      : [];
  });
  const head = [vary.what === "rows" ? "training rows" : "length", ...vary.sizes.map((size) => ascii(count(size)))];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => [...row[i]].length)));
  return [head, ...rows].map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "),
  );
}
