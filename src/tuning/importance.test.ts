import { expect, it } from "vitest";
import { random, stream } from "../base/index.ts";
import { importanceOf } from "./importance.ts";
import { HyperParameters, sample, type Values } from "./space/index.ts";
import type { Trial } from "./study/index.ts";

const hp = new HyperParameters();
hp.choice("cell", ["gru", "lstm", "rnn"]);
hp.float("rate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log" });
hp.int("units", { minValue: 8, maxValue: 64 });
hp.conditionalScope("cell", ["gru"], () => hp.boolean("resetAfter"));
hp.fixed("batchSize", 32);

function trialsOf(count: number, score: (values: Values, epochs: number, id: number) => number): Trial[] {
  const source = random(2, stream.data);
  return Array.from({ length: count }, (_, id): Trial => {
    const values = sample(hp.space, source, 10 * id);
    const epochs = id % 3 === 0 ? 9 : 3;
    const common = { id, values, epochs, initialEpoch: 0, history: [], seconds: 1, attempts: 1, leases: [], losses: 0 };
    return { ...common, status: "completed", score: score(values, epochs, id) };
  });
}
const lost = (trials: readonly Trial[]): Record<string, number> =>
  Object.fromEntries(importanceOf(hp.space, trials)!.parameters.map((one) => [one.name, one.lost]));

it("finds what decides, whatever the scale of the scores and however long trials were trained", () => {
  // The number of epochs makes most of the score, and one trial has diverged.
  const trials = trialsOf(80, ({ rate, cell }, epochs, id) => {
    const quality = (Math.log10(Number(rate)) + 2.5) ** 2 + (cell === "rnn" ? 0.8 : 0);
    return id === 5 ? 1e30 : Math.exp(quality) + 1000 / epochs;
  });
  const importance = importanceOf(hp.space, trials)!;
  expect(importance.configurations).toBe(80);
  expect(importance.explained).toBeGreaterThan(0.6);
  expect(importance.parameters.map(({ name }) => name).slice(0, 2)).toEqual(["rate", "cell"]);
  expect(importance.parameters.map(({ name }) => name)).not.toContain("batchSize");
  const { rate, cell, units, resetAfter } = lost(trials);
  expect(rate).toBeGreaterThan(0.5);
  expect(cell).toBeGreaterThan(0.1);
  for (const one of [units, resetAfter]) expect(Math.abs(one)).toBeLessThan(0.06);
});

it("sees what exists only in one branch", () => {
  const trials = trialsOf(80, ({ resetAfter, cell }) => (cell === "gru" ? (resetAfter ? 0 : 1) : 0.5));
  const { resetAfter, rate } = lost(trials);
  expect(resetAfter).toBeGreaterThan(0.3);
  expect(Math.abs(rate)).toBeLessThan(0.05);
});

it("explains nothing of chance, and says nothing of few", () => {
  const source = random(7, stream.data);
  const chance = importanceOf(
    hp.space,
    trialsOf(60, (_, __, id) => source.uniform(id)),
  );
  expect(chance!.explained).toBeLessThan(0.1);
  expect(
    importanceOf(
      hp.space,
      trialsOf(7, ({ units }) => Number(units)),
    ),
  ).toBeUndefined();
  const same = trialsOf(20, (_, __, id) => id).map((trial) => ({ ...trial, values: { cell: "gru" } }));
  expect(importanceOf(hp.space, same)).toBeUndefined();
});

it("takes a configuration and its continuation for one, which the forest sees whole or not at all", () => {
  // What a twin would give away is all there is to know: without it, nothing is explained.
  const source = random(9, stream.data);
  const first = trialsOf(40, (_, __, id) => source.uniform(id)).map((trial) => ({ ...trial, epochs: 3 }));
  const second = first.map((trial) => ({ ...trial, id: trial.id + 40, epochs: 9, from: trial.id }));
  const importance = importanceOf(hp.space, [...first, ...second])!;
  expect(importance.configurations).toBe(40);
  expect(importance.explained).toBeLessThan(0.1);
});
