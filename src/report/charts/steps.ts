import type { Course, ExplainedStep, MemoryCurve } from "../../tasks/explanation.ts";
import { shorten } from "../inert.ts";
import { columnFormat, count, fixed, plain } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import type { ChartLabel } from "../serialize.ts";
import {
  endLabels,
  framed,
  isNarrow,
  leftMargin,
  type Place,
  scaleOf,
  textWidth,
  widest,
  xAxis,
  yAxis,
} from "./frame.ts";
import { stepNames } from "./step-names.ts";
import { type Axis, linearAxis, positiveAxis } from "./ticks.ts";

// Charts of one row, step by step. They share their margins, so that a step stands at one place in all of them.

const LEFT = 58;
const RIGHT = 92;

/** The horizontal axis of steps: a name under each, or under as many as have room. */
function stepAxis(steps: readonly ExplainedStep[], width: number, told: readonly number[]) {
  const named = stepNames(steps.map(({ text }) => text));
  const names = named.map(({ text }) => shorten(text, 12));
  const slot = width / Math.max(1, steps.length);
  const shown: number[] = [];
  const free = (step: number) =>
    shown.every((other) => Math.abs(other - step) * slot > (textWidth(names[step]) + textWidth(names[other])) / 2 + 6);
  const order = [...steps.keys()].filter((step) => named[step].day).concat(told);
  for (const step of order) if (names[step] !== "" && free(step)) shown.push(step);
  return Plot.text(shown, {
    x: (step: number) => step,
    text: (step: number) => names[step],
    frameAnchor: "bottom",
    lineAnchor: "top",
    dy: 8,
    fill: "var(--soft)",
  });
}

/** Steps in the order in which they are named: for a series from its end at even distances, else the heaviest first. */
export function toldSteps(steps: readonly ExplainedStep[]): number[] {
  const all = [...steps.keys()];
  if (steps.some(({ value }) => value !== undefined)) return all.reverse();
  return all.sort((a, b) => Math.abs(steps[b].occlusion) - Math.abs(steps[a].occlusion));
}

const marginsFor = (place: Place, bottom: number) => ({
  top: 34,
  right: isNarrow(place) ? 14 : RIGHT,
  bottom,
  left: LEFT,
});

const stepScale = (steps: number) => ({ type: "linear", domain: [-0.5, Math.max(0.5, steps - 0.5)] }) as const;

/** The part of a series that the model saw. */
export function curveChart(
  steps: readonly ExplainedStep[],
  place: Place,
  label: { unit: string; title: string },
): string {
  const margins = marginsFor(place, 34);
  const axis = linearAxis(
    steps.map(({ value }) => value ?? Number.NaN),
    { count: 4 },
  );
  const points = steps.map(({ value, text }, step) => ({ step, value: value ?? Number.NaN, text }));
  const width = place.width - margins.left - margins.right;
  return draw(
    {
      id: place.id,
      title: label.title,
      description: `From ${plain(points[0].value)} to ${plain(points[points.length - 1].value)}.`,
    },
    framed(place, 190, margins, {
      x: stepScale(steps.length),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, label.unit, margins.left),
        stepAxis(steps, width, toldSteps(steps)),
        Plot.lineY(points, { x: "step", y: "value", stroke: "var(--ink)", strokeWidth: 1.75 }),
        Plot.dot(points, {
          x: "step",
          y: "value",
          r: points.length > 60 ? 1.5 : 3,
          fill: "var(--ink)",
          title: ({ text, value }: { text: string; value: number }) => `${shorten(text, 24)}: ${plain(value)}`,
        }),
      ],
    }),
  );
}

/** What each step contributes: a bar for leaving it out, a ring for the gradient. */
export function contributionsChart(steps: readonly ExplainedStep[], place: Place, measure: string): string {
  const margins = marginsFor(place, 34);
  const values = steps.flatMap(({ occlusion, gradient }) => [occlusion, gradient]);
  const axis = linearAxis(values, { count: 4, zero: true });
  const width = place.width - margins.left - margins.right;
  const format = columnFormat(values);
  const points = steps.map((step, i) => ({ ...step, step: i }));
  const thick = Math.min(0.4, 14 / (width / steps.length));
  const heaviest = toldSteps(steps.map(({ value: _, ...step }) => step)).slice(0, 3);
  const described = heaviest.map((i) => `${shorten(steps[i].text, 20)} ${format(steps[i].occlusion)}`).join(", ");
  return draw(
    {
      id: place.id,
      title: `Contribution of each step: ${measure}`,
      description: `The heaviest when left out: ${described}.`,
    },
    framed(place, 210, margins, {
      x: stepScale(steps.length),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, measure, margins.left),
        stepAxis(steps, width, toldSteps(steps)),
        Plot.ruleY([0], { stroke: "var(--soft)" }),
        Plot.rectY(points, {
          x1: ({ step }: { step: number }) => step - thick,
          x2: ({ step }: { step: number }) => step + thick,
          y1: 0,
          y2: "occlusion",
          fill: ({ occlusion }: ExplainedStep) => (occlusion >= 0 ? "var(--gru)" : "var(--lstm)"),
          title: ({ text, occlusion, gradient }: ExplainedStep) =>
            `${shorten(text, 24)}: left out ${format(occlusion)}, gradient ${format(gradient)}`,
        }),
        Plot.dot(steps.length > 80 ? [] : points, {
          x: "step",
          y: "gradient",
          r: 3,
          stroke: "var(--ink)",
          strokeWidth: 1.25,
        }),
      ],
    }),
  );
}

const gateColors: Readonly<Record<string, string>> = {
  z: "var(--gru)",
  f: "var(--gru)",
  r: "var(--lstm)",
  i: "var(--lstm)",
  o: "var(--rnn)",
  h: "var(--rnn)",
};

