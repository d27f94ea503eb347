// Bayesian optimisation (Jones et al. 1998): a Gaussian process of what is known, and the place where the expected
// improvement over the best is largest.

import { exp, log, type Random, random, stream } from "../../base/index.ts";
import { configuration, decide, isOrdered, placeOf, type Space, type Values, valueAt } from "../space/index.ts";
import { draw, seenIn, untried } from "./draw.ts";
import { fitProcess, gaussianProcess } from "./gaussian-process.ts";
import { type Observation, observations, startTrials } from "./history.ts";
import { planOf } from "./random.ts";
import type { Searcher, TrialView } from "./searcher.ts";

const CANDIDATES = 600;
const REFINED = 5;
const MOST_LISTED = 2000;
/** The work grows with powers of the trials: of more, the best and the latest are kept. */
const MOST_TRIALS = 100;
/** From so many on, lengths and noise are not fitted at every trial, but whenever there are a fifth more. */
const FITTED_EACH = 20;

/** A configuration as a point: numbers by their place, a choice as one coordinate a value. What is absent is in the middle. */
function encode(space: Space, values: Values): Float64Array {
  const point: number[] = [];
  for (const parameter of space) {
    const { name, kind, values: listed = [] } = parameter;
    const there = Object.hasOwn(values, name);
    if (kind === "fixed") continue;
    if (isOrdered(parameter)) point.push(there ? placeOf(parameter, values[name]) : 0.5);
    else for (const one of listed) point.push(there && values[name] === one ? 0.7 : 0);
  }
  return Float64Array.from(point);
}

/** Scores with mean 0 and variance 1; those far above the rest, of which only "bad" matters, are brought nearer. */
function standardised(scores: readonly number[]): Float64Array {
  const sorted = [...scores].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const limit = middle + 2 * (middle - sorted[0]);
  const cut = scores.map((score) => (sorted[0] < middle ? Math.min(limit, score) : score));
  const mean = cut.reduce((sum, value) => sum + value / cut.length, 0);
  const spread = Math.sqrt(cut.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / cut.length);
  return Float64Array.from(cut, (value) => (spread > 0 ? (value - mean) / spread : 0));
}

/** The logarithm of the expected improvement in standard deviations: log(phi(z) + z Phi(z)), stable far out. */
function logImprovement(z: number): number {
  const density = 0.3989422804014327 * exp(-0.5 * z * z);
  if (z > -5) return log(Math.max(1e-300, density + z * normal(z)));
  return -0.5 * z * z - 0.9189385332046727 - 2 * log(-z);
}

/** The normal distribution by its series (Marsaglia 2004). */
function normal(x: number): number {
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-16 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * 0.3989422804014327 * exp(-0.5 * x * x);
}

/** What a configuration promises; where that is not above `least`, any number that is not. */
type Gain = (values: Values, least?: number) => number;

export function bayesianDraw(space: Space, trials: readonly TrialView[], seed: number): Values | undefined {
  const known = observations(trials);
  if (known.length < startTrials(space)) return draw(space, trials, seed);
  const kept = keep(known, MOST_TRIALS);
  const { x, y } = dataOf(space, kept);
  const process = gaussianProcess(x, y, fitted(space, known));
  const best = Math.min(...y);
  const gain: Gain = (values, least = Number.NEGATIVE_INFINITY) => {
    const mean = process.mean(encode(space, values));
    const worth = (variance: number): number => {
      const spread = Math.sqrt(variance);
      return logImprovement((best - mean) / spread) + log(spread);
    };
    // The more uncertain, the more may be gained: a bound of one is a bound of the other.
    return worth(process.variance((most) => worth(most) <= least));
  };
  const seen = seenIn(trials);
  const source = random(seed, stream.search, trials.length);
  const left = untried(space, seen);
  if (left !== undefined && left.length <= MOST_LISTED) return largest(left, gain);
  const configure = (places: Float64Array): Values => decide(space, (parameter, i) => valueAt(parameter, places[i]));
  const found = promising(candidates(space, kept, source), configure, gain).map((start) =>
    refine(start, configure, gain),
  );
  const fresh = found.filter((values) => !seen.has(configuration(values)));
  return fresh.length > 0 ? largest(fresh, gain) : draw(space, trials, seed);
}

const dataOf = (space: Space, known: readonly Observation[]) => ({
  x: known.map(({ values }) => encode(space, values)),
  y: standardised(known.map(({ score }) => score)),
});

