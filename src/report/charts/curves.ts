import { draw, Plot } from "../plot.ts";
import {
  endLabels,
  framed,
  heading,
  isNarrow,
  leftMargin,
  type Place,
  roomyTicks,
  scaleOf,
  widest,
  xAxis,
  yAxis,
} from "./frame.ts";
import { type Axis, epochAxis } from "./ticks.ts";

export interface CurveLine {
  /** Named at its end and in its color, where it stands out. */
  readonly label?: string;
  readonly color: string;
  /** Epochs from 1. */
  readonly points: readonly { readonly epoch: number; readonly value: number }[];
}

/** The learning curves of all trials, those that stand out above the others. */
export function curvesChart(lines: readonly CurveLine[], measure: string, axis: Axis, place: Place): string {
  const [low, high] = axis.domain;
  const named = lines.flatMap(({ label, color, points }) => {
    const last = points.at(-1);
    return label === undefined || last === undefined ? [] : [{ text: label, color, at: last.value }];
  });
  const height = isNarrow(place) ? 280 : 340;
  const margins = { top: 34, right: widest(named.map(({ text }) => text)) + 16, bottom: 52, left: leftMargin(axis) };
  const most = Math.max(2, ...lines.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  const whole = epochAxis(most, isNarrow(place) ? 4 : 8);
  const x = { ...whole, ticks: roomyTicks(whole, place.width - margins.left - margins.right) };
  const rows = lines.flatMap(({ points, color, label }, z) =>
    points.map(({ epoch, value }) => ({
      z,
      color,
      named: label !== undefined,
      epoch,
      value: Math.min(high, Math.max(low, value)),
    })),
  );
  type Row = (typeof rows)[number];
  const drawn = (those: readonly Row[], strokeWidth: number, strokeOpacity: number) =>
    Plot.line(those, { x: "epoch", y: "value", z: "z", stroke: (row: Row) => row.color, strokeWidth, strokeOpacity });
  // What ends after one epoch is a point.
  const single = lines
    .filter(({ points }) => points.length === 1)
    .map(({ points: [point], color }) => ({ ...point, color }));
  return draw(
    {
      id: place.id,
      title: `Learning curves: ${measure}`,
      description: `${lines.length} trainings of up to ${most} epochs.`,
    },
    framed(place, height, margins, {
      x: scaleOf(x),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        heading(axis.log ? `${measure}, log scale` : measure, margins.left),
        xAxis(x),
        Plot.text(["epoch"], { frameAnchor: "bottom-right", textAnchor: "end", dy: 46, fill: "var(--soft)" }),
        Plot.dot(single, {
          x: "epoch",
          y: (p: { value: number }) => Math.min(high, Math.max(low, p.value)),
          r: 2,
          fill: (p: { color: string }) => p.color,
          fillOpacity: 0.6,
        }),
        drawn(
          rows.filter((row) => !row.named),
          1,
          0.45,
        ),
        drawn(
          rows.filter((row) => row.named),
          2.25,
          1,
        ),
        ...endLabels(named, axis, height, margins),
      ],
    }),
  );
}
