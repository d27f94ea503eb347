import { capital, measureWords } from "../../base/index.ts";
import type { ModelName } from "../../tasks/results.ts";
import { shorten } from "../inert.ts";
import { type Content, type Markup, markup, prose, value } from "../markup.ts";
import { modelLabel } from "../names.ts";
import { count, signed } from "../numbers.ts";
import { type StudyView, valueText } from "./view.ts";

/** What a reader in a hurry takes away: what can be said of the best, its score, the difference, the test part. */
export function studyHero(view: StudyView): Markup {
  const { result, name, measure, format } = view;
  const { finals, test, trials, ended } = result;
  const [first] = finals;
  const start = finals.find((one) => one.name === "default");
  const [best] = view.ranked;
  const verdict = result.verdict !== "" ? result.verdict : progress(view);
  const failed = trials.filter(({ status }) => status === "failed").length;
  const facts: Content[] = [
    first !== undefined
      ? fact(
          `Best, trained anew: ${finalName(first.name)}`,
          format(first.mean),
          `${measure}, ${first.scores.length === 1 ? "of one seed" : `mean of ${count(first.scores.length)} seeds`}`,
        )
      : best !== undefined && fact(`Best: trial ${best.id}`, format(best.best), measure),
    first !== undefined && start !== undefined && first !== start
      ? fact("Against the default", signed(first.mean - start.mean, format), `the default has ${format(start.mean)}`)
      : fact(
          "Trials",
          count(trials.length),
          `${count(trials.reduce((sum, { history }) => sum + history.length, 0))} epochs${failed > 0 ? `, ${count(failed)} failed` : ""}${ended === undefined ? ", under way" : ""}`,
        ),
    test !== undefined &&
      fact(
        `Test part, looked at ${test.looks === 1 ? "once" : `${count(test.looks)} times`}`,
        valueText(Object.values(test.scores)[0] ?? Number.NaN),
        `${measureWords(Object.keys(test.scores)[0] ?? "")} of ${finalName(test.name)}, seed ${test.seed}${besideText(test)}${test.looks === 1 ? "" : "; the search went on after the first look, so it may be a little too good"}`,
      ),
  ];
  return markup`<header>
<h1>${value(name)}: a search for hyperparameters</h1>
<p class="verdict${verdict.length > 120 && " long"}">${prose(capital(verdict))}</p>
<dl class="facts">${facts}</dl>
</header>
`;
}

/** The best baseline's score by the same measure. */
function besideText({ scores, beside }: NonNullable<StudyView["result"]["test"]>): string {
  const score = beside?.scores[Object.keys(scores)[0] ?? ""];
  if (beside === undefined || score === undefined) return "";
  return `; the best baseline, ${shorten(modelLabel(beside.baseline as ModelName), 40)}, has ${valueText(score)}`;
}

/** As it stands inside a sentence. */
export const finalName = (name: string): string => (name === "default" ? "the default" : name);

function fact(title: string, number: string, small: string): Markup {
  return markup`<div><dt>${prose(title)}</dt><dd>${number}<small>${prose(small)}</small></dd></div>`;
}

function progress({ result, scored, ranked, measure, format }: StudyView): string {
  const [best] = ranked;
  if (best === undefined) return "The search has no score yet.";
  const state = result.ended === undefined ? "The search is under way" : "The search has ended";
  const which =
    scored.length === 1
      ? `its only trial with a score, trial ${best.id}, has`
      : `of ${count(scored.length)} trials with a score, trial ${best.id} is the best, with`;
  return `${state}: ${which} a ${measure} of ${format(best.best)}. Nothing was trained anew yet, so part of that may be luck.`;
}
