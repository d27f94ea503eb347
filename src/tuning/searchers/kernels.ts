import { exp } from "../../base/index.ts";
import { type Parameter, placesOf } from "../space/index.ts";
import { isContinuous } from "./coordinates.ts";

/** What is tried near a good trial lies rather nearer than its neighbours do: found with bench/tuning/regret.js. */
const NARROWER = 0.7;

/** Normal distributions cut off at 0 and 1, around the places of trials in one parameter. */
export interface Kernels {
  /** The kernel of each trial, which those of one value may share; -1 where the trial has no such parameter. */
  readonly of: Int32Array;
  readonly middles: readonly number[];
  readonly widths: readonly number[];
  /** The share of each that lies between 0 and 1. */
  readonly inside: readonly number[];
}

/** Kernels as wide as the farther neighbour is away, but not too narrow for how many there are. */
export function kernelsOf(parameter: Parameter, coordinates: Float64Array): Kernels {
  const places = placesIn(parameter, coordinates);
  const sorted = places.slice().sort();
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1])) count--; // behind all others
  const least = 1 / Math.min(100, 2 + count);
  const of = new Int32Array(places.length).fill(-1);
  const middles: number[] = [];
  const widths: number[] = [];
  /** By where a place stands first in the order: how many trials of it have had their turn, and its narrowest kernel. */
  const turns = new Int32Array(count);
  const narrowest = new Int32Array(count).fill(-1);
  for (let trial = 0; trial < places.length; trial++) {
    const place = places[trial];
    if (Number.isNaN(place)) continue;
    const first = firstOf(sorted, count, place);
    const i = first + turns[first]++;
    // The outermost look inwards alone: beyond them there is only the bound.
    const below = i > 0 ? place - sorted[i - 1] : count > 1 ? 0 : place;
    const above = i < count - 1 ? sorted[i + 1] - place : count > 1 ? 0 : 1 - place;
    const width = Math.max(least, NARROWER * Math.max(below, above));
    const shares = width === least && narrowest[first] >= 0;
    of[trial] = shares ? narrowest[first] : middles.length;
    if (shares) continue;
    if (width === least) narrowest[first] = middles.length;
    middles.push(place);
    widths.push(width);
  }
  const inside = middles.map((middle, i) => distribution((1 - middle) / widths[i]) - distribution(-middle / widths[i]));
  return { of, middles, widths, inside };
}

/** The places of trials, each in the middle of those that give its value. */
function placesIn(parameter: Parameter, coordinates: Float64Array): Float64Array {
  if (isContinuous(parameter)) return coordinates;
  const { values = [] } = parameter;
  const middles = new Map<number, number>();
  const places = new Float64Array(coordinates.length);
  for (let trial = 0; trial < places.length; trial++) {
    const index = coordinates[trial];
    let middle = middles.get(index);
    if (middle === undefined) {
      const [low, high] = Number.isNaN(index) ? [index, index] : placesOf(parameter, values[index]);
      middle = (low + high) / 2;
      middles.set(index, middle);
    }
    places[trial] = middle;
  }
  return places;
}

/** Where a value that is there stands first among sorted ones. */
function firstOf(sorted: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The normal distribution to 1e-4: the densities are estimates themselves (Bowling et al. 2009). */
export const distribution = (x: number): number => 1 / (1 + exp(-0.07056 * x * x * x - 1.5976 * x));
