import { columnFormat, type Format } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, isNarrow, type Place, scaleOf, widest, xAxis } from "./frame.ts";
import { linearAxis } from "./ticks.ts";

export interface SeedRow {
  readonly label: string;
  readonly color: string;
  readonly scores: readonly number[];
}

export interface SeedsInput {
  readonly rows: readonly SeedRow[];
  /** The best baseline's score, marked by a line. */
  readonly reference?: { readonly label: string; readonly score: number };
  readonly measure: string;
  readonly format: Format;
  /** 100 when shares are shown as percentages. */
  readonly times: number;
}

/** The test scores of each seed as dots, their median as a stroke. */
export function seedsChart(input: SeedsInput, place: Place): string {
  const { rows, reference, times, format } = input;
  const labels = rows.map((row) => row.label);
  const all = rows.flatMap((row) => row.scores).concat(reference ? [reference.score] : []);
  const axis = linearAxis(
    all.map((score) => score * times),
    { count: isNarrow(place) ? 4 : 7 },
  );
  const margins = { top: reference ? 30 : 10, right: 16, bottom: 52, left: widest(labels) + 14 };
  const [low, high] = axis.domain;
  const mark = reference ? [reference.score * times] : [];
  const onRight = mark[0] > (low + high) / 2;
  return draw(
    {
      id: place.id,
      title: `${input.measure.replace(/^./, (first) => first.toUpperCase())} of each seed`,
      description: describe(input),
    },
    framed(place, margins.top + margins.bottom + 38 * rows.length, margins, {
      x: scaleOf(axis),
      y: { type: "band", domain: labels, padding: 0.3 },
      marks: [
        Plot.gridX(axis.ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
        xAxis(axis),
        Plot.text([input.measure], { frameAnchor: "bottom-right", textAnchor: "end", dy: 46, fill: "var(--soft)" }),
        Plot.axisY({ tickSize: 0, tickPadding: 12, label: null, fill: "var(--ink)" }),
        Plot.ruleX(mark, { stroke: "var(--baseline)", strokeWidth: 1.5, strokeDasharray: "5 3" }),
        Plot.text(mark, {
          x: (v: number) => v,
          text: () => reference!.label,
          frameAnchor: "top",
          textAnchor: onRight ? "end" : "start",
          dy: -18,
          fill: "var(--baseline)",
          fontWeight: 600,
        }),
        Plot.tickX(rows, {
          y: "label",
          x: (row: SeedRow) => median(row.scores) * times,
          stroke: (row: SeedRow) => row.color,
          strokeWidth: 2.5,
        }),
        Plot.dot(
          rows.flatMap((row) => row.scores.map((score) => ({ ...row, score }))),
          {
            y: "label",
            x: (row: { score: number }) => row.score * times,
            fill: (row: SeedRow) => row.color,
            fillOpacity: 0.6,
            r: 4.5,
            title: (row: { label: string; score: number }) => `${row.label}: ${format(row.score)}`,
          },
        ),
      ],
    }),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function describe({ rows }: SeedsInput): string {
  const format = columnFormat(rows.flatMap((row) => row.scores));
  return `${rows.map((row) => `${row.label} ${row.scores.map(format).join(", ")}`).join("; ")}.`;
}
