import { GruvyError } from "../../base/index.ts";
import { BegunMaskOp, KeepUnmaskedOp, type Value } from "../../engine/index.ts";
import type { WalkOptions } from "./cell.ts";
import type { BuildContext, Symbolic } from "./layer.ts";

type Walk = Pick<WalkOptions, "stateful" | "goBackwards"> & { readonly turned: boolean };

/**
 * Checks the states that a layer is to start from, and says what is made of its output. As in Keras, where a masked step
 * gives what the step before gave, and the first one zeros, also where states to start from are there.
 */
export function beginWith(
  given: readonly Symbolic[],
  sizes: readonly number[],
  { name }: BuildContext,
  { stateful, goBackwards, turned }: Walk,
): (value: Value, mask: Value | undefined) => Value {
  if (stateful) {
    throw new GruvyError(
      "model/state",
      `Layer "${name}" is stateful and starts from the states it has kept, found an initialState`,
      "Leave one of the two out.",
    );
  }
  const shapes = given.map(({ value }) => (value.kind === "vector" ? `${value.features}` : value.kind));
  if (shapes.join() !== sizes.join()) {
    throw new GruvyError(
      "model/state",
      `Expected for layer "${name}" an initialState of ${sizes.length} rows of ${sizes.join(", ")} features, found ${shapes.join(", ")}`,
      "Give one for each state: h, and of an LSTM h and c.",
    );
  }
  return (value, mask) => {
    if (!mask) return value;
    const { axis } = value;
    const counts = new BegunMaskOp(mask, { backwards: goBackwards, any: axis === undefined }).output;
    const turns = axis !== undefined && goBackwards !== turned;
    return new KeepUnmaskedOp(value, counts, { turned: turns, handedOn: mask }).output;
  };
}
