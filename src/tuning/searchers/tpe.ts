// The tree-structured Parzen estimator (Bergstra et al. 2011): candidates come from the density of the good trials, and
// the one is taken where that density is largest against that of the others.

import { random, stream } from "../../base/index.ts";
import { configuration, type Space, type Values } from "../space/index.ts";
import { coordinatesIn, coordinatesOf } from "./coordinates.ts";
import { draw, seenIn, untried } from "./draw.ts";
import { observations, startTrials } from "./history.ts";
import { ParzenDensity } from "./parzen.ts";
import { planOf } from "./random.ts";
import type { Searcher, TrialView } from "./searcher.ts";

// The share of good trials and the number of candidates were found with bench/tuning/regret.js, over other seeds than its
// own. More candidates, or fewer good trials, stay too near to the best.
const CANDIDATES = 48;
const GOOD = 0.2;
const MOST_GOOD = 25;
const MOST_LISTED = 2000;

/** The next configuration by the estimator. */
export function tpeDraw(space: Space, trials: readonly TrialView[], seed: number): Values | undefined {
  const known = observations(trials);
  if (known.length < startTrials(space)) return draw(space, trials, seed);
  const sorted = [...known].sort((a, b) => a.score - b.score);
  const good = Math.min(MOST_GOOD, Math.ceil(GOOD * known.length));
  const better = new ParzenDensity(space, sorted.slice(0, good));
  const others = new ParzenDensity(space, sorted.slice(good));
  const seen = seenIn(trials);
  const source = random(seed, stream.search, trials.length);
  const left = untried(space, seen);
  const elements = ParzenDensity.elements(space);
  const isListed = left !== undefined && left.length <= MOST_LISTED;
  const candidates = isListed
    ? left
    : Array.from({ length: CANDIDATES }, (_, i) => better.sample(source, i * elements));
  const coordinates = isListed ? coordinatesIn(space) : (values: Values) => coordinatesOf(space, values);
  let best: Values | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const values of candidates) {
    const at = coordinates(values);
    const good = better.log(at);
    const gain = good - others.log(at, good - most);
    if (gain <= most || seen.has(configuration(values))) continue;
    best = values;
    most = gain;
  }
  return best ?? draw(space, trials, seed);
}

/** The tree-structured Parzen estimator (Bergstra et al. 2011). `maxTrials`: default no limit. */
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
