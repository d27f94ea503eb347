import { shorten } from "../inert.ts";
import { count, plain } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import type { ChartLabel } from "../serialize.ts";
import { endLabels, framed, heading, isNarrow, leftMargin, type Place, scaleOf, widest, yAxis } from "./frame.ts";
import { thin } from "./thin.ts";
import { type Axis, extent, linearAxis } from "./ticks.ts";
import { type TimeAxis, timeAxis } from "./time.ts";

/** One model's forecasts: the first is for row `firstTest` of the series. */
export interface ForecastLine {
  readonly label: string;
  readonly color: string;
  /** Dashes and gaps in pixels; a solid line without. */
  readonly dash?: string;
  readonly values: readonly number[];
}

export interface ForecastInput {
  readonly values: readonly number[];
  readonly dates?: readonly string[];
  /** The row of the first forecast. */
  readonly firstTest: number;
  /** The rows whose values were missing and filled in: nobody observed them. */
  readonly filled?: readonly number[];
  readonly lines: readonly ForecastLine[];
  /** What the vertical axis measures. */
  readonly unit: string;
}

interface Point {
  readonly row: number;
  readonly value: number;
}

const OBSERVED = "Observed";

/** The whole series with its test part shaded and the forecasts over it. */
export function overviewChart(input: ForecastInput, place: Place, label: Omit<ChartLabel, "id">): string {
  const rows = input.values.length;
  const { time, axis, margins, width } = stageOf(input, 0, rows, place);
  const height = isNarrow(place) ? 240 : 300;
  const first = Math.max(0, input.firstTest - 0.5);
  const share = (rows - 1 - first) / Math.max(1, rows - 1);
  const caption = share * width > 30 ? "test part" : "";
  const start = time.at(Math.min(rows - 1, input.firstTest));
  return draw(
    { id: place.id, ...label },
    framed(place, height, margins, {
      x: time.scale,
      y: scaleOf(axis),
      marks: [
        Plot.rect([0], {
          x1: start,
          x2: time.at(rows - 1),
          y1: axis.domain[0],
          y2: axis.domain[1],
          fill: "var(--shade)",
        }),
        ...yAxis(axis, input.unit, margins.left),
        time.axis(isNarrow(place)),
        Plot.text([caption], { x: start, frameAnchor: "top", textAnchor: "start", dy: -18, fill: "var(--soft)" }),
        ...observedLines(input, 0, rows, time, width),
        ...input.lines.map((line) => forecastLine(line, input.firstTest, rows, time, width)),
        ...names(input, rows, axis, height, margins),
      ],
    }),
  );
}

/** Some rows of the test part at reading size, each observation with its numbers as a tooltip. */
export function zoomChart(input: ForecastInput, to: number, place: Place, label: Omit<ChartLabel, "id">): string {
  const from = input.firstTest;
  const { time, axis, margins, width } = stageOf(input, from, to, place);
  const height = isNarrow(place) ? 250 : 320;
  const points = pointsOf(input, from, to).filter(({ value }) => Number.isFinite(value));
  const said = ({ row, value }: Point) => {
    const forecasts = input.lines.map((line) => `${line.label} ${plain(line.values[row - from])}`);
    return [`${shorten(time.name(row), 24)}: observed ${plain(value)}`, ...forecasts].join(", ");
  };
  return draw(
    { id: place.id, ...label },
    framed(place, height, margins, {
      x: time.scale,
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, input.unit, margins.left),
        time.axis(isNarrow(place)),
        ...input.lines.map((line) => forecastLine(line, from, to, time, width)).reverse(),
        ...observedLines(input, from, to, time, width),
        Plot.dot(points, {
          x: ({ row }: Point) => time.at(row),
          y: "value",
          r: points.length > 60 ? 1.5 : 3,
          fill: "var(--ink)",
          title: said,
        }),
        ...names(input, to, axis, height, margins),
      ],
    }),
  );
}

/** One model's forecasts in small, beside the same of other models: `axis` makes their heights compare. */
export function panelChart(input: ForecastInput, to: number, axis: Axis, place: Place, label: Omit<ChartLabel, "id">) {
  const from = input.firstTest;
  const time = timeAxis(input.dates, from, to);
  const margins = { top: 8, right: 12, bottom: 44, left: leftMargin(axis) };
  return draw(
    { id: place.id, ...label },
    framed(place, 170, margins, {
      x: time.scale,
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        time.axis(true),
        ...input.lines.map((line) => forecastLine({ ...line, dash: undefined }, from, to, time, place.width)),
        ...observedLines(input, from, to, time, place.width),
      ],
    }),
  );
}

