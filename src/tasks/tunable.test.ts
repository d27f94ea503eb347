import { expect, it } from "vitest";
import { airlinePassengers, type LoadedData } from "../data/index.ts";
import { tunable } from "./tunable.ts";

const data: LoadedData = airlinePassengers();
const tuned = { cell: "gru", units: 3, layers: 1, dropout: 0, learningRate: 1e-3, batchSize: 16 } as const;

it("shows the same targets in every window, scaled alike, so that losses compare", () => {
  const prepared = tunable(data, {}, [6, 12, 24]);
  const parts = [6, 12, 24].map((window) => prepared.training({ ...tuned, window }));
  for (const part of ["train", "validation"] as const) {
    const [first, ...others] = parts.map((one) => one[part]);
    for (const { y } of others) expect(y).toEqual(first.y);
    expect(parts.map((one) => (one[part].x as { shape: readonly number[] }).shape[1])).toEqual([6, 12, 24]);
  }
  // The least window sees the end of what the largest sees.
  const [small, , large] = parts.map(({ train }) => train.x as { data: ArrayLike<number> });
  const scale = (x: { data: ArrayLike<number> }, at: number) => x.data[at] - x.data[at + 1];
  expect(scale(small, 0) / scale(large, 18)).toBeCloseTo(scale(small, 3) / scale(large, 21), 4);
  expect(prepared.training({ ...tuned, window: 12 })).toBe(parts[1]);
});

it("builds a model for each window", () => {
  const prepared = tunable(data, {}, [6, 24]);
  for (const window of [6, 24]) {
    const model = prepared.build({ ...tuned, window }, 0);
    const { pipeline, training } = prepared.fitted(
      model,
      { ...tuned, window },
      { validation: {}, test: {} },
      { verdict: "", epochs: 7 },
    );
    expect(pipeline).toMatchObject({ window });
    expect(training.settings).toMatchObject({ window, epochs: 7, units: 3 });
    model.dispose();
  }
});

it("refuses a window that is too long for the series before anything is trained", () => {
  expect(() => tunable(data, {}, [6, 200])).toThrow(/too short for windows of 200/);
});

it("tells data apart also where only what was filled in differs, and those of none as ever", () => {
  const missing = { method: "ffill", rows: [7] } as const;
  const filled = [
    { ...data, missing },
    { ...data, missing: { ...missing, method: "interpolate" as const } },
  ];
  const prints = [data, ...filled].map((one) => tunable(one).fingerprint);
  expect(new Set(prints).size).toBe(3);
  expect(tunable({ ...data, missing: { method: "ffill", rows: [] } }).fingerprint).toBe(prints[0]);
});

it("tells data apart also where only labels or the part to test on differ", () => {
  const texts = ["good", "bad", "fine", "poor"].flatMap((word) => Array.from({ length: 20 }, (_, i) => `${word} ${i}`));
  const labels = texts.map((text) => (/good|fine/.test(text) ? "yes" : "no"));
  const read = { kind: "texts", name: "t", source: "t", train: { texts, labels } } as const;
  const swapped = { ...read, train: { texts, labels: labels.map((one) => (one === "yes" ? "no" : "yes")) } };
  const prints = [read, swapped, { ...read, test: { texts, labels } }].map((one) => tunable(one).fingerprint);
  expect(new Set(prints).size).toBe(3);
});
