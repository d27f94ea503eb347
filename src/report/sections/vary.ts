import type { ComparisonResult, ModelName } from "../../tasks/results.ts";
import { varyChart } from "../charts/index.ts";
import { figure } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Markup, markup } from "../markup.ts";
import { modelColor, modelLabel } from "../names.ts";
import { columnFormat, count, percent } from "../numbers.ts";
import { metricLabel, type Summary } from "../summary.ts";
import { lede, section } from "./parts.ts";

/** `--vary`: the same comparison at several sizes, as a chart and in numbers. */
export function vary(result: ComparisonResult, summary: Summary): Markup | undefined {
  if (!result.vary || result.vary.sizes.length < 2) return undefined;
  const { metric, sizes, scores } = result.vary;
  const share = metric === "accuracy";
  const what = result.vary.what === "rows" ? "rows to learn from" : "length of the sequences";
  const order = summary.ranked.map((m) => m.name);
  const names = (Object.keys(scores) as ModelName[]).sort((a, b) => place(order, a) - place(order, b));
  const lines = names.map((name) => ({
    label: shorten(modelLabel(name), 20),
    color: modelColor(name),
    dashed: modelColor(name) === "var(--baseline)",
    scores: scores[name] ?? [],
  }));
  const format = share ? percent : columnFormat(lines.flatMap((line) => line.scores));
  const unit = share ? ", %" : metric === "loss" || summary.unit === "" ? "" : `, ${shorten(summary.unit, 30)}`;
  const measure = `test ${metricLabel(metric)}${unit}`;
  return section(
    "vary",
    result.vary.what === "rows" ? "With more or fewer rows" : "With shorter or longer sequences",
    lede("The same comparison at each size; every model was fitted anew."),
    figure("vary-chart", (at) => varyChart({ what, sizes, lines, measure, format, times: share ? 100 : 1 }, at)),
    markup`<details><summary>In numbers</summary><div class="scroll" tabindex="0" role="region" aria-labelledby="vary"><table>
<thead><tr><th scope="col">Model</th>${sizes.map((size) => markup`<th scope="col">${count(size)}</th>`)}</tr></thead>
<tbody>${lines.map((line) => markup`<tr><th scope="row">${line.label}</th>${sizes.map((_, i) => markup`<td>${line.scores[i] === undefined ? "–" : format(line.scores[i])}</td>`)}</tr>\n`)}</tbody></table></div></details>
`,
  );
}

function place(order: readonly ModelName[], name: ModelName): number {
  const i = order.indexOf(name);
  return i === -1 ? order.length : i;
}
