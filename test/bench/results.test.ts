import { describe, expect, test } from "vitest";
import { type Run, ratio, ratioRows, summaries } from "../../bench/results.js";
import { oddShapes, ratioTable, table } from "../../bench/tables.js";

const run = (round: number, workload: string, runner: string, msPerStep: number, more: Partial<Run> = {}): Run => ({
  ...{ round, workload, runner, msPerStep, steps: 12, configuration: "", elsewhere: 0, ...more },
});

describe("results of the benchmark", () => {
  const runs = [
    ...[run(1, "w0-gru", "us", 100), run(1, "w0-gru", "peer", 150)],
    ...[run(2, "w0-gru", "us", 200), run(2, "w0-gru", "peer", 400)], // a slow moment for both
    ...[run(3, "w0-gru", "us", 100), run(3, "w0-gru", "peer", 120)],
    run(4, "w0-gru", "us", 1),
    ...[run(1, "e0-gru", "us", 100), run(1, "e0-gru", "peer", 90)],
  ];

  test("a ratio is the other's time over ours within a round; rounds that lack one do not count", () => {
    expect(ratio(runs, "w0-gru", "us", "peer")).toEqual({ median: 1.5, low: 1.2, high: 2, count: 3 });
    expect(ratio(runs, "w0-gru", "us", "nobody")).toBeUndefined();
  });

  test("a workload has a row as met and one of equal work, taken from its partner", () => {
    const rows = ratioRows(runs, ["us"], ["peer", "nobody"], ["w0-gru"]);
    expect(rows.map(({ case: name, work, other, ratios }) => [name, work, other, ratios[0]?.median])).toEqual([
      ["w0-gru", "as met", "peer", 1.5],
      ["w0-gru", "equal work", "peer", 0.9],
    ]);
  });

  test("batch sizes of a prediction are cases of their own", () => {
    const predictions = [1, 32].flatMap((batch) => [
      run(1, "p-gru", "us", batch, { batch }),
      run(1, "p-gru", "peer", 3 * batch, { batch }),
    ]);
    expect(ratioRows(predictions, ["us"], ["peer"], ["p-gru"]).map((row) => row.case)).toEqual([
      "p-gru, batch 1",
      "p-gru, batch 32",
    ]);
    const gflops = summaries(predictions).map((one) => one.gflops.median);
    expect(gflops[0]).toBeCloseTo(gflops[2], 9);
  });

  test("speed is the work of the shapes over the time", () => {
    const [us] = summaries(runs);
    expect(us.msPerStep).toEqual({ median: 100, low: 1, high: 200, count: 4 });
    expect(us.gflops.median).toBeCloseTo((7.5498 / 100) * 1000, 1);
  });

  test("processor time can stand in for the time that passed", () => {
    const both = [
      run(1, "w0-gru", "us", 900, { cpuMsPerStep: 100 }),
      run(1, "w0-gru", "peer", 100, { cpuMsPerStep: 150 }),
      run(1, "w0-gru", "silent", 100),
    ];
    expect(ratio(both, "w0-gru", "us", "peer", "cpuMsPerStep")?.median).toBe(1.5);
    expect(ratio(both, "w0-gru", "us", "silent", "cpuMsPerStep")).toBeUndefined();
    expect(summaries(both, "cpuMsPerStep")[0].gflops.median).toBeCloseTo(75.5, 1);
  });

  test("memory and start are taken where a runner told them", () => {
    const told = summaries([run(1, "w0-gru", "us", 1, { memoryMB: 80 }), run(2, "w0-gru", "us", 1)]);
    expect(told[0].memoryMB).toEqual({ median: 80, low: 80, high: 80, count: 1 });
    expect(told[0].firstStepMs).toBeUndefined();
  });
});

describe("tables of the benchmark", () => {
  test("cells are padded to their column, numbers to the right", () => {
    expect(
      table(
        ["who", "ms"],
        [
          ["us", "1.5"],
          ["somebody", "12"],
        ],
        [1],
      ).split("\n"),
    ).toEqual(["| who      |  ms |", "| -------- | --: |", "| us       | 1.5 |", "| somebody |  12 |"]);
  });

  test("a column that was left out says so, a missing ratio does not look like one", () => {
    const rows = [{ case: "w0-gru", work: "as met", other: "peer", ratios: [undefined, undefined] }];
    const text = ratioTable(rows, ["a", "b"], new Map([["peer", "Keras"]]), new Map([["b", "why"]]));
    expect(text.split("\n")[2]).toBe("| w0-gru   | as met | Keras   |   - | skipped |");
  });

  test("odd shapes are compared by speed, not by time", () => {
    const even = run(1, "w0-gru", "us", 100, { executedGflop: 8, peakGflops: 100 });
    const all = summaries([even, run(1, "odd-gru", "us", 30, { executedGflop: 2.16, peakGflops: 100 })]);
    // 3.70 times less was done, in 3.33 times less time.
    expect(oddShapes(all, new Map())).toEqual(["us: odd-gru executes 90 % of the GFLOP/s of w0-gru"]);
    expect(oddShapes(all.slice(0, 1), new Map())).toEqual([]);
    expect(all[0].executedGflops?.median).toBeCloseTo(80, 12);
    expect(all[0].peakShare?.median).toBeCloseTo(0.8, 12);
    const [unknown] = summaries([run(1, "w0-gru", "peer", 100)]);
    expect([unknown.executedGflops, unknown.peakShare]).toEqual([undefined, undefined]);
  });
});
