import { fixed } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, isNarrow, type Place, widest } from "./frame.ts";

export interface ImportanceRow {
  readonly label: string;
  readonly lost: number;
}

/** How much each hyperparameter decides, as bars from the largest down. */
export function importanceChart(rows: readonly ImportanceRow[], place: Place): string {
  const labels = rows.map(({ label }) => label);
  const margins = { top: 6, right: 48, bottom: 6, left: Math.min(widest(labels) + 14, isNarrow(place) ? 170 : 300) };
  return draw(
    {
      id: place.id,
      title: "The importance of each hyperparameter",
      description: `${rows.map(({ label, lost }) => `${label} ${fixed(lost, 2)}`).join("; ")}.`,
    },
    framed(place, margins.top + margins.bottom + 34 * rows.length, margins, {
      x: { domain: [0, Math.max(0.05, ...rows.map(({ lost }) => lost))] },
      y: { type: "band", domain: labels, padding: 0.35 },
      marks: [
        Plot.axisY({ tickSize: 0, tickPadding: 12, label: null, fill: "var(--ink)" }),
        Plot.barX(rows, {
          y: "label",
          x: (row: ImportanceRow) => Math.max(0, row.lost),
          fill: "var(--gru)",
        }),
        Plot.text(rows, {
          y: "label",
          x: (row: ImportanceRow) => Math.max(0, row.lost),
          text: (row: ImportanceRow) => fixed(Math.max(0, row.lost), 2),
          textAnchor: "start",
          dx: 8,
          fill: "var(--soft)",
        }),
        Plot.ruleX([0], { stroke: "var(--line)" }),
      ],
    }),
  );
}
