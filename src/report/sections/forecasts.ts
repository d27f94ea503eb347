import type { ComparisonResult, ModelResult } from "../../tasks/results.ts";
import {
  axisOf,
  describeForecast,
  type ForecastInput,
  overviewChart,
  panelChart,
  residualChart,
  zoomChart,
} from "../charts/index.ts";
import { figure, svg } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { modelColor, modelInSentence, modelLabel } from "../names.ts";
import { count } from "../numbers.ts";
import type { Summary } from "../summary.ts";
import { lede, modelKey, section } from "./parts.ts";

/** More test targets than this are not told apart at reading size. */
const ZOOM = 120;

/** Forecast against truth: the whole series, the test part at reading size, what was missed, and every model's forecast. */
export function forecasts(result: ComparisonResult, summary: Summary): Markup | undefined {
  const { series } = result;
  const pair = [summary.model, summary.baseline].filter(forecasting);
  if (!series || series.values.length < 2 || series.firstTest >= series.values.length || pair.length === 0)
    return undefined;
  const input = inputOf(result, pair);
  const first = pair[0];
  const to = Math.min(series.values.length, series.firstTest + ZOOM);
  const rows = to - series.firstTest;
  const part =
    rows < series.values.length - series.firstTest
      ? `The first ${count(rows)} targets of the test part`
      : "The test part";
  const what = pair.map((m) => modelInSentence(m.name)).join(" and ");
  return section(
    "forecasts",
    "Forecast and truth",
    lede("Each forecast was made from the values before it alone."),
    figure(
      "overview",
      (place) =>
        overviewChart({ ...input, lines: input.lines.slice(0, 1) }, place, {
          title: `The series with the forecasts of ${modelInSentence(first.name)}`,
          description: describeForecast({ ...input, lines: input.lines.slice(0, 1) }),
        }),
      filledCaption(series),
    ),
    markup`<h3>${part}</h3>\n`,
    figure("zoom", (place) =>
      zoomChart(input, to, place, { title: `${part}: forecasts of ${what}`, description: describeForecast(input) }),
    ),
    figure(
      "residuals",
      (place) =>
        residualChart(input, to, place, {
          title: `${part}: forecast less observation`,
          description: `The residuals of ${what}, one a target that is known.`,
        }),
      markup`What was missed: stems for ${modelInSentence(first.name)}${pair.length > 1 && markup`, rings for ${modelInSentence(pair[1].name)}`}. Stems on one side only would mean a bias; runs of one sign, a pattern not learned.`,
    ),
    everyModel(result, summary, to),
  );
}

/** What the dots in the gaps of the series are. */
function filledCaption({ filled = [] }: NonNullable<ComparisonResult["series"]>): Content {
  if (filled.length === 0) return undefined;
  const [one, were] = filled.length === 1 ? ["value is", "It was"] : ["values are", "They were"];
  return `Dotted: ${count(filled.length)} ${one} missing. ${were} filled in for the models to see and ${filled.length === 1 ? "is" : "are"} scored nowhere.`;
}

function everyModel(result: ComparisonResult, summary: Summary, to: number): Content {
  const models = summary.ranked.filter(forecasting);
  if (models.length < 3) return "";
  const axis = axisOf(inputOf(result, models), result.series!.firstTest, to);
  const panels = models.map((model, i) => {
    const input = inputOf(result, [model]);
    const chart = panelChart(
      input,
      to,
      axis,
      { id: `each-${i}`, width: 370 },
      { title: `Forecasts of ${modelInSentence(model.name)}`, description: describeForecast(input) },
    );
    return markup`<figure><h3>${modelKey(model)}${modelLabel(model.name)}</h3>${svg(chart, "panel")}</figure>\n`;
  });
  return markup`<details><summary>The forecasts of all ${models.length} models</summary>
<div class="panels two">
${panels}</div></details>
`;
}

function forecasting(model: ModelResult | undefined): model is ModelResult & { predictions: readonly number[] } {
  return model?.predictions !== undefined && model.predictions.length > 0;
}

function inputOf({ data, series }: ComparisonResult, models: readonly ModelResult[]): ForecastInput {
  return {
    ...series!,
    unit: shorten(data.unit ?? data.target ?? "", 40),
    lines: models.map((model) => ({
      label: shorten(modelLabel(model.name), 16),
      color: modelColor(model.name),
      dash: model.kind === "baseline" ? "5 3" : undefined,
      values: model.predictions!,
    })),
  };
}
