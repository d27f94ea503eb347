import type { ComparisonResult, ModelResult } from "../../tasks/results.ts";
import { type Content, type Markup, markup, prose, value } from "../markup.ts";
import { modelLabel } from "../names.ts";
import type { Summary } from "../summary.ts";
import { modelKey } from "./parts.ts";

/** What a reader in a hurry takes away: the verdict, the two scores, their difference. */
export function hero(result: ComparisonResult, summary: Summary): Markup {
  const { comparison } = result;
  const { model, baseline, formatDifference } = summary;
  const points = summary.metric === "accuracy" ? " points" : "";
  const facts: Content[] = [
    model && fact(markup`${modelKey(model)}Best cell: ${modelLabel(model.name)}`, model, summary),
    baseline && fact(markup`${modelKey(baseline)}Best baseline: ${modelLabel(baseline.name)}`, baseline, summary),
    Number.isFinite(comparison.difference) &&
      markup`<div><dt>Difference</dt><dd>${formatDifference(comparison.difference)}${points}<small>95\u00a0% interval ${formatDifference(comparison.low)} to ${formatDifference(comparison.high)}</small></dd></div>`,
  ];
  return markup`<header>
<h1>${value(result.data.name)}: recurrent cells and baselines compared</h1>
<p class="verdict${result.verdict.length > 120 && " long"}">${prose(result.verdict)}</p>
<dl class="facts">${facts}</dl>
</header>
`;
}

function fact(title: Content, model: ModelResult, summary: Summary): Markup {
  const score = summary.score(model, "test");
  const seeds = model.seeds && model.seeds.length > 1 ? `, median of ${model.seeds.length} seeds` : "";
  const unit = summary.unit === "" ? "" : markup`, ${value(summary.unit)}`;
  return markup`<div><dt>${title}</dt><dd>${score === undefined ? "–" : summary.format(score)}<small>test ${summary.metricLabel}${unit}${seeds}</small></dd></div>`;
}
