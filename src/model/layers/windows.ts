import { GruvyError, shown, wholeNumber } from "../../base/index.ts";
import { type Windows, windowsOver } from "../../engine/index.ts";

/** A whole number of steps. */
export const stepCount = (value: unknown, name: string): number =>
  wholeNumber(value, name, { max: 65536, code: "model/option" });

/** Checks how windows treat the ends of a sequence. */
export function paddingOf<P extends Windows["padding"]>(value: P, known: readonly P[], layer: string): P {
  if (known.includes(value)) return value;
  throw new GruvyError(
    "model/option",
    `Expected padding of ${layer} to be one of ${known.join(", ")}, found ${shown(value)}`,
  );
}

/** How many windows lie over a sequence, where its steps are fixed. */
export function fixedWindows(windows: Windows, steps: number | null, name: string): number | null {
  if (steps === null) return null;
  const span = (windows.size - 1) * windows.dilation + 1;
  if (windows.padding !== "valid" || steps >= span) return windowsOver(windows, steps);
  throw new GruvyError(
    "model/shape",
    `Layer "${name}" takes windows of ${span} steps, found sequences of ${steps}`,
    'Give it longer sequences, or padding: "same".',
  );
}
