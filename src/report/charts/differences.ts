import type { Format } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, isNarrow, type Place, scaleOf, widest, xAxis } from "./frame.ts";
import { linearAxis } from "./ticks.ts";

export interface DifferenceRow {
  readonly label: string;
  readonly color: string;
  readonly difference: number;
  /** The ends of the interval, where it is known. */
  readonly low?: number;
  readonly high?: number;
}

export interface DifferencesInput {
  /** In the order they are shown, from the top. */
  readonly rows: readonly DifferenceRow[];
  readonly baseline: string;
  readonly higherIsBetter: boolean;
  /** "RMSE, passengers" */
  readonly measure: string;
  readonly format: Format;
  /** What a tick stands for: 1, or 100 when shares are shown in points. */
  readonly times: number;
}

/** So many times as far from the baseline as the median model: there, an axis would leave nothing of the others. */
const FAR = 6;

const reach = ({ difference, low, high }: DifferenceRow): number =>
  Math.max(...[difference, low ?? difference, high ?? difference].map(Math.abs));

/** The models that fit on one axis, and those far beyond them. */
function apart(rows: readonly DifferenceRow[]): { near: readonly DifferenceRow[]; far: readonly DifferenceRow[] } {
  const sorted = rows.map(reach).sort((a, b) => a - b);
  const limit = FAR * (sorted[Math.floor((sorted.length - 1) / 2)] ?? 0);
  return limit > 0
    ? { near: rows.filter((row) => reach(row) <= limit), far: rows.filter((row) => reach(row) > limit) }
    : { near: rows, far: [] };
}

/**
 * A dot for each model at its difference to the baseline, with a bar for its interval, and zero marked. A model far
 * beyond the others stands at the edge as a number with an arrow.
 */
export function differencesChart(input: DifferencesInput, place: Place): string {
  const { rows, baseline, times, format, higherIsBetter } = input;
  const { near, far } = apart(rows);
  const axis = linearAxis(
    near.flatMap(({ difference, low, high }) =>
      [difference, low ?? difference, high ?? difference].map((v) => v * times),
    ),
    { count: isNarrow(place) ? 4 : 7, zero: true },
  );
  const labels = rows.map((row) => row.label);
  const margins = { top: 30, right: 16, bottom: 32, left: widest(labels) + 14 };
  const [low, high] = axis.domain;
  const zero = (0 - low) / (high - low);
  const width = place.width - margins.left - margins.right;
  const better = higherIsBetter ? "better →" : "← better";
  const worse = higherIsBetter ? "← worse" : "worse →";
  const [onLeft, onRight] = higherIsBetter ? [worse, better] : [better, worse];
  const side = (text: string, room: number, textAnchor: "start" | "end", dx: number) =>
    Plot.text(room > 70 ? [text] : [], { x: 0, frameAnchor: "top", textAnchor, dx, dy: -20, fill: "var(--soft)" });
  return draw(
    { id: place.id, title: `Difference in ${input.measure} to ${baseline}`, description: describe(input) },
    framed(place, margins.top + margins.bottom + 30 * rows.length, margins, {
      x: scaleOf({ ...axis, domain: [low, high] }),
      y: { type: "band", domain: labels, padding: 0.3 },
      marks: [
        Plot.gridX(axis.ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
        xAxis({ ...axis, format: (v) => (v > 0 ? `+${axis.format(v)}` : axis.format(v)) }),
        Plot.axisY({ tickSize: 0, tickPadding: 12, label: null, fill: "var(--ink)" }),
        Plot.ruleX([0], { stroke: "var(--ink)", strokeWidth: 1.5 }),
        side(onLeft, zero * width + margins.left, "end", -8),
        side(onRight, (1 - zero) * width, "start", 8),
        Plot.ruleY(
          near.filter((row) => row.low !== undefined && row.high !== undefined),
          {
            y: "label",
            x1: (row: DifferenceRow) => row.low! * times,
            x2: (row: DifferenceRow) => row.high! * times,
            stroke: (row: DifferenceRow) => row.color,
            strokeWidth: 3,
            strokeOpacity: 0.45,
            strokeLinecap: "round",
          },
        ),
        ...(["left", "right"] as const).map((frameAnchor) =>
          Plot.text(
            far.filter(({ difference }) => difference > 0 === (frameAnchor === "right")),
            {
              y: "label",
              frameAnchor,
              text: ({ difference }: DifferenceRow) =>
                difference > 0 ? `${format(difference)} →` : `← ${format(difference)}`,
              fill: (row: DifferenceRow) => row.color,
            },
          ),
        ),
        Plot.dot(near, {
          y: "label",
          x: (row: DifferenceRow) => row.difference * times,
          fill: (row: DifferenceRow) => row.color,
          r: 5,
          title: (row: DifferenceRow) => `${row.label}: ${spoken(row, format)}`,
        }),
      ],
    }),
  );
}

function spoken({ difference, low, high }: DifferenceRow, format: Format): string {
  const interval = low === undefined || high === undefined ? "" : ` (95 %: ${format(low)} to ${format(high)})`;
  return `${format(difference)}${interval}`;
}

function describe({ rows, baseline, format }: DifferencesInput): string {
  return `Each model less ${baseline}: ${rows.map((row) => `${row.label} ${spoken(row, format)}`).join("; ")}.`;
}
