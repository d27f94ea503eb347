import { readdirSync, statSync } from "node:fs";
import { expect, it } from "vitest";
import { type GoldenFiles, golden } from "./load.ts";

const folder = new URL("./keras/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".json", "") as keyof GoldenFiles);

it("stays small", () => {
  const sizes = names.map((name) => statSync(new URL(`${name}.json`, folder)).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(3_000_000);
});

it.each(names)("%s: every case has a name of its own", (name) => {
  const cases = golden(name);
  expect(cases.length).toBeGreaterThan(0);
  expect(new Set(cases.map((c) => c.name)).size).toBe(cases.length);
});

it("holds inputs and weights that float32 represents exactly", () => {
  for (const name of ["gru-reset-after-masks", "lstm-wide", "recurrent-dropout", "stacks"] as const) {
    for (const { input, weights, cotangent } of golden(name)) {
      for (const { data } of [input, cotangent, ...weights.map((w) => w.tensor)]) {
        expect(Array.from(data)).toEqual(Array.from(Float32Array.from(data)));
      }
    }
  }
});

it("gives each layer case a loss and a gradient for every weight", () => {
  for (const name of ["gru-reset-after", "gru-reset-before", "lstm", "simple-rnn", "layers", "stacks"] as const) {
    for (const { loss, output, cotangent, weights, weightGradients } of golden(name)) {
      const sum = Array.from(output.data, (value, i) => value * cotangent.data[i]).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(loss, 6);
      expect(weightGradients.map((g) => g.shape)).toEqual(weights.map((w) => w.tensor.shape));
    }
  }
});
