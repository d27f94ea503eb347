import { shorten } from "../inert.ts";
import { count, percent } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, isNarrow, type Place, textWidth, widest } from "./frame.ts";

export interface ConfusionInput {
  /** Rows are true classes, columns predicted ones. */
  readonly counts: readonly (readonly number[])[];
  readonly labels: readonly string[];
  readonly model: string;
  readonly color: string;
}

interface Cell {
  readonly truth: number;
  readonly predicted: number;
  readonly rows: number;
  /** Of the rows of the true class. */
  readonly share: number;
}

/** Beyond this many classes the cells would be smaller than their frames. */
export const MOST_CLASSES = 40;

/** A cell for each pair of classes, darker the larger its share of the true class. */
export function confusionChart(input: ConfusionInput, place: Place): string {
  const classes = input.counts.length;
  const narrow = isNarrow(place);
  const length = narrow ? 12 : 18;
  const names = input.counts.map((_, i) => shorten(input.labels[i] ?? count(i), length));
  const left = Math.max(widest(names) + 14, 58);
  const cell = Math.floor(Math.min(classes <= 3 ? 110 : 84, Math.max(12, (place.width - left - 8) / classes)));
  const turned = widest(names) > cell - 6;
  const top = turned ? Math.ceil(widest(names) * 0.75) + 34 : 52;
  const margins = { top, right: turned ? 8 + Math.ceil(widest(names.slice(-1)) * 0.7) : 8, bottom: 8, left };
  const cells = cellsOf(input.counts);
  const room = textWidth(count(Math.max(0, ...cells.map((c) => c.rows))));
  const size = Math.min(place.width, left + margins.right + cell * classes);
  const at = { x: (c: Cell) => c.predicted, y: (c: Cell) => c.truth };
  const tick = (i: number) => names[i];
  return draw(
    { id: place.id, title: `Confusion of classes by ${input.model}`, description: describe(input, cells) },
    framed(
      { ...place, width: size },
      top + 8 + Math.round(((size - left - margins.right) / classes) * classes),
      margins,
      {
        x: { type: "band", domain: names.map((_, i) => i), padding: classes > 12 ? 0 : 0.03 },
        y: { type: "band", domain: names.map((_, i) => i), padding: classes > 12 ? 0 : 0.03 },
        marks: [
          Plot.cell(cells, { ...at, fill: "var(--shade)" }),
          Plot.cell(cells, {
            ...at,
            fill: input.color,
            fillOpacity: { value: (c: Cell) => c.share, scale: null },
            title: (c: Cell) =>
              `${names[c.truth]}, predicted ${names[c.predicted]}: ${count(c.rows)} rows, ${percent(c.share)}`,
          }),
          Plot.axisX({
            anchor: "top",
            tickSize: 0,
            tickPadding: 8,
            tickFormat: tick,
            tickRotate: turned ? -45 : 0,
            label: null,
            fill: "var(--ink)",
          }),
          Plot.axisY({ tickSize: 0, tickPadding: 8, tickFormat: tick, label: null, fill: "var(--ink)" }),
          Plot.text(["predicted →"], {
            frameAnchor: "top-left",
            textAnchor: "start",
            dy: 14 - top,
            fill: "var(--soft)",
          }),
          Plot.text(["true ↓"], { frameAnchor: "top-left", textAnchor: "end", dx: -10, dy: -21, fill: "var(--soft)" }),
          Plot.text(room + 8 <= cell ? cells : [], {
            ...at,
            text: (c: Cell) => count(c.rows),
            fill: "var(--ink)",
            dy: cell >= 60 ? -9 : 0,
            fontWeight: 600,
          }),
          Plot.text(cell >= 60 ? cells : [], {
            ...at,
            text: (c: Cell) => percent(c.share),
            fill: "var(--ink)",
            dy: 10,
          }),
        ],
      },
    ),
  );
}

/** The mistakes made most often, the greatest first. */
export function commonMistakes(counts: ConfusionInput["counts"], most: number): Cell[] {
  return cellsOf(counts)
    .filter((c) => c.truth !== c.predicted && c.rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, most);
}

function cellsOf(counts: ConfusionInput["counts"]): Cell[] {
  return counts.flatMap((row, truth) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((rows, predicted) => ({ truth, predicted, rows, share: sum === 0 ? 0 : rows / sum }));
  });
}

function describe({ counts, labels }: ConfusionInput, cells: readonly Cell[]): string {
  const name = (i: number) => shorten(labels[i] ?? count(i), 40);
  const right = counts.map((row, i) => `${name(i)} ${count(row[i])} of ${count(row.reduce((a, b) => a + b, 0))}`);
  return cells.length === 0 ? "No rows." : `Predicted rightly: ${right.slice(0, 12).join(", ")}.`;
}
