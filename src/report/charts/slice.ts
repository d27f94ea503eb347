import { plain } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, leftMargin, type Place, roomyTicks, scaleOf, xAxis, yAxis } from "./frame.ts";
import { type Axis, linearAxis, positiveAxis } from "./ticks.ts";

export interface SlicePoint {
  readonly id: number;
  /** A number, or the index of one of the named values. */
  readonly at: number;
  readonly score: number;
  readonly full: boolean;
}

export interface SliceInput {
  readonly label: string;
  readonly measure: string;
  readonly points: readonly SlicePoint[];
  /** Of a choice: the values by their index. */
  readonly named?: readonly string[];
}

const HEIGHT = 200;

/** The horizontal axis of a hyperparameter: its numbers, by factors where it was drawn so, or its values side by side. */
export function sliceAxis(
  values: readonly number[],
  { named, log }: { named?: readonly string[]; log?: boolean },
): Axis {
  if (named !== undefined) {
    const domain = [-0.5, named.length - 0.5] as const;
    return {
      domain,
      ticks: named.map((_, i) => i),
      format: (i) => named[i] ?? "",
      log: false,
      share: (i) => (i + 0.5) / named.length,
    };
  }
  if (log) return positiveAxis(values, { count: 4, ratio: 8 });
  const axis = linearAxis(values, { count: 4 });
  const small = Math.max(...axis.domain.map(Math.abs)) < 1e-3;
  return small ? { ...axis, format: plain } : axis;
}

/** The scores of all trials over the values of one hyperparameter. */
export function sliceChart({ label, measure, points, named }: SliceInput, x: Axis, y: Axis, place: Place): string {
  const margins = { top: 12, right: 14, bottom: 34, left: leftMargin(y) };
  const [low, high] = y.domain;
  // Values side by side get room to lie apart; by the golden ratio, so that neighbours in time do not coincide.
  const apart = (id: number): number => (named === undefined ? 0 : (((id * 0.618034) % 1) - 0.5) * 0.4);
  const best = points.length === 0 ? "" : ` from ${points.length} trials`;
  return draw(
    { id: place.id, title: `${measure} over ${label}`, description: `The scores${best} over ${label}.` },
    framed(place, HEIGHT, margins, {
      x: scaleOf(x),
      y: scaleOf(y),
      marks: [
        ...yAxis(y, "", margins.left),
        xAxis({ ...x, ticks: roomyTicks(x, place.width - margins.left - margins.right) }),
        Plot.dot(points, {
          x: (p: SlicePoint) => p.at + apart(p.id),
          y: (p: SlicePoint) => Math.min(high, Math.max(low, p.score)),
          r: 3.5,
          fill: "var(--gru)",
          fillOpacity: (p: SlicePoint) => (p.full ? 0.85 : 0.35),
        }),
      ],
    }),
  );
}
