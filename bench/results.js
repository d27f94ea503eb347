// From single measurements to medians and ratios.

import { spread } from "./numbers.js";
import { gigaOperations, workloads } from "./workloads.js";

/**
 * @typedef {import("./process.js").Line & { round: number, runner: string, configuration: string, elsewhere: number }} Run
 * @typedef {import("./numbers.js").Spread} Spread
 * @typedef {"msPerStep" | "cpuMsPerStep"} Measure the time that passed, or what the processor spent on it
 */

/** A workload, or one batch size of a prediction. */
export function caseOf(/** @type {{ workload: string, batch?: number }} */ { workload, batch }) {
  return batch === undefined ? workload : `${workload}, batch ${batch}`;
}

/**
 * What one runner needed for one case, over all rounds; its speed is the work of the shapes over `measure`, or, where that
 * is known, the work that was done.
 */
export function summaries(/** @type {Run[]} */ runs, /** @type {Measure} */ measure = "msPerStep") {
  const groups = grouped(runs, (run) => `${caseOf(run)}\n${run.runner}`);
  return [...groups.values()].map((group) => {
    const { workload, batch, runner, configuration, peer } = group[0];
    const operations = gigaOperations(workloads[workload], batch);
    const some = (/** @type {Measure | "firstStepMs" | "sinceStartMs" | "memoryMB"} */ key) =>
      spread(group.map((run) => run[key]).filter((value) => typeof value === "number"));
    const times = group.map((run) => run[measure] ?? Number.NaN);
    const executed = group.flatMap(({ executedGflop, peakGflops = Number.NaN }, i) => {
      if (!executedGflop) return [];
      const rate = (1000 * executedGflop) / times[i];
      return [{ rate, share: rate / peakGflops }];
    });
    return {
      case: caseOf(group[0]),
      workload,
      runner,
      peer,
      configuration,
      msPerStep: /** @type {Spread} */ (some("msPerStep")),
      gflops: /** @type {Spread} */ (spread(times.map((ms) => (1000 * operations) / ms))),
      executedGflops: spread(executed.map(({ rate }) => rate)),
      peakShare: spread(executed.map(({ share }) => share)),
      cpuMsPerStep: some("cpuMsPerStep"),
      firstStepMs: some("firstStepMs"),
      sinceStartMs: some("sinceStartMs"),
      memoryMB: some("memoryMB"),
      elsewhere: spread(group.map((run) => run.elsewhere)),
    };
  });
}

/**
 * How many times faster `ours` was than `other`: the other's time over ours in each round that has both, so that what
 * slowed a round slows both sides.
 */
export function ratio(
  /** @type {Run[]} */ runs,
  /** @type {string} */ name,
  /** @type {string} */ ours,
  /** @type {string} */ other,
  /** @type {Measure} */ measure = "msPerStep",
) {
  const of = (/** @type {string} */ runner) =>
    new Map(
      runs
        .filter((run) => run.runner === runner && caseOf(run) === name && run[measure] !== undefined)
        .map((run) => [run.round, /** @type {number} */ (run[measure])]),
    );
  const mine = of(ours);
  const theirs = of(other);
  return spread([...mine].filter(([round]) => theirs.has(round)).map(([round, ms]) => theirs.get(round) / ms));
}

/**
 * The rows of the table of ratios. A case with a partner of equal work has two for each peer: as its user meets it, and
 * with nothing to leave out.
 */
export function ratioRows(
  /** @type {Run[]} */ runs,
  /** @type {string[]} */ ours,
  /** @type {string[]} */ others,
  /** @type {string[]} */ names,
  /** @type {Measure} */ measure = "msPerStep",
) {
  const cases = [...grouped(runs, caseOf).values()].map(([first]) => first);
  const rows = [];
  for (const { workload, batch } of cases.filter((one) => names.includes(one.workload))) {
    const partner = workloads[workload].equalWork;
    for (const other of others) {
      const line = (/** @type {string} */ work, /** @type {string} */ of) => {
        const name = caseOf({ workload: of, batch });
        const ratios = ours.map((mine) => ratio(runs, name, mine, other, measure));
        if (ratios.some(Boolean)) rows.push({ case: caseOf({ workload, batch }), work, other, ratios });
      };
      line("as met", workload);
      if (partner) line("equal work", partner);
    }
  }
  return rows;
}

/** The workloads that others name as their partner, which need no ratios of their own. */
export function partnersOf(/** @type {string[]} */ names) {
  return new Set(names.map((name) => workloads[name].equalWork));
}

/** @template T @returns {Map<string, T[]>} */
function grouped(/** @type {T[]} */ items, /** @type {(item: T) => string} */ keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}
