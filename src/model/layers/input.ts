import { GruvyError, shown, wholeNumber } from "../../base/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf, type SymbolicTensor } from "./layer.ts";

/** What `input` can be told. */
export interface InputOptions {
  /** Without the rows: [features], [steps, features], or [steps] before an embedding; null where steps may vary. */
  readonly shape: readonly (number | null)[];
  /** Rows of every batch, which stateful layers need to know. Default: any number. */
  readonly batchSize?: number;
  readonly name?: string;
}

/** An input: a layer at the head of `sequential`, or where a functional model begins, which layers are applied to. */
export type InputLayer = Layer & SymbolicTensor;

/**
 * A model's input and its shape. At the head of `sequential` it is optional and has the model built before it sees
 * data. A functional model begins with one for each of its inputs; an embedding applied to it makes it one of tokens.
 *
 * @throws {GruvyError} `model/option` for a shape that is not `[features]`, `[steps, features]` or `[steps]`.
 *
 * @example
 * sequential([input({ shape: [null, 3] }), gru({ units: 8 })]).countParams(); // 312
 *
 * const series = input({ shape: [null, 3], name: "series" });
 * const forecast = dense({ units: 1 }).apply(gru({ units: 8 }).apply(series));
 * model({ inputs: series, outputs: forecast }).countParams(); // 321
 */
export function input(options: InputOptions): InputLayer {
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
  const layer = layerOf({
    kind: "input",
    name: options.name,
    config: { shape: [...shape], ...(batchSize === undefined ? {} : { batchSize }) },
    build: (value) => value,
  });
  const apply = (): never => {
    throw new GruvyError(
      "model/apply",
      "An input is applied to nothing: it is where a model begins",
      "Apply layers to it.",
    );
  };
  return Object.assign(layer, { call: { layer, inputs: [] }, index: 0, apply });
}
