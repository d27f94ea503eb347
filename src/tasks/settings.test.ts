import { expect, test } from "vitest";
import { schedule, settings } from "./settings.ts";

test("each kind of data has its defaults", () => {
  expect(settings("series", {})).toMatchObject({ units: 50, layers: 1, window: "auto", horizon: 1, seed: 0 });
  expect(settings("texts", {})).toMatchObject({ units: 128, maxWords: 10_000, maxLength: 200, truncate: "pre" });
  expect(settings("texts", { units: 7, seed: 3 })).toMatchObject({ units: 7, seed: 3 });
});

test("values that make no sense are named", () => {
  expect(() => settings("series", { units: 0 })).toThrow(/Expected units to be a whole number of at least 1, found 0/);
  expect(() => settings("series", { seed: 0.5 })).toThrow(/seed/);
  expect(() => settings("series", { testSize: 1 })).toThrow(/testSize/);
  expect(() => settings("series", { window: Number.NaN })).toThrow(/window/);
});

test("options of another kind of data are not passed over in silence", () => {
  expect(() => settings("texts", { window: 5 })).toThrow(/window \(--window\) is for series, but the data are texts/);
  expect(() => settings("series", { maxWords: 5000 })).toThrow(/maxWords \(--max-words\) is for texts/);
});

test("a short series trains as published, a long one is bounded and says so", () => {
  const plain = settings("series", {});
  expect(schedule("series", 89, plain)).toEqual({ epochs: 300, batchSize: 16, patience: 40, why: "" });
  const long = schedule("series", 12_000, plain);
  expect(long).toMatchObject({ epochs: 50, batchSize: 128 });
  expect(long.why).toMatch(/12000 training windows/);
  expect(schedule("series", 1_000_000, plain)).toMatchObject({ epochs: 10, batchSize: 256 });
  // What was asked for is done.
  expect(schedule("series", 12_000, settings("series", { epochs: 7, batchSize: 3 }))).toMatchObject({
    epochs: 7,
    batchSize: 3,
    why: "",
  });
});
