import { draw, Plot } from "../plot.ts";
import { framed, leftMargin, type Place, scaleOf, xAxis, yAxis } from "./frame.ts";
import type { Axis } from "./ticks.ts";

export interface RungPoint {
  readonly id: number;
  readonly round: number;
  readonly score: number;
  /** The trial it goes on from. */
  readonly from?: number;
}

export interface RungsInput {
  readonly label: string;
  readonly measure: string;
  /** The epochs of each round. */
  readonly epochs: readonly number[];
  readonly points: readonly RungPoint[];
}

/** One bracket: its rounds side by side, a line from each trial to the one that goes on from it. */
export function rungsChart({ label, measure, epochs, points }: RungsInput, y: Axis, place: Place): string {
  const margins = { top: 12, right: 14, bottom: 34, left: leftMargin(y) };
  const [low, high] = y.domain;
  const on = ({ score }: RungPoint): number => Math.min(high, Math.max(low, score));
  const byId = new Map(points.map((point) => [point.id, point]));
  const promoted = new Set(points.flatMap(({ from }) => (from === undefined ? [] : [from])));
  const links = points.flatMap((to) => {
    const from = to.from === undefined ? undefined : byId.get(to.from);
    return from === undefined ? [] : [{ x1: from.round, y1: on(from), x2: to.round, y2: on(to) }];
  });
  const last = epochs.length - 1;
  const goes = ({ id, round }: RungPoint): boolean => promoted.has(id) || round === last;
  const x: Axis = {
    domain: [-0.4, last + 0.4],
    ticks: epochs.map((_, round) => round),
    format: (round) => `${epochs[round]}`,
    log: false,
    share: (round) => (round + 0.4) / (last + 0.8),
  };
  return draw(
    {
      id: place.id,
      title: `${label}: ${measure} in each round`,
      description: `${epochs
        .map((count, round) => `${points.filter((p) => p.round === round).length} trials to epoch ${count}`)
        .join(", ")}.`,
    },
    framed(place, 220, margins, {
      x: scaleOf(x),
      y: scaleOf(y),
      marks: [
        ...yAxis(y, "", margins.left),
        xAxis(x),
        Plot.link(links, { x1: "x1", y1: "y1", x2: "x2", y2: "y2", stroke: "var(--gru)", strokeWidth: 1.25 }),
        Plot.dot(points, {
          x: "round",
          y: on,
          r: 3.5,
          fill: (p: RungPoint) => (goes(p) ? "var(--gru)" : "var(--soft)"),
          fillOpacity: (p: RungPoint) => (goes(p) ? 0.9 : 0.45),
        }),
      ],
    }),
  );
}
