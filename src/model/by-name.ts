import { GruvyError, shown, Tensor, type TensorLike, type TensorsLike } from "../base/index.ts";

/** An object with names of its own: neither a list, nor numbers, nor a tensor. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof Tensor) &&
    !(Symbol.iterator in value) &&
    !(Symbol.asyncIterator in value)
  );
}

interface Expected {
  readonly what: "input" | "output";
  readonly letter: "x" | "y";
  /** Which ones must be there. Default: all. */
  readonly needed?: readonly boolean[];
}

/** The tensors of some names, from what a user gave: one alone, a list in their order, or an object by name. */
export function byName(
  given: TensorsLike,
  names: readonly string[],
  { what, letter, needed = names.map(() => true) }: Expected,
): (TensorLike | undefined)[] {
  const all = names.map((name) => shown(name)).join(", ");
  const missing = (name: string) =>
    new GruvyError(
      letter === "x" ? "data/input" : "data/target",
      `Expected ${letter} of the ${what} ${shown(name)}, found none`,
      `The model's ${what}s are ${all}.`,
    );
  if (isRecord(given)) {
    for (const name of Object.keys(given)) {
      if (names.includes(name)) continue;
      throw new GruvyError(
        letter === "x" ? "data/input" : "data/target",
        `The model has no ${what} ${shown(name)}`,
        `Its ${what}s are ${all}.`,
      );
    }
    return names.map((name, i) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined && needed[i]) throw missing(name);
      return value as TensorLike | undefined;
    });
  }
  if (names.length === 1) return [given as TensorLike];
  const list = Array.isArray(given) ? (given as readonly (TensorLike | null | undefined)[]) : undefined;
  if (list?.length !== names.length) {
    throw new GruvyError(
      "data/type",
      `Expected ${letter} to be a list of ${names.length} or an object by name, one for each ${what} (${all}), found ${shown(given)}`,
    );
  }
  return list.map((value, i) => {
    if ((value ?? undefined) === undefined && needed[i]) throw missing(names[i]);
    return value ?? undefined;
  });
}
