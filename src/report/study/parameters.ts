import { importanceChart, sliceAxis, sliceChart } from "../charts/index.ts";
import { figure, twice } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Markup, markup, value } from "../markup.ts";
import { count, fixed } from "../numbers.ts";
import { lede, section } from "../sections/parts.ts";
import { isLong } from "./search.ts";
import { type StudyView, valueText } from "./view.ts";

type Parameter = StudyView["result"]["space"][number];

/** Of a choice of numbers so many are shown side by side; more lie on a scale. */
const MOST_NAMED = 8;
const LITTLE = 0.1;

/** How much each hyperparameter decides. */
export function importanceSection({ result, measure }: StudyView): Markup | undefined {
  const { importance } = result;
  if (importance === undefined) return undefined;
  const { explained, configurations, parameters } = importance;
  const trust =
    explained < LITTLE
      ? `Of configurations that it has not seen it explains next to nothing (${fixed(Math.max(0, explained), 2)} of 1), so take the bars for noise.`
      : `Of configurations that it has not seen it explains ${fixed(explained, 2)} of 1.`;
  return section(
    "importance",
    "What decides",
    lede(
      `From ${count(configurations)} configurations a random forest learned their rank by ${measure} among those trained as long. ${trust} A bar is what it loses when the values of one hyperparameter are shuffled among the trials: about 0 where that does not matter.`,
    ),
    figure("importance", (place) =>
      importanceChart(
        parameters.map(({ name, lost }) => ({ label: shorten(name, 24), lost })),
        place,
      ),
    ),
  );
}

/** The scores over the values of each hyperparameter. */
export function slicesSection(view: StudyView): Markup | undefined {
  const panels = view.result.space
    .map((parameter, i) => slice(view, parameter, i))
    .filter((panel) => panel !== undefined);
  if (panels.length === 0) return undefined;
  return section(
    "slices",
    "One by one",
    lede(
      `The ${view.measure} of the trials over each hyperparameter. Dots are fainter where a trial was trained for fewer epochs, so compare those of one strength.`,
    ),
    markup`<div class="panels">\n${panels}</div>\n`,
  );
}

function slice(view: StudyView, parameter: Parameter, index: number): Markup | undefined {
  const { name, kind, values: listed, sampling } = parameter;
  const own = view.scored.filter(({ values }) => Object.hasOwn(values, name));
  if (new Set(own.map(({ values }) => values[name])).size < 2) return undefined;
  const named =
    kind === "choice" || kind === "boolean" || (listed !== undefined && listed.length <= MOST_NAMED)
      ? (listed ?? [])
      : undefined;
  const place = (one: (typeof own)[number]): number =>
    named === undefined ? Number(one.values[name]) : named.indexOf(one.values[name]);
  const points = own
    .map((one) => ({ id: one.id, at: place(one), score: one.best, full: isLong(view, one.epochs) }))
    .filter(({ at }) => named === undefined || at >= 0);
  const texts = named?.map((one) => shorten(valueText(one), 12));
  const axis = sliceAxis(
    points.map(({ at }) => at),
    { named: texts, log: sampling === "log" },
  );
  const label = shorten(name, 40);
  return markup`<figure><h3>${value(label)}</h3>${twice(`slice-${index}`, (where) => sliceChart({ label, measure: view.measure, points, named: texts }, axis, view.axis, where), 250)}</figure>\n`;
}
