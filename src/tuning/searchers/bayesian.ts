// Bayesian optimisation (Jones et al. 1998): a Gaussian process of what is known, and the place where the expected
// improvement over the best is largest.

import { exp, log, normal, type Random, random, stream } from "../../base/index.ts";
import { configuration, isOrdered, placeOf, type Space, type Values } from "../space/index.ts";
import { type Cube, cubeOf } from "./cube.ts";
import { draw, seenIn, untried } from "./draw.ts";
import { fitProcess, gaussianProcess } from "./gaussian-process.ts";
import { type Observation, observations, startTrials } from "./history.ts";
import { planOf } from "./random.ts";
import type { Searcher, TrialView } from "./searcher.ts";

const CANDIDATES = 400;
/** One in three lies around one of so many of the best, so far away. */
const NEAR = 5;
const WIDTHS = [0.2, 0.05, 0.01];
const REFINED = 3;
const MOST_LISTED = 2000;
/** The work grows with powers of the trials: of more, the best and the latest are kept. */
const MOST_TRIALS = 80;
const MOST_FITTED = 60;
/** From so many on, lengths and noise are not fitted at every trial, but whenever there are a fifth more. */
const FITTED_EACH = 20;

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

const HALF_LOG_2_PI = 0.9189385332046727;
/** Below, the improvement is that of the normal distribution's tail. */
const TAIL = -5;

/** The logarithm of the expected improvement in standard deviations: log(phi(z) + z Phi(z)), stable far out. */
export function logImprovement(z: number): number {
  if (z < TAIL) {
    // Phi(z) is phi(z) / (-z + rest), the rest by Laplace's continued fraction.
    let rest = 0;
    for (let n = 20; n > 0; n--) rest = n / (rest - z);
    return -0.5 * z * z - HALF_LOG_2_PI + log(rest / (rest - z));
  }
  return log(0.3989422804014327 * exp(-0.5 * z * z) + z * normalCdf(z));
}

const MOST_Z = 8;
/** So many tangents to one standard deviation. */
const TANGENTS = 16;
const tangents = Array.from({ length: (MOST_Z - TAIL) * TANGENTS + 1 }, (_, i) => {
  const z = TAIL + i / TANGENTS;
  const value = logImprovement(z);
  return [value, normalCdf(z) / exp(value)];
});
const heights = Float64Array.from(tangents, ([height]) => height);
const slopes = Float64Array.from(tangents, ([, slope]) => slope);

/** A bound of `logImprovement` from above that is quick to find: what is concave lies below its tangents. */
export function improvementBound(z: number): number {
  if (z < TAIL) return -0.5 * z * z - HALF_LOG_2_PI - 2 * Math.log(-z);
  if (z > MOST_Z) return Math.log(z);
  const nearest = Math.round((z - TAIL) * TANGENTS);
  return heights[nearest] + slopes[nearest] * (z - TAIL - nearest / TANGENTS);
}

/** The normal distribution by its series (Marsaglia 2004). */
function normalCdf(x: number): number {
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-16 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * 0.3989422804014327 * exp(-0.5 * x * x);
}

/** What a point promises; where that is not above `least`, any number that is not. */
type Gain = (point: Float64Array, least?: number) => number;

export function bayesianDraw(space: Space, trials: readonly TrialView[], seed: number): Values | undefined {
  const known = observations(trials);
  if (known.length < startTrials(space)) return draw(space, trials, seed);
  const cube = cubeOf(space);
  const kept = keep(known, MOST_TRIALS);
  const { x, y } = dataOf(cube, kept);
  const process = gaussianProcess(x, y, fitted(cube, known));
  const best = Math.min(...y);
  const gain: Gain = (point, least = Number.NEGATIVE_INFINITY) => {
    const mean = process.mean(point);
    // The more uncertain, the more may be gained: a bound of one is a bound of the other.
    const isEnough = (most: number): boolean => {
      const spread = Math.sqrt(most);
      return improvementBound((best - mean) / spread) + Math.log(spread) < least - 1e-9;
    };
    const spread = Math.sqrt(process.variance(isEnough));
    return logImprovement((best - mean) / spread) + log(spread);
  };
  const seen = seenIn(trials);
  const source = random(seed, stream.search, trials.length);
  const left = untried(space, seen);
  if (left !== undefined && left.length <= MOST_LISTED) return largest(cube, left, gain);
  const found = promising(cube, space, kept, source, gain).map((start) => cube.configure(refine(cube, start, gain)));
  const fresh = found.filter((values) => !seen.has(configuration(values)));
  return fresh.length > 0 ? largest(cube, fresh, gain) : draw(space, trials, seed);
}

const dataOf = (cube: Cube, known: readonly Observation[]) => ({
  x: known.map(({ values }) => cube.encode(values)),
  y: standardised(known.map(({ score }) => score)),
});

