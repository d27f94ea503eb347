// The tree-structured Parzen estimator (Bergstra et al. 2011), with kernels over all parameters jointly (Falkner et
// al. 2018) and their widths as in Optuna: candidates come from the density of the good trials, and the one is taken
// where that density is largest against that of the others.

import { exp, log, pow, type Random, random, stream } from "../../base/index.ts";
import {
  configuration,
  isActive,
  isOrdered,
  type Parameter,
  placeOf,
  type Space,
  type Value,
  type Values,
  valueAt,
} from "../space/index.ts";
import { draw, seenIn, untried } from "./draw.ts";
import { type Observation, observations, startTrials } from "./history.ts";
import { planOf } from "./random.ts";
import type { Searcher, TrialView } from "./searcher.ts";

const CANDIDATES = 64;
const MOST_GOOD = 25;
const MOST_LISTED = 2000;

/** A mixture of one kernel a trial and one as wide as the space. */
class Density {
  private readonly space: Space;
  private readonly trials: readonly Observation[];
  private readonly width: number;

  constructor(space: Space, trials: readonly Observation[]) {
    this.space = space;
    this.trials = trials;
    const count = trials.length + 1;
    const scott = 0.2 * pow(count, -1 / (space.length + 4));
    this.width = Math.max(1 / Math.min(100, 1 + count), scott);
  }

  /** A configuration at random; `from` is the number of its first random element. */
  sample(source: Random, from: number): Values {
    const center = this.trials[source.below(from, this.trials.length + 1)]?.values;
    const values: Record<string, Value> = {};
    this.space.forEach((parameter, i) => {
      if (!isActive(parameter, values)) return;
      const element = from + 1 + 8 * i;
      const around = center !== undefined && Object.hasOwn(center, parameter.name) ? center[parameter.name] : undefined;
      values[parameter.name] =
        around === undefined
          ? valueAt(parameter, source.uniform(element))
          : this.near(parameter, around, source, element);
    });
    return values;
  }

  private near(parameter: Parameter, around: Value, source: Random, element: number): Value {
    if (!isOrdered(parameter)) {
      // The trial's own class with most of the weight, each of the others with a share.
      const stays = source.uniform(element) >= this.width;
      return stays ? around : valueAt(parameter, source.uniform(element + 1));
    }
    for (let i = 0; i < 4; i++) {
      const place = placeOf(parameter, around) + this.width * source.normal(element + i);
      if (place >= 0 && place < 1) return valueAt(parameter, place);
    }
    return around;
  }

  /** The logarithm of the density, but for what all configurations have in common. */
  log(values: Values): number {
    const terms = this.trials.map((trial) => this.kernel(values, trial.values));
    terms.push(0);
    const largest = Math.max(...terms);
    return largest + log(terms.reduce((sum, term) => sum + exp(term - largest), 0) / terms.length);
  }

  private kernel(values: Values, center: Values): number {
    let sum = 0;
    for (const parameter of this.space) {
      const { name } = parameter;
      if (!Object.hasOwn(values, name) || !Object.hasOwn(center, name) || !isActive(parameter, values)) continue;
      if (isOrdered(parameter)) {
        const at = placeOf(parameter, center[name]);
        const far = (placeOf(parameter, values[name]) - at) / this.width;
        sum -= 0.5 * far * far + log(this.width * 2.5066282746310002 * inside(at, this.width));
      } else {
        const count = parameter.values?.length ?? 1;
        const share = this.width / count;
        sum += log(count * (values[name] === center[name] ? 1 - this.width + share : share));
      }
    }
    return sum;
  }
}

/** The share of a normal distribution around `at` that lies between 0 and 1. */
const inside = (at: number, width: number): number => cdf((1 - at) / width) - cdf(-at / width);

/** The normal distribution to 1e-4: the densities are estimates themselves (Bowling et al. 2009). */
const cdf = (x: number): number => 1 / (1 + exp(-0.07056 * x * x * x - 1.5976 * x));

/** The next configuration by the estimator. */
export function tpeDraw(space: Space, trials: readonly TrialView[], seed: number): Values | undefined {
  const known = observations(trials);
  if (known.length < startTrials(space)) return draw(space, trials, seed);
  const sorted = [...known].sort((a, b) => a.score - b.score);
  const good = Math.min(MOST_GOOD, Math.ceil(0.1 * known.length));
  const better = new Density(space, sorted.slice(0, good));
  const others = new Density(space, sorted.slice(good));
  const seen = seenIn(trials);
  const source = random(seed, stream.search, trials.length);
  const left = untried(space, seen);
  const candidates =
    left !== undefined && left.length <= MOST_LISTED
      ? left
      : Array.from({ length: CANDIDATES }, (_, i) => better.sample(source, i * (1 + 8 * space.length)));
  let best: Values | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const values of candidates) {
    const gain = better.log(values) - others.log(values);
    if (gain <= most || seen.has(configuration(values))) continue;
    best = values;
    most = gain;
  }
  return best ?? draw(space, trials, seed);
}

export function tpeSearcher({ maxTrials = Number.POSITIVE_INFINITY }: { maxTrials?: number } = {}): Searcher {
  return {
    name: "tpe",
    config: Number.isFinite(maxTrials) ? { maxTrials } : {},
    next(space, trials, seed) {
      if (trials.length >= maxTrials) return "done";
      const values = tpeDraw(space, trials, seed);
      return values === undefined ? "done" : { values };
    },
    plan: (space) => planOf(space, maxTrials),
  };
}
