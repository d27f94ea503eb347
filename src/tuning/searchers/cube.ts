// The configurations of a space as points, for a model that lives by distances: numbers lie along one axis by their
// place, a choice has an axis for each of its values. What is absent is in the middle.

import {
  decide,
  evenCount,
  isOrdered,
  type Parameter,
  placeOf,
  type Space,
  type Value,
  type Values,
  valueAt,
} from "../space/index.ts";

/** How far the point of a choice lies along its axis: two choices are as far apart as the ends of a number. */
const CHOSEN = 0.7;

/** A parameter's coordinates. */
interface Axis {
  readonly parameter: Parameter;
  readonly first: number;
  readonly count: number;
  readonly ordered: boolean;
  /** How many values the places are divided among evenly; 0 where they are not. */
  readonly even: number;
  /** What it hangs on: the number of each parent, with the values at which it is there. */
  readonly conditions: readonly { readonly parent: number; readonly values: readonly Value[] }[];
}

const cubes = new WeakMap<Space, Cube>();

/** The cube of a space, which remembers the points that it was asked for. */
export function cubeOf(space: Space): Cube {
  const known = cubes.get(space) ?? new Cube(space);
  cubes.set(space, known);
  return known;
}

export class Cube {
  /** How many coordinates a point has. */
  readonly size: number;
  private readonly space: Space;
  private readonly axes: readonly Axis[];
  /** Whether several parameters bear one name, so that names have to be looked up. */
  private readonly shared: boolean;
  private readonly parents: ReadonlySet<number>;
  private readonly chosen: (Value | undefined)[];
  private readonly points = new WeakMap<Values, Float64Array>();

  constructor(space: Space) {
    this.space = space;
    const number = new Map(space.map(({ name }, i) => [name, i]));
    this.shared = number.size < space.length;
    let size = 0;
    this.axes = space.map((parameter): Axis => {
      const { kind, values } = parameter;
      const ordered = isOrdered(parameter);
      const count = kind === "fixed" ? 0 : ordered ? 1 : (values?.length ?? 0);
      const first = size;
      size += count;
      const conditions = parameter.conditions.map(({ parent, values: of }) => ({
        parent: number.get(parent) ?? -1,
        values: of,
      }));
      return { parameter, first, count, ordered, even: evenCount(parameter), conditions };
    });
    this.size = size;
    this.parents = new Set(this.axes.flatMap(({ conditions }) => conditions.map(({ parent }) => parent)));
    this.chosen = space.map(() => undefined);
  }

  /** The point of a configuration. */
  encode(values: Values): Float64Array {
    const known = this.points.get(values);
    if (known !== undefined) return known;
    const point = new Float64Array(this.size);
    for (const axis of this.axes) {
      const { parameter, first, ordered } = axis;
      const there = Object.hasOwn(values, parameter.name);
      const value = values[parameter.name];
      if (axis.count === 0) continue;
      if (ordered) point[first] = there ? placeOf(parameter, value) : 0.5;
      else if (there && parameter.values?.includes(value)) point[first + parameter.values.indexOf(value)] = CHOSEN;
    }
    this.points.set(values, point);
    return point;
  }

  /** The configuration that places, from 0 to 1 and one a parameter, give. */
  configure(places: Float64Array): Values {
    return decide(this.space, (parameter, i) => valueAt(parameter, places[i]));
  }

  /** Writes the point of that configuration, without making it. */
  locate(places: Float64Array, point: Float64Array): void {
    if (this.shared) {
      point.set(this.encode(this.configure(places)));
      return;
    }
    point.fill(0);
    for (let p = 0; p < this.axes.length; p++) {
      const axis = this.axes[p];
      const { parameter, first, even } = axis;
      const there = axis.conditions.length === 0 || this.isThere(axis);
      if (this.parents.has(p)) this.chosen[p] = there ? valueAt(parameter, places[p]) : undefined;
      if (axis.count === 0) continue;
      const index = even > 0 ? Math.min(even - 1, Math.floor(places[p] * even)) : 0;
      if (!axis.ordered) {
        if (there) point[first + index] = CHOSEN;
      } else if (!there) point[first] = 0.5;
      else if (even > 0) point[first] = (index + 0.5) / even;
      else if (parameter.kind === "float") point[first] = places[p];
      else point[first] = placeOf(parameter, valueAt(parameter, places[p]));
    }
  }

  private isThere({ conditions }: Axis): boolean {
    for (const { parent, values } of conditions) {
      const value = this.chosen[parent];
      if (value === undefined || !values.includes(value)) return false;
    }
    return true;
  }
}
