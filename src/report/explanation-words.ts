import type { ExplainedRow, ExplainedStep, Explanation, GateSummary } from "../tasks/explanation.ts";
import { inertProse, shorten } from "./inert.ts";
import { columnFormat, count, fixed, percent, plain } from "./numbers.ts";

// What an explanation says in words, the same for pages and terminals.

/** What a gate does, for those who meet it for the first time. */
export const gateMeanings: Readonly<Record<string, { readonly title: string; readonly does: string }>> = {
  z: {
    title: "update z",
    does: "how much of its old state a unit keeps: at 1 nothing changes, at 0 the state is replaced",
  },
  r: {
    title: "reset r",
    does: "how much of the old state the new candidate looks at: at 0 it is made from the input alone",
  },
  i: { title: "input i", does: "how much of the new candidate enters the cell" },
  f: { title: "forget f", does: "how much of the old cell stays: at 1 all of it, at 0 nothing" },
  o: { title: "output o", does: "how much of the cell is shown to the layers behind" },
  h: { title: "state |h|", does: "how far the units' states are from zero; near 1 they can hardly move" },
};

export const gateTitle = (name: string): string => gateMeanings[name]?.title ?? name;

const whys: Readonly<Record<NonNullable<ExplainedRow["why"]>, string>> = {
  surest: "the surest right answer",
  surestWrong: "the surest wrong answer",
  mostDoubtful: "the most doubtful answer",
  worst: "the worst forecast",
  typical: "a typical error",
  last: "the last one known",
  closest: "the closest answer",
};

export const whyText = ({ why }: ExplainedRow, { data }: Explanation): string => {
  if (why === "worst" && data.kind !== "series") return "the worst answer";
  return why === undefined ? "" : whys[why];
};

/** "positive with probability 97 %, and so it is" */
export function answerText(row: ExplainedRow, { measure }: Explanation): string {
  const { answer, truth, confidence, values } = row;
  if (values) {
    const unit = measure.kind === "value" && measure.unit ? ` ${inertProse(measure.unit)}` : "";
    const format = columnFormat([values.answer, values.truth]);
    const known = values.truth === undefined ? "" : `, where ${format(values.truth)} is the truth`;
    return `${format(values.answer)}${unit}${known}`;
  }
  const judged =
    truth === undefined ? "" : truth === answer ? ", and right" : `, where "${shorten(truth, 40)}" is right`;
  return `"${shorten(answer, 40)}" with probability ${percent(confidence ?? 0)}${judged}`;
}

/** In what the contributions of a row are measured. */
export function measureText({ measure, data }: Explanation): string {
  if (measure.kind === "logOdds") return `log-odds of "${shorten(measure.label, 24)}"`;
  if (measure.kind === "logProbability") return "log of the answer's probability";
  return measure.unit === undefined ? shorten(data.target ?? "units of the answer", 40) : inertProse(measure.unit);
}

/** Whether a series was made one of changes. */
export const seesChanges = ({ data: { transform } }: Explanation): boolean =>
  transform !== undefined && /difference/i.test(transform);

/** What a step of a series is to the model: the change that ends there, or the value. */
export function stepText(explanation: Explanation): string {
  if (seesChanges(explanation)) return "this step's change";
  return explanation.data.transform === "log" ? "the logarithm of this step" : "this step's value";
}

const steps = (n: number): string => (n === 1 ? "1 step" : `${count(n)} steps`);

/** So many rows or fewer leave much to chance. */
const FEW_ROWS = 100;

/** How far back the memory reaches, as measured. */
export function memoryText({ memory, data }: Explanation): string {
  const { length, lengths, scores, metric, chance } = memory;
  const [one, all, most] = [scores[0], scores[scores.length - 1], lengths[lengths.length - 1]];
  const name = metric === "loss" ? "log loss" : "RMSE";
  const format = columnFormat([one, all]);
  const rows = data.kind === "texts" ? "texts" : data.kind === "series" ? "forecasts" : "rows";
  if (chance !== undefined) {
    const same = columnFormat([all, chance]);
    const more = memory.rows < FEW_ROWS ? ` So few ${rows} tell no more.` : "";
    return `How far back the memory reaches cannot be told: on these ${count(memory.rows)} ${rows} the model is not clearly better than one answer to all of them. With all ${steps(most)} its ${name} is ${same(all)}, that of the one answer ${same(chance)}.${more}`;
  }
  if (length === undefined) {
    return `Shown the last step alone the model does as well as with all ${steps(most)} (${name} ${format(one)} and ${format(all)} on ${count(memory.rows)} ${rows}): nothing before it helps here.`;
  }
  const falls = `the ${name} on ${count(memory.rows)} ${rows} falls from ${format(one)} with one step to ${format(all)} with all of them`;
  if (length === most) return `All ${count(most)} steps count: ${falls}.`;
  return `The last ${steps(length)} give 95 % of what all ${count(most)} give: ${falls}.`;
}

/** The half-life of the unit in the middle and of the one that holds longest. */
export function halfLifeText({ layer, halfLives }: GateSummary): string {
  if (!halfLives)
    return `The cell of "${shorten(layer, 40)}" has no gate that holds its state: each step writes it anew.`;
  const list = halfLives.steps;
  const middle = list[Math.floor(list.length / 2)];
  const longest = list[list.length - 1];
  return `By its gate ${halfLives.gate} half of the units of "${shorten(layer, 40)}" have lost half of what they held after ${lifeText(middle)}, those that hold on longest after ${lifeText(longest)}.`;
}

export const lifeText = (life: number): string =>
  life >= 1e6 ? "more than a million steps" : life < 10 ? `${fixed(life, 1)} steps` : `${plain(life)} steps`;

/** The steps that weigh most when left out, the heaviest first, with their places from 1; padding is left out. */
export function heaviest(
  { steps }: ExplainedRow,
  most: number,
): readonly (ExplainedStep & { readonly place: number })[] {
  return steps
    .map((step, i) => ({ ...step, place: i + 1 }))
    .filter(({ text }) => text !== "")
    .sort((a, b) => Math.abs(b.occlusion) - Math.abs(a.occlusion))
    .slice(0, most);
}