/** The last fit of each space, with what it was made from. */
const fits = new WeakMap<Cube, { readonly from: readonly Observation[]; readonly point: Float64Array }>();

/** The process's lengths, size and noise: what they are follows from the trials alone, and is remembered to save time. */
function fitted(cube: Cube, known: readonly Observation[]): Float64Array {
  let count = FITTED_EACH;
  while (Math.floor(1.2 * count) <= known.length) count = Math.floor(1.2 * count);
  const from = keep(known.slice(0, Math.min(known.length, count)), MOST_FITTED);
  const last = fits.get(cube);
  if (last !== undefined && isSame(last.from, from)) return last.point;
  const { x, y } = dataOf(cube, from);
  const point = fitProcess(x, y);
  fits.set(cube, { from, point });
  return point;
}

const isSame = (a: readonly Observation[], b: readonly Observation[]): boolean =>
  a.length === b.length && a.every(({ values, score }, i) => values === b[i].values && score === b[i].score);

function keep(known: readonly Observation[], most: number): readonly Observation[] {
  if (known.length <= most) return known;
  const best = new Set([...known].sort((a, b) => a.score - b.score).slice(0, most / 2));
  const latest: Observation[] = [];
  for (let i = known.length - 1; latest.length < most / 2; i--) if (!best.has(known[i])) latest.push(known[i]);
  return [...best, ...latest.reverse()];
}

function largest(cube: Cube, list: readonly Values[], gain: Gain): Values | undefined {
  let best: Values | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const values of list) {
    const value = gain(cube.encode(values), most);
    if (best !== undefined && value <= most) continue;
    best = values;
    most = value;
  }
  return best;
}

/** Places that are looked at, and what they promise. */
interface Start {
  readonly places: Float64Array;
  readonly value: number;
}

/** Places all over the space, and around the best trials: those that promise most, the best first. */
function promising(cube: Cube, space: Space, known: readonly Observation[], source: Random, gain: Gain): Start[] {
  const near = [...known].sort((a, b) => a.score - b.score).slice(0, NEAR);
  const around = near.map(({ values }) => placesOfAll(space, values));
  const ordered = space.map(isOrdered);
  const best: Start[] = [];
  const places = new Float64Array(space.length);
  const point = new Float64Array(cube.size);
  for (let i = 0; i < CANDIDATES; i++) {
    const middle = i % 3 === 0 ? around[(i / 3) % around.length] : undefined;
    const width = WIDTHS[Math.floor(i / 3) % WIDTHS.length];
    for (let d = 0; d < places.length; d++) {
      const element = 2 * (i * places.length + d);
      const place = middle === undefined ? -1 : middle[d];
      if (place < 0) places[d] = source.uniform(element);
      else if (ordered[d]) places[d] = inside(place + width * normal(source, element));
      else places[d] = source.uniform(element) < width ? source.uniform(element + 1) : place;
    }
    cube.locate(places, point);
    const least = best[REFINED - 1]?.value ?? Number.NEGATIVE_INFINITY;
    const value = gain(point, least);
    if (best.length === REFINED && value <= least) continue;
    const after = best.findIndex((other) => other.value < value);
    best.splice(after < 0 ? best.length : after, 0, { places: places.slice(), value });
    best.length = Math.min(best.length, REFINED);
  }
  return best;
}

/** The places of a configuration; -1 of what it does not have. */
const placesOfAll = (space: Space, values: Values): Float64Array =>
  Float64Array.from(space, (parameter) =>
    Object.hasOwn(values, parameter.name) ? placeOf(parameter, values[parameter.name]) : -1,
  );

const inside = (place: number): number => Math.min(1 - 2 ** -24, Math.max(0, place));

/** Looks along each axis with ever smaller steps (Hooke and Jeeves 1961); moves that change nothing are no looks. */
function refine(cube: Cube, start: Start, gain: Gain): Float64Array {
  const places = start.places.slice();
  let { value } = start;
  let point = new Float64Array(cube.size);
  let next = new Float64Array(cube.size);
  cube.locate(places, point);
  for (let step = 0.1; step > 5e-5; ) {
    let moved = false;
    for (let d = 0; d < places.length; d++) {
      const place = places[d];
      for (const sign of [1, -1]) {
        places[d] = inside(place + sign * step);
        cube.locate(places, next);
        const found = areEqual(next, point) ? value : gain(next, value);
        if (found > value) {
          [point, next] = [next, point];
          value = found;
          moved = true;
          break;
        }
        places[d] = place;
      }
    }
    if (!moved) step /= 2.5;
  }
  return places;
}

function areEqual(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A Gaussian process and expected improvement (Jones et al. 1998). `maxTrials`: default no limit. */
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
