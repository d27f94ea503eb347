import { Tensor, type TensorLike, type TensorsLike } from "../base/index.ts";

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

/**
 * The tensors of some names, from what a user gave: one alone, a list in their order, or an object by name; undefined where
 * some are missing or unknown. `needed`: which ones must be there, by default all.
 */
export function byName(
  given: TensorsLike,
  names: readonly string[],
  needed: readonly boolean[] = [],
): (TensorLike | undefined)[] | undefined {
  let found: readonly unknown[];
  if (isRecord(given)) {
    if (!Object.keys(given).every((name) => names.includes(name))) return undefined;
    found = names.map((name) => (Object.hasOwn(given, name) ? given[name] : undefined));
  } else if (names.length === 1) return [given as TensorLike];
  else if (Array.isArray(given) && given.length === names.length) found = given.map((value) => value ?? undefined);
  else return undefined;
  if (found.some((value, i) => value === undefined && needed[i] !== false)) return undefined;
  return found as (TensorLike | undefined)[];
}
