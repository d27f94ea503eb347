import type { ComparisonResult, ModelResult } from "../../tasks/results.ts";
import { type LearningInput, learningAxis, learningChart } from "../charts/index.ts";
import { twice } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Markup, markup } from "../markup.ts";
import { modelColor, modelLabel } from "../names.ts";
import { keyClass, lede, modelKey, section } from "./parts.ts";

/** The learning curves of the cells side by side on one scale. */
export function learning(result: ComparisonResult): Markup | undefined {
  const cells = result.models.filter(
    (m) => m.history && (m.history.loss?.length ?? 0) + (m.history.valLoss?.length ?? 0) > 0,
  );
  if (cells.length === 0) return undefined;
  const keys = cells.map((m) => markup`<i class="part ${keyClass(m.name)}" aria-hidden="true"></i>`);
  const share = cells.some((m) => (m.history?.valAccuracy?.length ?? 0) > 0);
  return section(
    "learning",
    "How the cells learned",
    lede(
      "Loss after each epoch on the training and the validation part",
      result.data.kind === "series" ? ", measured on the scaled values the cells see" : "",
      ". Where the two part, a cell learns its training rows by heart; the weights kept are those of the marked epoch.",
    ),
    markup`<ul class="legend"><li>${keys}validation</li><li><i class="thin" aria-hidden="true"></i>training</li></ul>\n`,
    panels(cells, "loss", "valLoss"),
    share && panels(cells, "accuracy", "valAccuracy"),
  );
}

function panels(cells: readonly ModelResult[], what: "loss" | "accuracy", validation: string): Markup {
  const inputs = cells.map(
    (model): LearningInput => ({
      label: shorten(modelLabel(model.name), 20),
      color: modelColor(model.name),
      what,
      train: model.history?.[what] ?? [],
      validation: model.history?.[validation] ?? [],
      bestEpoch: model.bestEpoch,
    }),
  );
  const axis = learningAxis(inputs);
  return markup`<div class="panels">
${inputs.map(
  (input, i) =>
    markup`<figure><h3>${modelKey(cells[i])}${modelLabel(cells[i].name)}</h3>${twice(`${what}-${i}`, (place) => learningChart(input, axis, place), inputs.length < 3 ? 370 : 250)}</figure>\n`,
)}</div>
`;
}
