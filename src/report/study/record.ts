import { type Content, type Markup, markup, prose, value } from "../markup.ts";
import { count } from "../numbers.ts";
import { section } from "../sections/parts.ts";
import { dateText } from "../sections/record.ts";
import { type StudyView, valueText } from "./view.ts";

type Parameter = StudyView["result"]["space"][number];

/** What was searched and how, completely enough to do it again. */
export function studyRecord({ result, name }: StudyView): Markup {
  const { space, searcher, objective, seed, about, date, ended, trials, test } = result;
  const { name: search, ...options } = searcher;
  const seconds = trials.reduce((sum, trial) => sum + trial.seconds, 0);
  const rows: [string, Content][] = [
    ["Search", prose([search, ...Object.entries(options).map(([key, one]) => `${key} ${one}`)].join(", "))],
    ["Objective", [value(objective.name), objective.direction === "min" ? ", the least" : ", the largest"]],
    ["Seed", count(seed)],
    [
      "Trained",
      `${count(trials.reduce((sum, { history }) => sum + history.length, 0))} epochs in ${duration(seconds)}`,
    ],
    ["Ended", ended === undefined ? "not yet" : prose(Object.hasOwn(ENDINGS, ended) ? ENDINGS[ended] : ended)],
    [
      "Test part",
      test === undefined
        ? "not looked at"
        : `looked at ${test.looks === 1 ? "once" : `${count(test.looks)} times`}, by the ledger`,
    ],
    ["Begun", value(dateText(date))],
    ["Study", value(name)],
  ];
  const varied = space.map(
    (parameter) =>
      markup`<tr><th scope="row">${value(parameter.name)}</th><td class="words">${prose(range(parameter))}</td><td class="words">${value(valueText(parameter.default))}</td><td class="words">${prose(when(parameter))}</td></tr>\n`,
  );
  const scoped = space.some(({ conditions }) => conditions.length > 0);
  return section(
    "record",
    "What was searched",
    markup`<dl class="record">${rows.map(([term, content]) => markup`<dt>${term}</dt><dd>${content}</dd>\n`)}</dl>
<h3>What could vary</h3>
<div class="scroll"><table><thead><tr><th scope="col">Hyperparameter</th><th scope="col" class="words">Values</th><th scope="col" class="words">Default</th><th scope="col" class="words">${scoped && "Only where"}</th></tr></thead><tbody>${varied}</tbody></table></div>\n`,
    Object.keys(about).length > 0 &&
      markup`<h3>What stayed as it was</h3>
<dl class="settings">${Object.entries(about).map(([key, one]) => markup`<div><dt>${value(key)}</dt><dd>${value(String(one))}</dd></div>\n`)}</dl>\n`,
    markup`<footer>Made by Gruvy from the study's ledger. This file stands alone: it loads nothing and runs nothing.</footer>\n`,
  );
}

const ENDINGS: Readonly<Record<string, string>> = {
  done: "all that was planned was done",
  trials: "the trials were used up",
  epochs: "the epochs were used up",
  seconds: "the time was used up",
  interrupted: "interrupted",
};

function range({ kind, values = [], minValue, maxValue, sampling }: Parameter): string {
  if (kind === "fixed") return `always ${valueText(values[0] ?? "")}`;
  if (kind === "boolean") return "yes or no";
  if (kind === "choice" || (values.length > 0 && values.length <= 8)) {
    const shown = values.slice(0, 12).map(valueText).join(", ");
    return values.length > 12 ? `${shown} and ${count(values.length - 12)} more` : shown;
  }
  const step = values.length > 0 ? `, ${count(values.length)} values` : "";
  return `${valueText(minValue ?? Number.NaN)} to ${valueText(maxValue ?? Number.NaN)}${step}${sampling === "log" ? ", by factors" : ""}`;
}

const when = ({ conditions }: Parameter): string =>
  conditions.map(({ parent, values }) => `${parent} is ${values.map(valueText).join(" or ")}`).join(" and ");

function duration(seconds: number): string {
  if (seconds < 1.5) return "1 second";
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}