/** The last fit of each space, with what it was made from. */
const fits = new WeakMap<Space, { readonly from: string; readonly point: Float64Array }>();

/** The process's lengths, size and noise: what they are follows from the trials alone, and is remembered to save time. */
function fitted(space: Space, known: readonly Observation[]): Float64Array {
  let count = FITTED_EACH;
  while (Math.floor(1.2 * count) <= known.length) count = Math.floor(1.2 * count);
  const used = keep(known.slice(0, Math.min(known.length, count)), MOST_TRIALS);
  const from = JSON.stringify(used);
  const last = fits.get(space);
  if (last?.from === from) return last.point;
  const { x, y } = dataOf(space, used);
  const point = fitProcess(x, y);
  fits.set(space, { from, point });
  return point;
}

function keep(known: readonly Observation[], most: number): readonly Observation[] {
  if (known.length <= most) return known;
  const best = new Set([...known].sort((a, b) => a.score - b.score).slice(0, most / 2));
  return [...best, ...known.filter((one) => !best.has(one)).slice(-most / 2)];
}

function largest(list: readonly Values[], gain: Gain): Values | undefined {
  let best: Values | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const values of list) {
    const value = gain(values, most);
    if (best !== undefined && value <= most) continue;
    best = values;
    most = value;
  }
  return best;
}

/** A place that is looked at, its configuration and what that promises. */
interface Start {
  readonly places: Float64Array;
  readonly values: Values;
  readonly value: number;
}

/** The places that promise most, the best first. */
function promising(places: readonly Float64Array[], configure: (places: Float64Array) => Values, gain: Gain): Start[] {
  const best: Start[] = [];
  for (const one of places) {
    const values = configure(one);
    const least = best[REFINED - 1]?.value ?? Number.NEGATIVE_INFINITY;
    const value = gain(values, least);
    if (best.length === REFINED && value <= least) continue;
    const after = best.findIndex((other) => other.value < value);
    best.splice(after < 0 ? best.length : after, 0, { places: one, values, value });
    best.length = Math.min(best.length, REFINED);
  }
  return best;
}

/** Places all over the space, and around the best trials. */
function candidates(space: Space, known: readonly Observation[], source: Random): Float64Array[] {
  const best = [...known].sort((a, b) => a.score - b.score).slice(0, 5);
  return Array.from({ length: CANDIDATES }, (_, i) => {
    const near = i % 3 === 0 ? best[(i / 3) % best.length] : undefined;
    const width = [0.2, 0.05, 0.01][Math.floor(i / 3) % 3];
    return Float64Array.from(space, (parameter, d) => {
      const element = 2 * (i * space.length + d);
      if (near === undefined || !Object.hasOwn(near.values, parameter.name)) return source.uniform(element);
      const place = placeOf(parameter, near.values[parameter.name]);
      if (!isOrdered(parameter)) return source.uniform(element) < width ? source.uniform(element + 1) : place;
      return inside(place + width * source.normal(element));
    });
  });
}

const inside = (place: number): number => Math.min(1 - 2 ** -24, Math.max(0, place));

/** Looks along each axis with ever smaller steps (Hooke and Jeeves 1961). */
function refine(start: Start, configure: (places: Float64Array) => Values, gain: Gain): Values {
  let { places, values, value } = start;
  for (let step = 0.1; step > 5e-5; ) {
    let moved = false;
    for (let d = 0; d < places.length; d++) {
      for (const sign of [1, -1]) {
        const next = places.slice();
        next[d] = inside(next[d] + sign * step);
        const nextValues = configure(next);
        if (isSame(nextValues, values)) continue;
        const found = gain(nextValues, value);
        if (found <= value) continue;
        places = next;
        values = nextValues;
        value = found;
        moved = true;
        break;
      }
    }
    if (!moved) step /= 2.5;
  }
  return values;
}

function isSame(a: Values, b: Values): boolean {
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (!Object.hasOwn(a, name)) return false;
  return true;
}

export function bayesianSearcher({ maxTrials = Number.POSITIVE_INFINITY }: { maxTrials?: number } = {}): Searcher {
  return {
    name: "bayesian",
    config: Number.isFinite(maxTrials) ? { maxTrials } : {},
    next(space, trials, seed) {
      if (trials.length >= maxTrials) return "done";
      const values = bayesianDraw(space, trials, seed);
      return values === undefined ? "done" : { values };
    },
    plan: (space) => planOf(space, maxTrials),
  };
}
