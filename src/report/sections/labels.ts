import type { ComparisonResult, WrongText } from "../../tasks/results.ts";
import { commonMistakes, confusionChart, MOST_CLASSES } from "../charts/index.ts";
import { figure } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Content, type Markup, markup, prose, value } from "../markup.ts";
import { modelFill, modelInSentence } from "../names.ts";
import { count, percent } from "../numbers.ts";
import type { Summary } from "../summary.ts";
import { lede, section } from "./parts.ts";

const SHOWN = 3;
const LONGEST = 1200;

/** What was taken for what, and the texts that misled the model most. */
export function labels(result: ComparisonResult, summary: Summary): Markup | undefined {
  const { confusion, worst } = result;
  const parts = [
    confusion && confusion.length > 0 && matrix(result, summary),
    worst && worst.length > 0 && texts(worst),
  ];
  return parts.some(Boolean) ? section("labels", "What was taken for what", parts) : undefined;
}

function matrix(result: ComparisonResult, summary: Summary): Content {
  const counts = result.confusion!;
  const names = result.data.labels ?? [];
  const model = summary.model?.name ?? result.comparison.model;
  const intro = lede(
    `Rows are the true classes, columns what ${modelInSentence(model)} predicted on the test part; each share is of the true class.`,
  );
  if (counts.length > MOST_CLASSES) {
    const rows = commonMistakes(counts, 15).map(
      (c) =>
        markup`<tr><td>${value(names[c.truth] ?? count(c.truth))}</td><td class="words">${value(names[c.predicted] ?? count(c.predicted))}</td><td>${count(c.rows)}</td><td>${percent(c.share)}</td></tr>`,
    );
    return [
      lede(`The mistakes ${modelInSentence(model)} made most often, among ${count(counts.length)} classes.`),
      markup`<div class="scroll"><table><thead><tr><th scope="col">True class</th><th scope="col" class="words">Predicted</th><th scope="col">Rows</th><th scope="col">Of the class</th></tr></thead><tbody>${rows}</tbody></table></div>\n`,
    ];
  }
  return [
    intro,
    figure("confusion", (place) =>
      confusionChart({ counts, labels: names, model: modelInSentence(model), color: modelFill(model) }, place),
    ),
  ];
}

function texts(worst: readonly WrongText[]): Content {
  const rest = worst.slice(SHOWN);
  return [
    markup`<h3>The most wrong texts</h3>\n<p class="lede">Those of which it was surest and mistaken. Read them: some are hard, some are labelled wrongly.</p>\n`,
    list(worst.slice(0, SHOWN)),
    rest.length > 0 && markup`<details><summary>${rest.length} more</summary>${list(rest)}</details>\n`,
  ];
}

function list(worst: readonly WrongText[]): Markup {
  const items = worst.map(
    ({ text, truth, predicted, probability }) =>
      markup`<li><div class="said"><b>${prose(truth)}</b>, taken for <b>${prose(predicted)}</b> with probability ${percent(probability)}</div><p dir="auto">${shorten(text, LONGEST)}</p></li>\n`,
  );
  return markup`<ul class="texts">${items}</ul>\n`;
}
