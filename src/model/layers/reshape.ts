import { GruvyError, shown } from "../../base/index.ts";
import { RegroupOp, TimeAxis, type Value } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { ignoreMask, type Layer, layerOf, refuseTokens, type Symbolic } from "./layer.ts";

/** What `reshape` can be told. */
export interface ReshapeOptions {
  /** Without the rows: [features] or [steps, features]; one of them may be -1, and is then found from the others. */
  readonly targetShape: readonly number[];
  readonly name?: string;
}

/**
 * Each row's numbers in another shape, in their order: [steps, features] as [features], the other way round, or as
 * other steps. [-1, features] takes sequences of any length; otherwise the number of steps is fixed, by `input` or the
 * first data the model sees.
 *
 * Input [rows, features] or [rows, steps, features]; output [rows, ...targetShape]. Nothing is learned. As in Keras masks
 * end here, which is said once. Throws `model/shape` where the numbers do not fit.
 *
 * @example
 * const model = sequential([input({ shape: [6] }), reshape({ targetShape: [3, 2] })]);
 * (await model.predict([[1, 2, 3, 4, 5, 6]])).toArray(); // [[[1, 2], [3, 4], [5, 6]]]
 */
export function reshape(options: ReshapeOptions): Layer {
  const { targetShape, name } = optionsOf(options, "reshape");
  refuseUnknown(options, ["targetShape", "name"], "reshape");
  const valid =
    Array.isArray(targetShape) &&
    (targetShape.length === 1 || targetShape.length === 2) &&
    targetShape.every((size) => size === -1 || (Number.isSafeInteger(size) && size >= 1)) &&
    targetShape.filter((size) => size === -1).length <= 1;
  if (!valid) {
    throw new GruvyError(
      "model/option",
      `Expected targetShape of reshape to be [features] or [steps, features], one of them perhaps -1, found ${shown(targetShape)}`,
    );
  }
  const shape = [...targetShape];
  const anySteps = shape.length === 2 && shape[0] === -1;
  return layerOf({
    kind: "reshape",
    name,
    config: { targetShape: shape },
    ...(anySteps ? {} : { needsSteps: true as const }),
    build(given, context) {
      refuseTokens(given.value, context.name);
      ignoreMask(given.value, context);
      const { value, steps } = given;
      if (value.axis && steps === null) {
        if (anySteps) return ofAnyLength(value, value.axis, shape[1], context.name);
        throw new GruvyError(
          "model/shape",
          `Layer "${context.name}" needs sequences of a known number of steps`,
          "Say how many in input({ shape: [steps, features] }), or leave the input to the first data.",
        );
      }
      return ofKnown(given, shape, context.name);
    },
  });
}

/** All sizes are known, but for the one that is -1. */
function ofKnown({ value, steps }: Symbolic, shape: readonly number[], name: string): Symbolic {
  const numbers = (steps ?? 1) * value.features;
  const named = shape.reduce((count, size) => (size === -1 ? count : count * size), 1);
  const found = shape.map((size) => (size === -1 ? numbers / named : size));
  const fits = shape.includes(-1) ? numbers % named === 0 : numbers === named;
  if (!fits) {
    throw new GruvyError(
      "model/shape",
      `Layer "${name}" makes [${shape.join(", ")}] of each row, found rows of ${numbers} numbers`,
    );
  }
  const features = found[found.length - 1];
  if (found.length === 1) return { value: new RegroupOp(value, features).output, steps: null };
  const [count] = found;
  return { value: new RegroupOp(value, features, new TimeAxis(() => count)).output, steps: count };
}

/** Steps are known only when data arrive. */
function ofAnyLength(value: Value, axis: TimeAxis, features: number, name: string): Symbolic {
  const counted = axis.derive(`${value.features} to ${features}`, (steps) => {
    const numbers = steps * value.features;
    if (numbers % features === 0) return numbers / features;
    throw new GruvyError(
      "data/shape",
      `Layer "${name}" makes steps of ${features} numbers, found sequences of ${steps} times ${value.features}`,
    );
  });
  return { value: new RegroupOp(value, features, counted).output, steps: null };
}
