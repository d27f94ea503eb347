import { GruvyError, shown, wholeNumber } from "../../base/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import type { Layer } from "./layer.ts";

/** What `input` can be told. */
export interface InputOptions {
  /** Without the rows: [features], [steps, features], or [steps] before an embedding; null where steps may vary. */
  readonly shape: readonly (number | null)[];
  /** Rows of every batch, which stateful layers need to know. Default: any number. */
  readonly batchSize?: number;
  readonly name?: string;
}

/**
 * Says the shape of a model's input, so that it is built before it sees data. Optional: otherwise the first data say it.
 *
 * @example
 * sequential([input({ shape: [null, 3] }), gru({ units: 8 })]).countParams(); // 312
 */
export function input(options: InputOptions): Layer {
  const { shape, batchSize } = optionsOf(options, "input");
  refuseUnknown(options, ["shape", "batchSize", "name"], "input");
  if (batchSize !== undefined) wholeNumber(batchSize, "batchSize of input", { max: 2 ** 20, code: "model/option" });
  const valid =
    Array.isArray(shape) &&
    (shape.length === 1 || shape.length === 2) &&
    shape.every((size, axis) => (size === null ? axis === 0 : Number.isSafeInteger(size) && size >= 1));
  if (!valid) {
    throw new GruvyError(
      "model/option",
      `Expected shape of input to be [features], [steps, features] or [steps], found ${shown(shape)}`,
    );
  }
  return {
    kind: "input",
    name: options.name,
    config: { shape: [...shape], ...(batchSize === undefined ? {} : { batchSize }) },
    build: (value) => value,
  };
}
