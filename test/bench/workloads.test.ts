import { describe, expect, test } from "vitest";
import { epochOf, gigaOperations, describe as inWords, operationsOfRow, workloads } from "../../bench/workloads.js";

describe("workloads of the benchmark", () => {
  test("a training step of the GRU on 64 rows of 200 tokens is 7.55 GFLOP", () => {
    // 12,800 places, 3 gates of 128 units, 256 inputs with the state; forward and twice as much back.
    const recurrent = 12_800 * 2 * 3 * 128 * 256 * 3;
    const dense = 64 * 2 * 128 * 3;
    expect(gigaOperations(workloads["w0-gru"], undefined)).toBeCloseTo((recurrent + dense) / 1e9, 9);
    expect(recurrent / 1e9).toBeCloseTo(7.55, 2);
  });

  test("nothing learns from the inputs of vectors and series, so their gradient is not counted", () => {
    const step = 2 * 3 * 50 * (2 * 1 + 3 * 50);
    expect(operationsOfRow(workloads["w4-gru"])).toBe(10 * step + 2 * 50 * 3);
    const second = 2 * 3 * 50 * (3 * 50 + 3 * 50);
    expect(operationsOfRow(workloads["w3-gru"])).toBe(10 * (step + second) + 2 * 50 * 3);
  });

  test("a prediction is the forward product alone", () => {
    const row = 200 * 2 * 3 * 128 * (128 + 128) + 2 * 128;
    expect(gigaOperations(workloads["p-gru"], 32)).toBeCloseTo((32 * row) / 1e9, 12);
  });

  test("an LSTM has four gates, a simple RNN one", () => {
    const gates = (name: string) => operationsOfRow(workloads[name]) - 2 * 128 * 3;
    expect(gates("w0-lstm") / gates("w0-rnn")).toBe(4);
    expect(gates("w0-gru") / gates("w0-rnn")).toBe(3);
  });

  test("an epoch leaves out the rows of validation and counts the short last batch", () => {
    expect(epochOf(workloads["w3-gru"])).toEqual({ rows: 107, steps: 4 });
    expect(epochOf(workloads["w4-gru"])).toEqual({ rows: 791, steps: 791 });
  });

  test.each(Object.entries(workloads))("%s is complete, and its partner does the same work", (_name, work) => {
    expect(inWords(work)).not.toContain("undefined");
    if (!work.equalWork) return;
    const partner = workloads[work.equalWork];
    for (const field of ["steps", "inputs", "cells", "units", "batch", "predict"] as const) {
      expect(partner[field]).toEqual(work[field]);
    }
    expect(partner.data).toBe("vectors");
  });
});