/** The gates of a layer over the steps of a row: the mean of the units, and the band that eight in ten lie in. */
export function gatesChart(
  gates: Readonly<Record<string, Course>>,
  steps: readonly ExplainedStep[],
  place: Place,
  label: Omit<ChartLabel, "id"> & { readonly names: Readonly<Record<string, string>> },
): string {
  const margins = marginsFor(place, 34);
  const axis: Axis = { ...linearAxis([0, 1], { count: 4, tight: true }), format: (value) => fixed(value, 1) };
  const height = isNarrow(place) ? 190 : 220;
  const width = place.width - margins.left - margins.right;
  const lines = Object.entries(gates).map(([name, course]) => ({
    name,
    course,
    color: gateColors[name] ?? "var(--soft)",
  }));
  const places = ({ mean, low, high }: Course) =>
    mean.map((value, step) => ({ step, value, low: low[step], high: high[step] }));
  const ends = lines.map(({ name, course, color }) => ({
    text: label.names[name] ?? name,
    color,
    at: course.mean.at(-1) ?? 0,
  }));
  return draw(
    { id: place.id, title: label.title, description: label.description },
    framed(place, height, margins, {
      x: stepScale(steps.length),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        stepAxis(steps, width, toldSteps(steps)),
        ...lines.map(({ course, color }) =>
          Plot.areaY(places(course), { x: "step", y1: "low", y2: "high", fill: color, fillOpacity: 0.13 }),
        ),
        ...lines.map(({ course, color }) =>
          Plot.lineY(places(course), { x: "step", y: "value", stroke: color, strokeWidth: 2 }),
        ),
        ...(isNarrow(place) ? [] : endLabels(ends, axis, height, margins)),
      ],
    }),
  );
}

/** The score against the number of steps that the model is shown. */
export function memoryChart(
  { lengths, scores, length, metric, rows }: MemoryCurve,
  place: Place,
  unit: string,
): string {
  const axis = positiveAxis(scores, { count: 4 });
  const label = `${metric === "loss" ? "log loss" : `RMSE${unit === "" ? "" : `, ${unit}`}`} over ${count(rows)} rows`;
  const margins = { top: 34, right: 16, bottom: 52, left: leftMargin(axis) };
  const points = lengths.map((steps, i) => ({ steps, score: scores[i] }));
  const last = lengths[lengths.length - 1];
  const log = last > 8;
  const share = (n: number) => (log ? Math.log(n) / Math.log(last) : (n - 1) / Math.max(1, last - 1));
  const whole = { domain: [1, Math.max(2, last)] as const, ticks: lengths, format: count, log, share };
  const width = place.width - margins.left - margins.right;
  const shown: number[] = [];
  for (const n of [...(length === undefined ? [] : [length]), last, ...lengths]) {
    if (shown.every((other) => Math.abs(share(other) - share(n)) * width > widest([count(other), count(n)]) + 6))
      shown.push(n);
  }
  const reached = points.filter(({ steps }) => steps === length);
  const right = reached.length > 0 && share(reached[0].steps) > 0.6;
  return draw(
    {
      id: place.id,
      title: "The score with the last steps alone",
      description: points.map(({ steps, score }) => `${count(steps)}: ${plain(score)}`).join(", "),
    },
    framed(place, 240, margins, {
      x: { ...scaleOf(whole), inset: 6 },
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, label, margins.left),
        xAxis({ ticks: shown, format: count }),
        Plot.text(["steps shown"], { frameAnchor: "bottom-right", textAnchor: "end", dy: 46, fill: "var(--soft)" }),
        Plot.ruleX(reached, { x: "steps", stroke: "var(--gru)", strokeDasharray: "2 3" }),
        Plot.lineY(points, { x: "steps", y: "score", stroke: "var(--gru)", strokeWidth: 2.25 }),
        Plot.dot(points, {
          x: "steps",
          y: "score",
          r: 3.5,
          fill: "var(--gru)",
          title: ({ steps, score }: { steps: number; score: number }) => `${count(steps)} steps: ${plain(score)}`,
        }),
        Plot.text(reached, {
          x: "steps",
          text: ({ steps }: { steps: number }) => (steps === 1 ? "1 step" : `${count(steps)} steps`),
          frameAnchor: "top",
          textAnchor: right ? "end" : "start",
          dx: right ? -6 : 6,
          fill: "var(--gru)",
          fontWeight: 600,
          stroke: "var(--paper)",
          strokeWidth: 4,
        }),
      ],
    }),
  );
}

/** The half-lives of a layer's units, in rising order. */
export function halfLifeChart(halfLives: readonly number[], place: Place, label: Omit<ChartLabel, "id">): string {
  const axis = positiveAxis(halfLives, { count: 4 });
  const margins = { top: 34, right: 16, bottom: 40, left: leftMargin(axis) };
  const points = halfLives.map((steps, i) => ({ unit: i + 1, steps }));
  return draw(
    { id: place.id, ...label },
    framed(place, 210, margins, {
      x: { type: "linear", domain: [0.5, halfLives.length + 0.5] },
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "half-life in steps", margins.left),
        Plot.text([`${count(halfLives.length)} units, the most forgetful first`], {
          frameAnchor: "bottom-right",
          textAnchor: "end",
          dy: 28,
          fill: "var(--soft)",
        }),
        Plot.dot(points, {
          x: "unit",
          y: "steps",
          r: halfLives.length > 150 ? 1.75 : 3,
          fill: "var(--gru)",
          title: ({ steps }: { steps: number }) => `${plain(steps)} steps`,
        }),
      ],
    }),
  );
}
