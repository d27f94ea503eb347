import { isActive, type Parameter, placeOf, type Space, type Values } from "../space/index.ts";

/** Whether a parameter is any number between its bounds, of which no list is kept. */
export const isContinuous = ({ values }: Parameter): boolean => values === undefined;

/**
 * Where a configuration lies in a space, a number for each parameter: the place of one that is continuous, else which of its
 * values it is; NaN where the configuration has no such parameter, or another one of its name.
 */
export function coordinatesOf(space: Space, values: Values): Float64Array {
  const made = new Float64Array(space.length);
  for (let i = 0; i < made.length; i++) made[i] = coordinate(space[i], values);
  return made;
}

/** Trials are asked about again at each suggestion; where they lie in a space is remembered. */
const known = new WeakMap<Space, WeakMap<Values, Float64Array>>();

/** As `coordinatesOf`, of configurations that stay. */
export function coordinatesIn(space: Space): (values: Values) => Float64Array {
  const inSpace = known.get(space) ?? new WeakMap<Values, Float64Array>();
  known.set(space, inSpace);
  return (values) => {
    const found = inSpace.get(values);
    if (found?.length === space.length) return found; // one that is still being named grows
    const made = coordinatesOf(space, values);
    inSpace.set(values, made);
    return made;
  };
}

function coordinate(parameter: Parameter, values: Values): number {
  const { name, values: listed = [] } = parameter;
  if (!Object.hasOwn(values, name) || !isActive(parameter, values)) return Number.NaN;
  return isContinuous(parameter) ? placeOf(parameter, values[name]) : Math.max(0, listed.indexOf(values[name]));
}
