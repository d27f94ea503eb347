import type * as PlotTypes from "@observablehq/plot";
import { shorten } from "../inert.ts";
import { Plot } from "../plot.ts";
import { spread } from "../spread.ts";
import type { Axis } from "./ticks.ts";

/** Where a chart goes: its id in the page and its width in pixels. */
export interface Place {
  readonly id: string;
  readonly width: number;
}

/** Space around the plotted area, in pixels. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export const isNarrow = ({ width }: Place): boolean => width < 500;

/** Room for a text of 13 pixels in the widest of the usual system fonts. */
export function textWidth(text: string, size = 13): number {
  return Math.ceil([...text].length * size * 0.6);
}

export function widest(texts: Iterable<string>): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, textWidth(text));
  return width;
}

/** The options of a chart of a given size, with no axes but those among its marks. */
export function framed(
  { width }: Place,
  height: number,
  margins: Margins,
  rest: PlotTypes.PlotOptions,
): PlotTypes.PlotOptions {
  const { top, right, bottom, left } = margins;
  return {
    width,
    height,
    marginTop: top,
    marginRight: right,
    marginBottom: bottom,
    marginLeft: left,
    axis: null,
    ...rest,
  };
}

export function scaleOf(axis: Pick<Axis, "log" | "domain">): PlotTypes.ScaleOptions {
  return { type: axis.log ? "log" : "linear", domain: axis.domain };
}

/** Horizontal lines and their numbers, with what they measure above them. */
export function yAxis(axis: Axis, label: string, left: number): PlotTypes.Markish[] {
  const marks: PlotTypes.Markish[] = [
    Plot.gridY(axis.ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
    Plot.axisY(axis.ticks, { tickSize: 0, tickPadding: 8, text: axis.format, fill: "var(--soft)", label: null }),
  ];
  if (label !== "") marks.push(heading(label, left));
  return marks;
}

/** Text at the top left, above the plotted area and its numbers. */
export function heading(label: string, left: number): PlotTypes.Markish {
  return Plot.text([shorten(label, 60)], {
    frameAnchor: "top-left",
    textAnchor: "start",
    dx: -left,
    dy: -24,
    fill: "var(--soft)",
  });
}

/** The left margin that the numbers of an axis need. */
export function leftMargin(axis: Axis): number {
  return widest(axis.ticks.map(axis.format)) + 10;
}

export function xAxis(axis: Pick<Axis, "ticks" | "format">): PlotTypes.Markish {
  return Plot.axisX(axis.ticks, {
    tickSize: 4,
    tickPadding: 6,
    // Not tickFormat, of which log scales leave out every digit but 1 and 2.
    text: axis.format,
    fill: "var(--soft)",
    stroke: "var(--line)",
    label: null,
  });
}

/** Those ticks whose labels do not run into each other, the last always among them. */
export function roomyTicks(axis: Pick<Axis, "ticks" | "format" | "share">, width: number): number[] {
  const kept: number[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (const tick of [...axis.ticks].reverse()) {
    const half = textWidth(axis.format(tick)) / 2;
    const center = axis.share(tick) * width;
    if (center + half > limit) continue;
    kept.unshift(tick);
    limit = center - half - 4;
  }
  return kept;
}

/** A line's name beside its end. */
export interface EndLabel {
  readonly text: string;
  readonly color: string;
  readonly at: number;
}

/** Names beside the ends of lines, moved apart where they would overlap. */
export function endLabels(labels: readonly EndLabel[], axis: Axis, height: number, margins: Margins) {
  const [low, high] = axis.domain;
  const from = height - margins.bottom;
  const to = margins.top;
  const ideal = labels.map(({ at }) => from + axis.share(Math.max(low, Math.min(high, at))) * (to - from));
  const placed = spread(ideal, 17, to, from);
  return labels.map(({ text, color }, i) =>
    Plot.text([text], {
      frameAnchor: "top-right",
      textAnchor: "start",
      lineAnchor: "middle",
      dx: 8,
      dy: placed[i] - to,
      fill: color,
      fontWeight: 600,
    }),
  );
}
