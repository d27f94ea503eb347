import { count, type Format } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import {
  endLabels,
  framed,
  isNarrow,
  leftMargin,
  type Place,
  roomyTicks,
  scaleOf,
  widest,
  xAxis,
  yAxis,
} from "./frame.ts";
import { linearAxis, positiveAxis } from "./ticks.ts";

export interface VaryLine {
  readonly label: string;
  readonly color: string;
  readonly dashed: boolean;
  /** One score a size. */
  readonly scores: readonly number[];
}

export interface VaryInput {
  /** "rows of training data", "length of the sequences" */
  readonly what: string;
  readonly sizes: readonly number[];
  readonly lines: readonly VaryLine[];
  readonly measure: string;
  readonly format: Format;
  /** 100 when shares are shown as percentages. */
  readonly times: number;
}

/** The score of each model against the size, a line a model. */
export function varyChart(input: VaryInput, place: Place): string {
  const { sizes, lines, times, format } = input;
  const scores = lines.flatMap((line) => line.scores).map((v) => v * times);
  const axis = times === 100 ? linearAxis(scores) : positiveAxis(scores);
  const height = isNarrow(place) ? 260 : 320;
  const margins = {
    top: 34,
    right: widest(lines.map((line) => line.label)) + 12,
    bottom: 56,
    left: leftMargin(axis),
  };
  const [first, last] = [sizes[0], sizes[sizes.length - 1]];
  const log = first > 0 && last / first > 4;
  const share = (size: number) =>
    log ? Math.log(size / first) / Math.log(last / first) : (size - first) / (last - first);
  const whole = { domain: [first, last] as const, ticks: sizes, format: count, log, share };
  const x = { ...whole, ticks: roomyTicks(whole, place.width - margins.left - margins.right - 12) };
  const points = (line: VaryLine) =>
    line.scores.map((score, i) => ({ size: sizes[i], score: score * times })).filter((p) => Number.isFinite(p.score));
  const labels = lines.map((line) => ({
    text: line.label,
    color: line.color,
    at: points(line).at(-1)?.score ?? Number.NaN,
  }));
  return draw(
    { id: place.id, title: `${input.measure} by ${input.what}`, description: describe(input) },
    framed(place, height, margins, {
      x: { ...scaleOf(x), inset: 6 },
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, input.measure, margins.left),
        xAxis(x),
        Plot.text([input.what], { frameAnchor: "bottom", dy: 50, fill: "var(--soft)" }),
        ...[...lines].reverse().flatMap((line) => [
          Plot.lineY(points(line), {
            x: "size",
            y: "score",
            stroke: line.color,
            strokeWidth: line.dashed ? 1.5 : 2.25,
            strokeDasharray: line.dashed ? "5 3" : undefined,
          }),
          Plot.dot(points(line), {
            x: "size",
            y: "score",
            fill: line.color,
            r: line.dashed ? 3 : 4,
            title: (p: { size: number; score: number }) =>
              `${line.label}, ${count(p.size)}: ${format(p.score / times)}`,
          }),
        ]),
        ...endLabels(
          labels.filter(({ at }) => Number.isFinite(at)),
          axis,
          height,
          margins,
        ),
      ],
    }),
  );
}

function describe({ sizes, lines, format }: VaryInput): string {
  const told = lines.map((line) => `${line.label} ${line.scores.map(format).join(", ")}`);
  return `At sizes ${sizes.map(count).join(", ")}: ${told.join("; ")}.`;
}
