import { capital } from "../../base/index.ts";
import type { ComparisonResult, ModelResult, Scores } from "../../tasks/results.ts";
import { type DifferenceRow, differencesChart } from "../charts/index.ts";
import { figure } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Content, type Markup, markup, value } from "../markup.ts";
import { modelColor, modelInSentence, modelLabel, modelMeaning } from "../names.ts";
import { columnFormat, count, seconds } from "../numbers.ts";
import { finite, metricLabel, type Summary } from "../summary.ts";
import { lede, modelKey, section } from "./parts.ts";

interface Column {
  readonly title: Content;
  readonly name: string;
  cell(model: ModelResult): Content;
}

/** Every model in one table, and its distance to the best baseline as a chart. */
export function scores(result: ComparisonResult, summary: Summary): Markup {
  const columns = columnsOf(result, summary);
  const rows = summary.ranked.map((model) => {
    const best = summary.best.includes(model);
    const label = markup`<th scope="row" role="rowheader">${modelKey(model)}${modelLabel(model.name)}${best && markup`<span class="tag">best</span>`}<small class="extra">${modelMeaning(model.name, result.data.kind)}</small><small class="phone">${count(model.parameters)} ${model.parameters === 1 ? "parameter" : "parameters"}, ${seconds(model.seconds)} s</small></th>`;
    const cells = columns.map((column) => markup`<td role="cell" class="${column.name}">${column.cell(model)}</td>`);
    return markup`<tr role="row" class="${model.kind === "baseline" ? "baseline" : "recurrent"}${best ? " best" : ""}">${label}${cells}</tr>\n`;
  });
  const unit = summary.unit === "" ? "" : markup` Errors are in ${value(summary.unit)}.`;
  return section(
    "scores",
    "The comparison",
    lede(
      `All models saw the same training part and are judged on the same ${count(result.split.scored ?? result.split.test)} test ${result.data.kind === "series" ? "targets" : "rows"}; the best on it stand first.`,
      unit,
    ),
    // The roles are stated because the style of phones lays rows out as blocks, which takes them away in some browsers.
    markup`<div class="scroll" tabindex="0" role="region" aria-labelledby="scores"><table role="table" class="scores">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Model</th>${columns.map(({ title, name }) => markup`<th scope="col" role="columnheader" class="${name}">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows}</tbody></table></div>
`,
    chart(result, summary),
  );
}

function columnsOf(result: ComparisonResult, summary: Summary): Column[] {
  const { metric, metricLabel: label, formatDifference } = summary;
  const second: keyof Scores = metric === "accuracy" ? "loss" : metric === "mae" ? "rmse" : "mae";
  const extra = columnFormat(result.models.map((m) => m.test[second]));
  const columns: Column[] = [
    { title: "Parameters", name: "extra", cell: (m) => count(m.parameters) },
    { title: "Seconds", name: "extra", cell: (m) => seconds(m.seconds) },
    { title: `Validation ${label}`, name: "", cell: (m) => shown(summary.score(m, "validation"), summary.format) },
    { title: `Test ${label}`, name: "main", cell: (m) => shown(summary.score(m, "test"), summary.format) },
  ];
  if (result.models.some((m) => finite(m.test[second]) !== undefined)) {
    columns.push({
      title: `Test ${metricLabel(second)}`,
      name: "extra",
      cell: (m) => shown(finite(m.test[second]), extra),
    });
  }
  const baseline = modelLabel(result.comparison.baseline);
  columns.push({
    title: markup`Against ${baseline}${metric === "accuracy" ? ", points" : ""}`,
    name: "",
    cell: (m) => {
      if (m.name === result.comparison.baseline) return "reference";
      const d = summary.difference(m);
      if (!d) return "–";
      const interval = d.low !== undefined && d.high !== undefined;
      return markup`${formatDifference(d.difference)}${interval && markup`<small>${formatDifference(d.low!)} to ${formatDifference(d.high!)}</small>`}`;
    },
  });
  return columns;
}

function shown(score: number | undefined, format: (value: number) => string): string {
  return score === undefined ? "–" : format(score);
}

function chart(result: ComparisonResult, summary: Summary): Content {
  const rows = summary.ranked.flatMap((model): DifferenceRow[] => {
    const d = summary.difference(model);
    if (!d || !Number.isFinite(d.difference)) return [];
    const label = shorten(modelLabel(model.name), 20);
    return [
      { label, color: modelColor(model.name), difference: d.difference, low: finite(d.low), high: finite(d.high) },
    ];
  });
  if (rows.length === 0) return "";
  const share = summary.metric === "accuracy";
  const measure = share
    ? "accuracy, points"
    : `${summary.metricLabel}${summary.unit === "" ? "" : `, ${shorten(summary.unit, 30)}`}`;
  const baseline = modelInSentence(result.comparison.baseline);
  return figure(
    "differences",
    (place) =>
      differencesChart(
        { rows, baseline, higherIsBetter: share, measure, format: summary.formatDifference, times: share ? 100 : 1 },
        place,
      ),
    markup`${capital(measure.split(",")[0])} of each model less that of ${baseline}${share ? ", in points" : summary.unit === "" ? "" : markup`, in ${value(summary.unit)}`}. Bars are 95\u00a0% intervals: one that crosses the line leaves open which of the two is better.`,
  );
}
