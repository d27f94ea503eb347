// What `tune` was asked for, as a study: the space, the search, the data made ready.

import { GruvyError, refuseUnknown } from "../base/index.ts";
import type { Cell, Tunable, Tuned } from "../tasks/index.ts";
import { nearest, tunable } from "../tasks/index.ts";
import { type Lengths, lengthsOf, lengthsText } from "./lengths.ts";
import {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandSearcher,
  randomSearcher,
  type Searcher,
  tpeSearcher,
} from "./searchers/index.ts";
import { HyperParameters, type Values } from "./space/index.ts";
import type { StudyOptions } from "./study/index.ts";
import type { Range, SearchName, TuneOptions, TuneRanges } from "./tune-options.ts";

/** Everything a study of `tune` rests on. */
export interface Setting {
  readonly data: Tunable;
  readonly space: HyperParameters["space"];
  readonly tuned: (values: Values) => Tuned;
  readonly study: StudyOptions;
  readonly lengths: { readonly trials: Lengths; readonly finals: Lengths };
}

const integers = ["units", "layers", "batchSize", "window"];

export function settingOf(loaded: Parameters<typeof tunable>[0], options: TuneOptions): Setting {
  const {
    cells = ["gru"],
    search = "hyperband",
    maxEpochs,
    factor = 3,
    budget = {},
    retries,
    signal,
    onEvent,
  } = options;
  const { units, layers, dropout, learningRate, batchSize, ...others } = options;
  const { window: seen, transform, horizon, maxWords, maxLength, truncate, testSize, seed = 0 } = others;
  // Of one window alone there is nothing to search; of data that have none it is refused.
  const windows = typeof seen === "object" ? windowsOf(seen) : [];
  const varies = windows.length > 1 && loaded.kind === "series";
  const window = typeof seen === "object" ? (varies ? undefined : windows[0]) : seen;
  const prepare = { window, transform, horizon, maxWords, maxLength, truncate, testSize, seed };
  const data = tunable(loaded, prepare, varies ? windows : []);
  const ranges: TuneRanges = {
    ...{ units, layers, dropout, learningRate, batchSize },
    window: varies && typeof seen === "object" ? seen : undefined,
  };
  const hp = new HyperParameters();
  if (cells.length > 1) hp.choice("cell", cells);
  for (const [name, range] of Object.entries(ranges))
    add(hp, name, range, data.defaults[name as keyof TuneRanges] ?? 0);
  if (!hp.space.some(({ values }) => values === undefined || values.length > 1)) {
    throw new GruvyError(
      "usage/space",
      "Expected something that varies, found nothing",
      "Give a range, such as units 32:512:32 or learning rates 1e-4:1e-1:log, or several cells.",
    );
  }
  const { objective } = data;
  const lengths = lengthsOf(data.schedule, { rungs: search === "hyperband" || search === "asha", maxEpochs });
  return {
    data,
    lengths,
    space: hp.space,
    tuned: (values) => ({ ...data.defaults, ...values, cell: (values.cell ?? cells[0]) as Cell }),
    study: {
      space: hp.space,
      searcher: searcherOf(search, { maxEpochs: lengths.trials.epochs, factor, trials: budget.trials }),
      objective: { name: objective, direction: objective === "valAccuracy" ? "max" : "min" },
      seed,
      epochs: lengths.trials.epochs,
      about: {
        data: data.fingerprint,
        cells: cells.join(","),
        ...Object.fromEntries(
          Object.entries({ ...prepare, training: lengthsText(lengths.finals) }).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, value]],
          ),
        ),
      },
      budget:
        budget.trials === undefined
          ? budget
          : { ...budget, trials: search === "hyperband" ? budget.trials : undefined },
      retries,
      signal,
      onEvent,
    },
  };
}

/** The default is `train`'s where the range has it, else the value next to it. */
function add(hp: HyperParameters, name: string, range: Range | undefined, usual: number): void {
  if (range === undefined) return;
  if ("values" in range) {
    refuseUnknown(range, ["values"], name);
    hp.choice(name, range.values, { default: nearest(range.values, usual) });
    return;
  }
  refuseUnknown(range, ["minValue", "maxValue", "step", "sampling"], name);
  const kind = integers.includes(name) ? "int" : "float";
  const inside = Math.min(range.maxValue, Math.max(range.minValue, usual));
  const probe = new HyperParameters();
  probe[kind](name, range);
  const listed = probe.space[0].values as readonly number[] | undefined;
  hp[kind](name, { ...range, default: listed === undefined ? inside : nearest(listed, inside) });
}

/** All windows of a range. */
function windowsOf(range: Range): readonly number[] {
  const hp = new HyperParameters();
  add(hp, "window", range, 0);
  const [{ values }] = hp.space;
  if (values?.every((one): one is number => Number.isInteger(one) && Number(one) > 0)) return values;
  throw new GruvyError(
    "usage/option",
    `Expected window to be whole numbers from 1, found ${JSON.stringify(range)}`,
    "Write { values: [6, 12, 24] } or { minValue: 6, maxValue: 24, step: 6 }.",
  );
}

function searcherOf(
  name: SearchName,
  { maxEpochs, factor, trials }: { maxEpochs: number; factor: number; trials?: number },
): Searcher {
  const maxTrials = trials ?? 30;
  if (name === "hyperband") return hyperbandSearcher({ maxEpochs, factor });
  if (name === "asha") return ashaSearcher({ maxEpochs, factor, maxTrials });
  if (name === "grid") return gridSearcher(trials === undefined ? {} : { maxTrials });
  if (name === "random") return randomSearcher({ maxTrials });
  if (name === "bayesian") return bayesianSearcher({ maxTrials });
  if (name === "tpe") return tpeSearcher({ maxTrials });
  throw new GruvyError(
    "usage/option",
    `Known searches are hyperband, random, grid, bayesian, tpe and asha, not ${name}`,
  );
}
