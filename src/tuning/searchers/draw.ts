import { random, stream } from "../../base/index.ts";
import { configuration, countConfigurations, enumerate, type Space, sample, type Values } from "../space/index.ts";
import type { TrialView } from "./searcher.ts";

const TRIES = 200;

/** All configurations of a small space, made once. */
const lists = new WeakMap<Space, readonly Values[]>();

export function allConfigurations(space: Space): readonly Values[] | undefined {
  const known = lists.get(space);
  if (known !== undefined) return known;
  if (!Number.isFinite(countConfigurations(space))) return undefined;
  const list = [...enumerate(space)];
  lists.set(space, list);
  return list;
}

/** Trials are asked about again at each suggestion; what their values are called is remembered. */
const names = new WeakMap<Values, string>();

function nameOf(values: Values): string {
  const name = names.get(values) ?? configuration(values);
  names.set(values, name);
  return name;
}

export const seenIn = (trials: readonly TrialView[]): ReadonlySet<string> =>
  new Set(trials.map(({ values }) => nameOf(values)));

/** What was not tried yet, where that can be listed. */
export function untried(space: Space, seen: ReadonlySet<string>): readonly Values[] | undefined {
  return allConfigurations(space)?.filter((values) => !seen.has(nameOf(values)));
}

/** A configuration at random that was not tried yet; undefined when there is none. */
export function draw(space: Space, trials: readonly TrialView[], seed: number): Values | undefined {
  const seen = seenIn(trials);
  const source = random(seed, stream.search, trials.length);
  const left = untried(space, seen);
  if (left !== undefined) return left.length === 0 ? undefined : left[source.below(0, left.length)];
  for (let i = 0; i < TRIES; i++) {
    const values = sample(space, source, i * space.length);
    if (!seen.has(configuration(values))) return values;
  }
  return undefined;
}
