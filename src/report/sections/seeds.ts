import type { ComparisonResult } from "../../tasks/results.ts";
import { seedsChart } from "../charts/index.ts";
import { figure } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Markup, markup, value } from "../markup.ts";
import { modelColor, modelLabel } from "../names.ts";
import { finite, type Summary } from "../summary.ts";
import { lede, section } from "./parts.ts";

/** `--seeds`: how much of a score is luck. */
export function seeds(result: ComparisonResult, summary: Summary): Markup | undefined {
  const { metric, metricLabel, baseline } = summary;
  const rows = summary.ranked.flatMap((model) => {
    const scores = (model.seeds ?? []).map((s) => finite(s[metric])).filter((s) => s !== undefined);
    const label = shorten(modelLabel(model.name), 20);
    return scores.length > 1 ? [{ label, color: modelColor(model.name), scores }] : [];
  });
  if (rows.length === 0) return undefined;
  const reference = baseline && summary.score(baseline, "test");
  const share = metric === "accuracy";
  const unit = share ? ", %" : summary.unit === "" ? "" : `, ${shorten(summary.unit, 30)}`;
  return section(
    "seeds",
    "How much is luck",
    lede(
      "The same training from other initial weights. A difference between cells smaller than this spread says nothing.",
    ),
    figure(
      "seeds",
      (place) =>
        seedsChart(
          {
            rows,
            reference:
              reference === undefined ? undefined : { label: modelLabel(result.comparison.baseline), score: reference },
            measure: `test ${metricLabel}${unit}`,
            format: summary.format,
            times: share ? 100 : 1,
          },
          place,
        ),
      markup`A dot for each seed, a stroke at the median${baseline && markup`, the dashed line at ${value(modelLabel(baseline.name))}`}.`,
    ),
  );
}
