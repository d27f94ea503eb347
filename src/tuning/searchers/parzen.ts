import { exp, log, type Random } from "../../base/index.ts";
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
import type { Observation } from "./history.ts";

/** What is tried near a good trial lies rather nearer than its neighbours do: found with bench/tuning/regret.js. */
const NARROWER = 0.7;
/** So many normal numbers are tried for one within the bounds. */
const TRIES = 7;

/** A normal distribution cut off at 0 and 1, around a trial's place. */
interface Kernel {
  readonly middle: number;
  readonly width: number;
  /** The logarithm of the share of it that lies between 0 and 1. */
  readonly inside: number;
}

/**
 * A density over a space (Parzen 1962): the mean of one kernel a trial, over all parameters jointly (Falkner et al. 2018),
 * and of one that is level. A trial's kernel is wide where its neighbours are far (Bergstra et al. 2011), for each
 * parameter by itself.
 */
export class ParzenDensity {
  private readonly space: Space;
  private readonly trials: readonly Observation[];
  /** By parameter, then by trial; absent where the trial has no such value. */
  private readonly kernels: readonly (readonly (Kernel | undefined)[])[];

  constructor(space: Space, trials: readonly Observation[]) {
    this.space = space;
    this.trials = trials;
    this.kernels = space.map((parameter) => (isOrdered(parameter) ? kernelsOf(parameter, trials) : []));
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
    this.space.forEach((parameter, i) => {
      if (!isActive(parameter, values)) return;
      const element = from + 1 + (TRIES + 1) * i;
      const around = center !== undefined && has(center, parameter) ? center[parameter.name] : undefined;
      values[parameter.name] =
        around === undefined
          ? valueAt(parameter, source.uniform(2 * element))
          : this.near(parameter, around, this.kernels[i][trial], source, element);
    });
    return values;
  }

  private near(
    parameter: Parameter,
    around: Value,
    kernel: Kernel | undefined,
    source: Random,
    element: number,
  ): Value {
    if (kernel === undefined) {
      const { values = [] } = parameter;
      const stays = source.uniform(2 * element) >= values.length * this.share(values.length);
      return stays ? around : values[uniformBelow(source, element + 1, values.length)];
    }
    for (let i = 0; i < TRIES; i++) {
      const place = kernel.middle + kernel.width * source.normal(element + i);
      if (place >= 0 && place < 1) return valueAt(parameter, place);
    }
    return around;
  }

  /** What a trial's kernel gives to every value of a choice, besides the rest for its own. */
  private share(values: number): number {
    return 1 / (this.trials.length + 1 + values);
  }

  /** The logarithm of the density, against that of a level one. */
  log(values: Values): number {
    const terms = new Float64Array(this.trials.length + 1);
    this.space.forEach((parameter, p) => {
      const { name, values: listed = [] } = parameter;
      if (!has(values, parameter)) return;
      const value = values[name];
      if (isOrdered(parameter)) {
        const [low, high] = placesOf(parameter, value);
        this.kernels[p].forEach((kernel, i) => {
          if (kernel !== undefined) terms[i] += logShare(kernel, low, high);
        });
        return;
      }
      const share = this.share(listed.length);
      const own = log(listed.length * (1 - (listed.length - 1) * share));
      const other = log(listed.length * share);
      this.trials.forEach((trial, i) => {
        if (has(trial.values, parameter)) terms[i] += trial.values[name] === value ? own : other;
      });
    });
    let largest = 0;
    for (const term of terms) largest = Math.max(largest, term);
    let sum = 0;
    for (const term of terms) sum += exp(term - largest);
    return largest + log(sum / terms.length);
  }
}

/** Kernels as wide as the farther neighbour is away, but not too narrow for how many there are. */
function kernelsOf(parameter: Parameter, trials: readonly Observation[]): (Kernel | undefined)[] {
  const kernels: (Kernel | undefined)[] = trials.map(() => undefined);
  const sorted = trials
    .flatMap(({ values }, trial) => {
      if (!has(values, parameter)) return [];
      const [low, high] = placesOf(parameter, values[parameter.name]);
      return [{ trial, middle: (low + high) / 2 }];
    })
    .sort((a, b) => a.middle - b.middle);
  const count = sorted.length;
  const least = 1 / Math.min(100, 2 + count);
  sorted.forEach(({ trial, middle }, i) => {
    // The outermost look inwards alone: beyond them there is only the bound.
    const below = i > 0 ? middle - sorted[i - 1].middle : count > 1 ? 0 : middle;
    const above = i < count - 1 ? sorted[i + 1].middle - middle : count > 1 ? 0 : 1 - middle;
    const width = Math.max(least, NARROWER * Math.max(below, above));
    kernels[trial] = { middle, width, inside: log(distribution((1 - middle) / width) - distribution(-middle / width)) };
  });
  return kernels;
}

/** The logarithm of a kernel's density at a place, or of its mean between two. */
function logShare({ middle, width, inside }: Kernel, low: number, high: number): number {
  if (low === high) {
    const far = (low - middle) / width;
    return -0.5 * far * far - log(width * 2.5066282746310002) - inside;
  }
  const share = distribution((high - middle) / width) - distribution((low - middle) / width);
  return log(Math.max(1e-300, share / (high - low))) - inside;
}

/** The normal distribution to 1e-4: the densities are estimates themselves (Bowling et al. 2009). */
const distribution = (x: number): number => 1 / (1 + exp(-0.07056 * x * x * x - 1.5976 * x));

/** As `source.below`, from numbers that `source.normal` of other elements does not use. */
const uniformBelow = (source: Random, element: number, below: number): number => source.below(2 * element, below);

/** Whether a configuration has this parameter, and not another one of its name. */
const has = (values: Values, parameter: Parameter): boolean =>
  Object.hasOwn(values, parameter.name) && isActive(parameter, values);
