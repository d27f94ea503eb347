// What Keras is told of each output of a model: one thing for all, a list, or by name.

import type { Json, JsonObject } from "../../model/index.ts";
import { described, isObject, lacking } from "./values.ts";

/** The outputs of a model, in our order, as Keras calls them. */
export interface KerasOutputs {
  readonly names: readonly string[];
  /** Whether the model gives them by name: Keras then has them in the order of their names. */
  readonly byName: boolean;
}

/** The places of names in the order in which Keras goes through a record. */
export const inNameOrder = (names: readonly string[]): number[] =>
  names.map((_, i) => i).sort((a, b) => (names[a] < names[b] ? -1 : 1));

/** What a file says of each output; null for what it says nothing of. */
export function ofEachOutput(value: Json, { names, byName }: KerasOutputs, what: string): Json[] {
  if (isObject(value) && described(value) === undefined) {
    // Of a single output the name is not looked at.
    if (names.length === 1 && Object.keys(value).length === 1) return Object.values(value) as Json[];
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    if (unknown !== undefined) throw lacking(`${what} of an output`, unknown);
    return names.map((name) => (Object.hasOwn(value, name) ? value[name] : null));
  }
  if (!Array.isArray(value)) return names.map(() => value);
  const list = value as readonly Json[];
  if (list.length !== names.length) throw lacking(`${what} for ${names.length} outputs, a list of`, list.length);
  if (!byName) return [...list];
  const found: Json[] = [...list];
  inNameOrder(names).forEach((place, i) => {
    found[place] = list[i];
  });
  return found;
}

/** By name where names tell outputs apart, else a list. */
export function writtenForEach(values: readonly Json[], { names, byName }: KerasOutputs): Json {
  if (!byName && new Set(names).size < names.length) return values;
  return Object.fromEntries(names.map((name, i): [string, Json] => [name, values[i]])) as JsonObject;
}
