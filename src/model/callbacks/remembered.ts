import { finiteNumber, GruvyError, Tensor, wholeNumber } from "../../base/index.ts";
import type { CallbackState } from "./callback.ts";

const code = "training/state";

/** A number of a callback's state that may be infinite or NaN, which JSON cannot hold. */
export const anyNumber = (value: number): Tensor => new Tensor([], Float64Array.of(value));

/** Reads a callback's state, which may come from a file. */
export function remembered({ values = {}, tensors = new Map() }: CallbackState, callback: string) {
  return {
    whole: (name: string, min = 0): number => wholeNumber(values[name], `${name} of ${callback}`, { min, code }),
    finite: (name: string): number => finiteNumber(values[name], `${name} of ${callback}`, { code }),
    any(name: string): number {
      const data = tensors.get(name)?.data;
      if (data?.length === 1) return data[0];
      throw new GruvyError(
        code,
        `Expected a number "${name}" in the state of ${callback}, found none`,
        "Start the training anew.",
      );
    },
    /** The tensors `name/0`, `name/1`...; undefined when there is none. */
    list(name: string): Tensor[] | undefined {
      const found: Tensor[] = [];
      for (let i = 0; tensors.has(`${name}/${i}`); i++) found.push(tensors.get(`${name}/${i}`) as Tensor);
      return found.length > 0 ? found : undefined;
    },
  };
}