/** Forecast less observation over the same rows: stems for the first line, hollow dots for the second. */
export function residualChart(input: ForecastInput, to: number, place: Place, label: Omit<ChartLabel, "id">): string {
  const from = input.firstTest;
  const time = timeAxis(input.dates, from, to);
  const residuals = input.lines.slice(0, 2).map((line) =>
    pointsOf(input, from, to)
      .map(({ row, value }) => ({ row, value: line.values[row - from] - value }))
      .filter(({ value }) => Number.isFinite(value)),
  );
  const height = isNarrow(place) ? 180 : 200;
  const axis = linearAxis(
    residuals.flat().map((p) => p.value),
    { count: 4, zero: true },
  );
  const margins = { ...marginsOf(input, axis, place), bottom: 44, left: leftMargin(axis) };
  const x = ({ row }: Point) => time.at(row);
  const [own, other] = residuals;
  const color = input.lines[0]?.color;
  const many = to - from > 60;
  return draw(
    { id: place.id, ...label },
    framed(place, height, margins, {
      x: time.scale,
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        heading(`Forecast \u2212 observed${input.unit === "" ? "" : `, ${input.unit}`}`, margins.left),
        time.axis(isNarrow(place)),
        Plot.ruleY([0], { stroke: "var(--soft)" }),
        Plot.dot(other ?? [], { x, y: "value", r: many ? 1.5 : 3, stroke: input.lines[1]?.color ?? "none" }),
        Plot.ruleX(own ?? [], { x, y1: 0, y2: "value", stroke: color, strokeWidth: many ? 1 : 2 }),
        Plot.dot(own ?? [], { x, y: "value", r: many ? 1.5 : 3.5, fill: color }),
      ],
    }),
  );
}

/** The vertical axis that holds the observations and all forecasts of some rows. */
export function axisOf({ values, lines, firstTest }: ForecastInput, from: number, to: number): Axis {
  const shown = lines.flatMap((line) => line.values.slice(0, to - firstTest));
  const [low, high] = extent([...extent(values.slice(from, to)), ...extent(shown)]);
  // Zero belongs to the picture of a quantity that comes near it.
  return linearAxis([low, high], { zero: low >= 0 && low < 0.4 * high });
}

/** What a chart of some rows is drawn on, in the room that the names of the lines leave. */
function stageOf(input: ForecastInput, from: number, to: number, place: Place) {
  const axis = axisOf(input, from, to);
  const margins = marginsOf(input, axis, place);
  const width = place.width - margins.left - margins.right;
  return { time: timeAxis(input.dates, from, to), axis, margins, width };
}

function marginsOf({ lines }: ForecastInput, axis: Axis, place: Place) {
  const labels = widest([OBSERVED, ...lines.map((line) => line.label)]);
  return { top: 34, right: labels + (isNarrow(place) ? 6 : 12), bottom: 44, left: leftMargin(axis) };
}

/** What was observed in some rows; NaN where a value was filled in. */
function pointsOf({ values, filled }: ForecastInput, from: number, to: number): Point[] {
  const unknown = new Set(filled);
  return values
    .slice(from, to)
    .map((value, i) => ({ row: from + i, value: unknown.has(from + i) ? Number.NaN : value }));
}

/** What was filled in, from the observation before to the one behind; NaN elsewhere. */
function filledPoints({ values, filled = [] }: ForecastInput, from: number, to: number): Point[] {
  const drawn = new Set(filled.flatMap((row) => [row - 1, row, row + 1]));
  return values.slice(from, to).map((value, i) => ({ row: from + i, value: drawn.has(from + i) ? value : Number.NaN }));
}

/** The line of what was observed, with gaps; in them, dotted, what was filled in. */
function observedLines(input: ForecastInput, from: number, to: number, time: TimeAxis, width: number) {
  const x = ({ row }: Point) => time.at(row);
  const observed = Plot.lineY(thin(pointsOf(input, from, to), width), {
    x,
    y: "value",
    stroke: "var(--ink)",
    strokeWidth: 1.5,
    strokeLinecap: "round", // a value between two gaps is a dot
  });
  if (!input.filled?.some((row) => row >= from && row < to)) return [observed];
  const filled = Plot.lineY(thin(filledPoints(input, from, to), width), {
    x,
    y: "value",
    stroke: "var(--soft)",
    strokeWidth: 1.5,
    strokeLinecap: "round",
    strokeDasharray: "0.5 4",
  });
  return [filled, observed];
}

function forecastLine(line: ForecastLine, first: number, to: number, time: TimeAxis, width: number) {
  const points = line.values.slice(0, to - first).map((value, i) => ({ row: first + i, value }));
  return Plot.lineY(thin(points, width), {
    x: ({ row }: Point) => time.at(row),
    y: "value",
    stroke: line.color,
    strokeWidth: line.dash === undefined ? 2.25 : 1.75,
    strokeDasharray: line.dash,
  });
}

function names(
  { values, lines, firstTest }: ForecastInput,
  to: number,
  axis: Axis,
  height: number,
  margins: { top: number; right: number; bottom: number; left: number },
) {
  const ends = [
    { text: OBSERVED, color: "var(--ink)", at: values[to - 1] },
    ...lines.map((line) => ({
      text: line.label,
      color: line.color,
      at: line.values[to - 1 - firstTest] ?? line.values.at(-1)!,
    })),
  ];
  return endLabels(
    ends.filter(({ at }) => Number.isFinite(at)),
    axis,
    height,
    margins,
  );
}

/** Said of a chart to those who do not see it. */
export function describeForecast(input: ForecastInput): string {
  const { values, lines, firstTest, unit, filled = [] } = input;
  const [low, high] = extent(pointsOf(input, 0, values.length).map(({ value }) => value));
  const gaps =
    filled.length === 0
      ? ""
      : ` and ${count(filled.length)} missing, which ${filled.length === 1 ? "was" : "were"} filled in`;
  const models = lines.map((line) => line.label).join(" and ");
  const measured = unit === "" ? "" : ` (${shorten(unit, 40)})`;
  return (
    `A series of ${count(values.length - filled.length)} observations between ${plain(low)} and ${plain(high)}${measured}${gaps}, ` +
    `with forecasts by ${models} for the last ${count(values.length - firstTest)}.`
  );
}
