// Results as tables that read well in a terminal and are Markdown.

import { shortNumber, shortSpread } from "./numbers.js";
import { describe, gigaOperations, workloads } from "./workloads.js";

/** Columns padded to their width; the first column of words to the left, `right` ones to the right. */
export function table(
  /** @type {string[]} */ head,
  /** @type {string[][]} */ rows,
  /** @type {readonly number[]} */ right = [],
) {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i].length)));
  const pad = (/** @type {string} */ cell, /** @type {number} */ i) =>
    right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const rule = widths.map((width, i) => (right.includes(i) ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(head.map(pad)), line(rule), ...rows.map((row) => line(row.map(pad)))].join("\n");
}

/** A table for each case: every runner's time, speed, memory and start. */
export function measurementTables(
  /** @type {ReturnType<import("./results.js").summaries>} */ all,
  /** @type {Map<string, string>} */ names,
) {
  const head = [
    "",
    "configuration",
    "ms a step",
    "processor ms",
    "GFLOP/s",
    "executed",
    "of the peak",
    "first step, ms",
    "since start, ms",
    "peak MB",
  ];
  const cases = [...new Set(all.map((one) => one.case))];
  return cases.map((name) => {
    const rows = all.filter((one) => one.case === name);
    const { workload } = rows[0];
    const batch = Number(/batch (\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const work = gigaOperations(workloads[workload], Number.isNaN(batch) ? undefined : batch);
    const cells = rows.map((one) => [
      names.get(one.runner) ?? one.runner,
      one.configuration,
      shortSpread(one.msPerStep),
      shortSpread(one.cpuMsPerStep),
      shortNumber(one.gflops.median),
      one.executedGflops ? shortNumber(one.executedGflops.median) : "",
      one.peakShare ? `${Math.round(100 * one.peakShare.median)} %` : "",
      one.firstStepMs ? shortNumber(one.firstStepMs.median) : "",
      one.sinceStartMs ? shortNumber(one.sinceStartMs.median) : "",
      one.memoryMB ? shortNumber(one.memoryMB.median) : "",
    ]);
    const title = `**${name}**: ${describe(workloads[workload])}; ${shortNumber(work)} GFLOP a step`;
    return `${title}\n\n${table(head, cells, [2, 3, 4, 5, 6, 7, 8, 9])}`;
  });
}

export function ratioTable(
  /** @type {ReturnType<import("./results.js").ratioRows>} */ rows,
  /** @type {string[]} */ ours,
  /** @type {Map<string, string>} */ names,
  /** @type {ReadonlyMap<string, string>} */ skipped = new Map(),
) {
  const nameOf = (/** @type {string} */ id) => names.get(id) ?? id;
  const head = ["workload", "work", "against", ...ours.map(nameOf)];
  const cells = rows.map(({ case: name, work, other, ratios }) => [
    name,
    work,
    nameOf(other),
    ...ratios.map((value, i) => shortSpread(value, skipped.has(ours[i]) ? "skipped" : "-")),
  ]);
  return table(
    head,
    cells,
    ours.map((_, i) => i + 3),
  );
}

/** Whether odd shapes keep the speed of even ones: the GFLOP/s executed in one case over those in another. */
export function oddShapes(
  /** @type {ReturnType<import("./results.js").summaries>} */ all,
  /** @type {Map<string, string>} */ names,
) {
  const pairs = [
    ["odd-gru", "w0-gru"],
    ["e-odd-gru", "e0-gru"],
  ];
  const find = (/** @type {string} */ name, /** @type {string} */ runner) =>
    all.find((one) => one.case === name && one.runner === runner);
  return pairs.flatMap(([odd, even]) =>
    [...new Set(all.map((one) => one.runner))].flatMap((runner) => {
      const [a, b] = [find(odd, runner), find(even, runner)];
      if (!a?.executedGflops || !b?.executedGflops) return [];
      const share = Math.round((100 * a.executedGflops.median) / b.executedGflops.median);
      return [`${names.get(runner) ?? runner}: ${odd} executes ${share} % of the GFLOP/s of ${even}`];
    }),
  );
}
