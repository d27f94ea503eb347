import { count, type Format } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, heading, isNarrow, leftMargin, type Place, roomyTicks, scaleOf, xAxis, yAxis } from "./frame.ts";
import { type Axis, linearAxis } from "./ticks.ts";

export interface HistoryPoint {
  readonly id: number;
  readonly score: number;
  /** The best up to and with this trial. */
  readonly best: number;
  /** Whether it was trained as long as any: others are drawn fainter. */
  readonly full: boolean;
  /** For who points at it. */
  readonly said: string;
}

export interface HistoryInput {
  readonly points: readonly HistoryPoint[];
  readonly failed: readonly number[];
  readonly measure: string;
  readonly format: Format;
}

/** The score of each trial in the order of the search, and the best so far as a line. */
export function historyChart({ points, failed, measure, format }: HistoryInput, axis: Axis, place: Place): string {
  const margins = { top: 34, right: 16, bottom: 52, left: leftMargin(axis) };
  const ids = [...points.map(({ id }) => id), ...failed];
  const most = Math.max(1, ...ids);
  const linear = linearAxis([0, most], { count: isNarrow(place) ? 4 : 8, tight: true });
  const whole = {
    ...linear,
    ticks: linear.ticks.filter(Number.isInteger),
    domain: [-0.5, most + 0.5] as const,
    format: count,
  };
  const x = { ...whole, ticks: roomyTicks(whole, place.width - margins.left - margins.right) };
  // The line goes on at the best score to the last trial.
  const steps = [...points, ...points.slice(-1).map((last) => ({ ...last, id: most }))];
  const [low, high] = axis.domain;
  const onAxis = (score: number): number => Math.min(high, Math.max(low, score));
  return draw(
    {
      id: place.id,
      title: `The ${measure} of each trial`,
      description: `${points.length} trials with a score, ${failed.length} without. The best so far goes from ${format(points[0]?.best ?? Number.NaN)} to ${format(points.at(-1)?.best ?? Number.NaN)}.`,
    },
    framed(place, isNarrow(place) ? 260 : 320, margins, {
      x: scaleOf(x),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        heading(axis.log ? `${measure}, log scale` : measure, margins.left),
        xAxis(x),
        Plot.text(["trial"], { frameAnchor: "bottom-right", textAnchor: "end", dy: 46, fill: "var(--soft)" }),
        Plot.lineY(steps, {
          x: "id",
          y: (p: HistoryPoint) => onAxis(p.best),
          curve: "step-after",
          stroke: "var(--ink)",
          strokeWidth: 1.5,
        }),
        Plot.dot(points, {
          x: "id",
          y: (p: HistoryPoint) => onAxis(p.score),
          r: 4,
          fill: "var(--gru)",
          fillOpacity: (p: HistoryPoint) => (p.full ? 0.85 : 0.35),
          title: "said",
        }),
        Plot.text(failed, {
          x: (id: number) => id,
          text: () => "×",
          frameAnchor: "bottom",
          dy: -2,
          fill: "var(--error)",
          fontWeight: 600,
        }),
      ],
    }),
  );
}
