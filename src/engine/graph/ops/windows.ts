import { GruvyError } from "../../../base/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { TimeAxis, Value } from "../value.ts";

/** How windows lie over the steps of a sequence. */
export interface Windows {
  /** Steps that one window looks at. */
  readonly size: number;
  /** Steps from one window to the next. */
  readonly strides: number;
  /** Steps from one place of a window to the next. */
  readonly dilation: number;
  /**
   * `valid`: windows lie within the sequence; `same`: there is one for each step (of each stride), and what it looks at
   * beyond the ends does not count, half of it in front; `causal`: all of it in front.
   */
  readonly padding: "valid" | "same" | "causal";
}

/** Steps from the first to the last place of a window. */
export const spanOf = ({ size, dilation }: Windows): number => (size - 1) * dilation + 1;

/** How many windows lie over so many steps. Throws `data/shape` where there is room for none. */
export function windowsOver(windows: Windows, steps: number): number {
  const { strides, padding } = windows;
  if (padding !== "valid") return Math.ceil(steps / strides);
  const span = spanOf(windows);
  if (steps >= span) return Math.floor((steps - span) / strides) + 1;
  throw new GruvyError(
    "data/shape",
    `Expected sequences of at least ${span} steps where a layer takes windows of ${span}, found ${steps}`,
    'Give it longer sequences, or padding: "same".',
  );
}

/** The time axis of the windows over an axis: the same one where there is one for each step. */
export function axisOfWindows(axis: TimeAxis, windows: Windows): TimeAxis {
  const { strides, padding } = windows;
  if (strides === 1 && (padding !== "valid" || windows.size === 1)) return axis;
  const name = padding === "valid" ? `${spanOf(windows)} by ${strides}` : `all by ${strides}`;
  return axis.derive(name, (steps) => windowsOver(windows, steps));
}

/** Steps that the first window looks at in front of the sequence. */
export function stepsInFront(build: Build, windows: Windows, x: Value, y: Value): I32 {
  const { strides, padding } = windows;
  const beyond = spanOf(windows) - 1;
  if (padding === "valid") return I32.of(0);
  if (padding === "causal") return I32.of(beyond);
  if (strides === 1) return I32.of(Math.floor(beyond / 2));
  const last = build.steps(y.axis!).sub(1).mul(strides);
  return build.fn.let(
    last
      .add(beyond + 1)
      .sub(build.steps(x.axis!))
      .max(0)
      .shiftRight(1),
  );
}
