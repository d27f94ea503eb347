import { exp, log, normal, type Random } from "../../base/index.ts";
import {
  isActive,
  isOrdered,
  type Parameter,
  placesOf,
  type Space,
  type Value,
  type Values,
  valueAt,
} from "../space/index.ts";
import { coordinatesIn, isContinuous } from "./coordinates.ts";
import type { Observation } from "./history.ts";
import { distribution, type Kernels, kernelsOf } from "./kernels.ts";

/** So many normal numbers are tried for one within the bounds. */
const TRIES = 7;
const ROOT_2_PI = 2.5066282746310002;
/** Trials whose squared distance, in widths, is above that add nothing to what is level, unless they are as high as that. */
const FAR = 160;
const HIGH = 1e17;
/** After so many trials it is seen whether the density is already more than anybody asks for. */
const STRETCH = 32;

/** One parameter of the trials. */
interface Fitted {
  readonly parameter: Parameter;
  readonly coordinates: Float64Array;
  /** Of one that is ordered. */
  readonly kernels: Kernels | undefined;
  /** Of one that is listed: what each trial gives to a value, against a level density. Filled as they are asked for. */
  readonly shares: Float64Array[];
  /** Of one that is continuous: what each trial gives to its own place, and how fast that falls; 1 and 0 without a place. */
  readonly heights: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * A density over a space (Parzen 1962): the mean of one kernel a trial, over all parameters jointly (Falkner et al. 2018),
 * and of one that is level. A trial's kernel is wide where its neighbours are far (Bergstra et al. 2011), for each
 * parameter by itself.
 */
export class ParzenDensity {
  private readonly trials: readonly Observation[];
  private readonly fitted: readonly Fitted[];
  /** The parameters of which there is a list of values, and the others. */
  private readonly listed: readonly number[];
  private readonly continuous: readonly number[];
  /** By trial of a stretch, what all parameters make of it, and how far away it is in the continuous ones. */
  private readonly weights = new Float64Array(STRETCH);
  private readonly squares = new Float64Array(STRETCH);

  constructor(space: Space, trials: readonly Observation[]) {
    this.trials = trials;
    const coordinates = coordinatesIn(space);
    const places = trials.map(({ values }) => coordinates(values));
    this.fitted = space.map((parameter, p) => fitted(parameter, places, p));
    const numbers = [...space.keys()];
    this.listed = numbers.filter((p) => !isContinuous(space[p]));
    this.continuous = numbers.filter((p) => isContinuous(space[p]));
  }

  /** How many random elements one configuration takes. */
  static elements(space: Space): number {
    return 1 + (TRIES + 1) * space.length;
  }

  /** A configuration at random; `from` is the number of its first random element. */
  sample(source: Random, from: number): Values {
    const trial = uniformBelow(source, from, this.trials.length + 1);
    const center = this.trials[trial]?.values;
    const values: Record<string, Value> = {};
    this.fitted.forEach((fitted, i) => {
      const { parameter, coordinates } = fitted;
      if (!isActive(parameter, values)) return;
      const element = from + 1 + (TRIES + 1) * i;
      values[parameter.name] =
        center === undefined || Number.isNaN(coordinates[trial])
          ? valueAt(parameter, source.uniform(2 * element))
          : this.near(fitted, trial, center[parameter.name], source, element);
    });
    return values;
  }

  private near({ parameter, kernels }: Fitted, trial: number, around: Value, source: Random, element: number): Value {
    if (kernels === undefined) {
      const { values = [] } = parameter;
      const stays = source.uniform(2 * element) >= values.length * this.share(values.length);
      return stays ? around : values[uniformBelow(source, element + 1, values.length)];
    }
    const kernel = kernels.of[trial];
    for (let i = 0; i < TRIES; i++) {
      const place = kernels.middles[kernel] + kernels.widths[kernel] * normal(source, element + i);
      if (place >= 0 && place < 1) return valueAt(parameter, place);
    }
    return around;
  }

  /** What a trial's kernel gives to every value of a choice, besides the rest for its own. */
  private share(values: number): number {
    return 1 / (this.trials.length + 1 + values);
  }

