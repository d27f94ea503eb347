import { columnFormat, plain } from "../numbers.ts";
import { draw, Plot } from "../plot.ts";
import { framed, heading, leftMargin, type Place, scaleOf, xAxis, yAxis } from "./frame.ts";
import { type Axis, epochAxis, linearAxis, positiveAxis } from "./ticks.ts";

export interface LearningInput {
  /** The name of the model. */
  readonly label: string;
  readonly color: string;
  /** What is measured after each epoch: "loss", "accuracy". */
  readonly what: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** From 1. */
  readonly bestEpoch?: number;
}

/** The common vertical axis of several panels, so that their heights compare. */
export function learningAxis(inputs: readonly LearningInput[]): Axis {
  const values = inputs.flatMap(({ train, validation }) => [...train, ...validation]);
  return inputs[0]?.what === "accuracy" ? linearAxis(values, { count: 4 }) : positiveAxis(values, { count: 4 });
}

/** Training (thin) and validation (thick) after each epoch, the kept epoch marked. */
export function learningChart(input: LearningInput, axis: Axis, place: Place): string {
  const { train, validation, bestEpoch, color, what } = input;
  const epochs = Math.max(train.length, validation.length, 2);
  const margins = { top: 34, right: 10, bottom: 44, left: leftMargin(axis) };
  const x = epochAxis(epochs, 4);
  const best = bestEpoch !== undefined && Number.isFinite(validation[bestEpoch - 1]) ? [bestEpoch] : [];
  const line = (values: readonly number[], stroke: string, strokeWidth: number) =>
    Plot.lineY(values, { x: (_: number, i: number) => i + 1, y: (v: number) => v, stroke, strokeWidth });
  const onRight = best.length > 0 && best[0] > 1 + (epochs - 1) * 0.6;
  const atFoot = best.length > 0 && axis.share(validation[best[0] - 1]) > 0.65;
  return draw(
    { id: place.id, title: `Learning curve of ${input.label}: ${what}`, description: describe(input) },
    framed(place, 210, margins, {
      x: scaleOf(x),
      y: scaleOf(axis),
      marks: [
        ...yAxis(axis, "", margins.left),
        heading(axis.log ? `${what}, log scale` : what, margins.left),
        xAxis(x),
        Plot.text(["epoch"], { frameAnchor: "bottom-right", textAnchor: "end", dy: 40, fill: "var(--soft)" }),
        Plot.ruleX(best, { stroke: color, strokeDasharray: "2 3" }),
        line(train, "var(--soft)", 1.25),
        line(validation, color, 2.25),
        Plot.dot(best, {
          x: (e: number) => e,
          y: (e: number) => validation[e - 1],
          r: 4.5,
          fill: color,
          stroke: "var(--paper)",
          strokeWidth: 1.5,
        }),
        Plot.text(best, {
          x: (e: number) => e,
          text: (e: number) => `epoch ${e}`,
          frameAnchor: atFoot ? "bottom" : "top",
          textAnchor: onRight ? "end" : "start",
          dx: onRight ? -6 : 6,
          dy: atFoot ? -4 : 2,
          fill: color,
          fontWeight: 600,
          stroke: "var(--paper)",
          strokeWidth: 4,
        }),
      ],
    }),
  );
}

function describe({ what, train, validation, bestEpoch }: LearningInput): string {
  const format = columnFormat([...train, ...validation]);
  const ends = (values: readonly number[]) =>
    values.length === 0 ? "not recorded" : `from ${format(values[0])} to ${format(values[values.length - 1])}`;
  const best =
    bestEpoch === undefined
      ? ""
      : ` The weights of epoch ${bestEpoch} were kept, with ${plain(validation[bestEpoch - 1] ?? Number.NaN)}.`;
  return `Over ${validation.length || train.length} epochs the training ${what} went ${ends(train)}, the validation ${what} ${ends(validation)}.${best}`;
}
