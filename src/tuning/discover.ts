// Finds what may vary before the search begins. A function that builds a model may name things in any branch and any
// loop, so it is called for the defaults and for the values of all that it names, until nothing new comes.

import { GruvyError, shown } from "../base/index.ts";
import type { Parameter, Space, Value, Values } from "./space/index.ts";

/** Of parameters with more values the first and the last are looked at: a loop names most at its largest count. */
const MOST_VALUES = 64;

/** `name` calls the function with these values, and gives the space with all that this named. */
export function discover(name: (values: Values, space: Space) => Space): Space {
  let space: Space = [];
  const found: { readonly parameter: Parameter; readonly among: Values }[] = [];
  const look = (among: Values): void => {
    const before = space.length;
    space = name(among, space);
    for (const parameter of space.slice(before)) found.push({ parameter, among });
  };
  look({});
  for (const { parameter, among } of found) {
    for (const value of telling(parameter)) {
      if (value === parameter.default) continue;
      try {
        look({ ...among, [parameter.name]: value });
      } catch (error) {
        // What cannot be built is a trial that fails; what is wrong with the function itself is said at once.
        if (isMistake(error)) throw error;
      }
    }
  }
  return space;
}

function telling({ kind, values, minValue, maxValue }: Parameter): readonly Value[] {
  if (kind === "fixed") return [];
  if (values !== undefined && values.length <= MOST_VALUES) return values;
  const ends = values === undefined ? [minValue, maxValue] : [values[0], values[values.length - 1]];
  return ends.filter((value) => value !== undefined);
}

function isMistake(error: unknown): boolean {
  if (!(error instanceof GruvyError)) return true;
  return error.code === "usage/space" || error.cause instanceof TypeError || error.cause instanceof ReferenceError;
}

/** Refuses what was not found before: it would be left at its default in every trial, and nobody would know. */
export function refuseLate(named: Space, known: Space): void {
  if (named.length <= known.length) return;
  throw new GruvyError(
    "usage/space",
    `The hyperparameter ${shown(named[known.length].name)} was not there when the search began`,
    "Name it in every call, within hp.conditionalScope where it depends on another.",
  );
}