  /**
   * The logarithm of the density at the coordinates of a configuration, against that of a level one; Infinity where it is
   * found to be above `most`.
   */
  log(at: Float64Array, most = Number.POSITIVE_INFINITY): number {
    const { fitted, weights, squares } = this;
    const count = this.trials.length + 1;
    const enough = exp(most) * count;
    let sum = 1;
    for (let from = 0; from < count - 1 && sum <= enough; from += STRETCH) {
      const length = Math.min(STRETCH, count - 1 - from);
      weights.fill(1);
      squares.fill(0);
      for (const p of this.listed) {
        if (!Number.isNaN(at[p])) multiply(weights, this.sharesOf(fitted[p], at[p]), from, length);
      }
      for (const p of this.continuous) {
        if (!Number.isNaN(at[p])) measure(fitted[p], at[p], from, length, weights, squares);
      }
      for (let i = 0; i < length; i++) {
        if (squares[i] === 0) sum += weights[i];
        else if (squares[i] < FAR || weights[i] > HIGH) sum += weights[i] * exp(-0.5 * squares[i]);
      }
    }
    return sum > enough ? Number.POSITIVE_INFINITY : log(sum / count);
  }

  /** What each trial gives to a value of a listed parameter; 1 where it has none. */
  private sharesOf({ parameter, coordinates, kernels, shares }: Fitted, index: number): Float64Array {
    const known: Float64Array | undefined = shares[index];
    if (known !== undefined) return known;
    const { values = [] } = parameter;
    const made = new Float64Array(coordinates.length).fill(1);
    if (kernels === undefined) {
      const share = this.share(values.length);
      const own = values.length * (1 - (values.length - 1) * share);
      const other = values.length * share;
      for (let i = 0; i < made.length; i++) {
        if (!Number.isNaN(coordinates[i])) made[i] = coordinates[i] === index ? own : other;
      }
    } else {
      const { of } = kernels;
      const each = sharesAt(kernels, placesOf(parameter, values[index]));
      for (let i = 0; i < made.length; i++) if (of[i] >= 0) made[i] = each[of[i]];
    }
    shares[index] = made;
    return made;
  }
}

function fitted(parameter: Parameter, places: readonly Float64Array[], p: number): Fitted {
  const count = places.length;
  const coordinates = new Float64Array(count);
  for (let i = 0; i < count; i++) coordinates[i] = places[i][p];
  const kernels = isOrdered(parameter) ? kernelsOf(parameter, coordinates) : undefined;
  const heights = new Float64Array(count).fill(1);
  const slopes = new Float64Array(count);
  if (kernels !== undefined && isContinuous(parameter)) {
    const { of, widths, inside } = kernels;
    for (let i = 0; i < count; i++) {
      if (of[i] < 0) continue;
      slopes[i] = 1 / widths[of[i]];
      heights[i] = slopes[i] / (ROOT_2_PI * inside[of[i]]);
    }
  }
  return { parameter, coordinates, kernels, shares: [], heights, slopes };
}

/** What kernels give to a stretch, against a level density. */
function sharesAt({ middles, widths, inside }: Kernels, [low, high]: readonly [number, number]): Float64Array {
  const shares = new Float64Array(middles.length);
  for (let i = 0; i < shares.length; i++) {
    const share = distribution((high - middles[i]) / widths[i]) - distribution((low - middles[i]) / widths[i]);
    shares[i] = Math.max(1e-300, share / (high - low)) / inside[i];
  }
  return shares;
}

function multiply(weights: Float64Array, shares: Float64Array, from: number, length: number): void {
  for (let i = 0; i < length; i++) weights[i] *= shares[from + i];
}

/** Takes in how far some trials are from a place of a continuous parameter. */
function measure(
  { coordinates, heights, slopes }: Fitted,
  at: number,
  from: number,
  length: number,
  weights: Float64Array,
  squares: Float64Array,
): void {
  for (let i = 0; i < length; i++) {
    const slope = slopes[from + i];
    if (slope === 0) continue; // it has no place
    const far = (at - coordinates[from + i]) * slope;
    weights[i] *= heights[from + i];
    squares[i] += far * far;
  }
}

/** As `source.below`, from numbers that `source.normal` of other elements does not use. */
const uniformBelow = (source: Random, element: number, below: number): number => source.below(2 * element, below);
