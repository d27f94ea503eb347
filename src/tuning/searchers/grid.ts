import {
  configuration,
  enumerate,
  type Parameter,
  type Space,
  type Value,
  type Values,
  valueAt,
} from "../space/index.ts";
import { seenIn } from "./draw.ts";
import type { Searcher } from "./searcher.ts";

/** How many places of a number without steps are tried. */
const PLACES = 10;

function listed(parameter: Parameter): readonly Value[] {
  const { values, kind, minValue = 0, maxValue = 0 } = parameter;
  if (values !== undefined) return values;
  const places = Array.from({ length: PLACES }, (_, i) =>
    i === 0 ? minValue : i === PLACES - 1 ? maxValue : valueAt(parameter, i / (PLACES - 1)),
  );
  return kind === "float" ? places : [...new Set(places)];
}

/**
 * Every configuration in order, the last named changing first; of a number without steps ten places. `maxTrials`:
 * default all.
 */
export function gridSearcher({ maxTrials = Number.POSITIVE_INFINITY }: { maxTrials?: number } = {}): Searcher {
  return {
    name: "grid",
    config: Number.isFinite(maxTrials) ? { maxTrials } : {},
    next(space, trials) {
      if (trials.length >= maxTrials) return "done";
      const seen = seenIn(trials);
      for (const values of enumerate(space, listed)) {
        if (!seen.has(configuration(values))) return { values };
      }
      return "done";
    },
    plan: (space) => [{ what: "trials", trials: Math.min(maxTrials, sizeOf(space)) }],
  };
}

function sizeOf(space: Space, most = 1_000_000): number {
  let count = 0;
  const grid: Iterable<Values> = enumerate(space, listed);
  for (const _ of grid) if (++count === most) break;
  return count;
}
