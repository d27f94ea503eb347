import { beforeAll, describe, expect, test } from "vitest";
import { tensor } from "../base/index.ts";
import { reber, type SeriesData, type TextsData } from "../data/index.ts";
import { evaluate } from "./evaluate.ts";
import { type FittedModel, modelBytes, modelFromBytes } from "./fitted.ts";
import { forecastSeries } from "./predict.ts";
import { countPrinted, countSeriesPrinted, rowPrints, seriesPrints } from "./row-prints.ts";
import { train } from "./train.ts";

const part = (texts: string[]) => ({ texts, labels: texts.map(() => "yes") });
const rows = (count: number) => Uint32Array.from({ length: count }, (_, row) => row);

describe("prints of rows", () => {
  test("recognise texts, wherever they stand, and no others", () => {
    const prints = rowPrints(part(["a film", "b film", "never shown"]), [0, 1]);
    expect(prints).toHaveLength(16);
    expect(countPrinted(prints, part(["b film", "c film", "a film", "a film ", "never shown"]), rows(5))).toBe(2);
  });

  test("recognise tokens behind any padding, and rows of numbers", () => {
    const tokens = (data: number[], length: number) => ({
      x: tensor(Int32Array.from(data), [1, length]),
      y: tensor([1]),
    });
    const prints = rowPrints(tokens([0, 3, 0, 5], 4), [0]);
    expect(countPrinted(prints, tokens([0, 0, 3, 0, 5], 5), [0])).toBe(1);
    expect(countPrinted(prints, tokens([3, 0, 5, 0], 4), [0])).toBe(0);
    const numbers = (value: number) => ({ x: tensor(Float32Array.of(0, value, 1, 2), [1, 2, 2]), y: tensor([1]) });
    expect(countPrinted(rowPrints(numbers(0.5), [0]), numbers(0.5), [0])).toBe(1);
    expect(countPrinted(rowPrints(numbers(0.5), [0]), numbers(0.25), [0])).toBe(0);
  });

  test("differ for thousands of rows that differ a little, and are left out for too many", () => {
    const many = part(Array.from({ length: 20_000 }, (_, i) => `text ${i}`));
    expect(rowPrints(many, rows(20_000))).toHaveLength(160_000);
    expect(rowPrints(many, { length: 500_001 })).toBeUndefined();
  });

  test.each([undefined, 7, "short", "********", {}])("what a file holds in their place is no count: %j", (prints) => {
    expect(countPrinted(prints, part(["a"]), [0])).toBeUndefined();
  });
});

describe("evaluate tells rows that were trained on", () => {
  const of = (name: string, numbers: number[]): TextsData => ({
    kind: "texts",
    name,
    source: "made",
    train: {
      texts: numbers.map((i) => `${i % 2 === 0 ? "good warm" : "bad dull"} film ${i}`),
      labels: numbers.map((i) => (i % 2 === 0 ? "yes" : "no")),
    },
  });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  let model: FittedModel;

  beforeAll(async () => {
    const { fitted } = await train(of("reviews", range(0, 60)), { epochs: 1, units: 4 });
    model = await modelFromBytes(await modelBytes(fitted), "m.gruvy");
  });

  test("none of new rows, some of mixed ones, the test part of its own", async () => {
    const fresh = await evaluate(model, of("new", range(100, 110)));
    expect(fresh).toMatchObject({ rows: 10, seen: 0, which: "All 10 rows; the model was trained on none of them." });
    const mixed = await evaluate(model, of("mixed", range(0, 70)));
    expect(mixed).toMatchObject({ rows: 70, seen: 48 });
    expect(mixed.which).toBe("All 70 rows; 48 of them were trained or validated on, and flatter the score.");
    const own = await evaluate(model, of("reviews", range(0, 60)));
    expect(own).toMatchObject({ rows: 12, seen: 0 });
    expect(own.which).toBe("The model was trained on these rows: only the test part, 12 of 60, is scored.");
  });

  test("all of them, where nothing else is given; sequences too", async () => {
    const trained = range(0, 60).filter((i) => countPrinted(model.training.rowPrints, of("", [i]).train, [0]) === 1);
    expect(trained).toHaveLength(48);
    expect((await evaluate(model, of("seen", trained))).which).toMatch(/trained on every one of them/);
    const puzzle = reber({ rows: 80, seed: 1 });
    const { fitted } = await train(puzzle, { epochs: 1, units: 4 });
    expect(await evaluate(fitted, { ...puzzle, name: "again", test: undefined })).toMatchObject({
      seen: expect.any(Number),
    });
  });
});

describe("a stretch of the series it was trained on is recognised", () => {
  const values = Float64Array.from({ length: 400 }, (_, i) => 100 + 10 * Math.sin(i) + (i % 11));

  test("by its values, wherever it begins; flat ones and the test part are not", () => {
    const prints = seriesPrints(values.subarray(0, 320));
    expect(countSeriesPrinted(prints, values.subarray(0, 96), 10)).toBe(86);
    expect(countSeriesPrinted(prints, values.subarray(33, 100), 0)).toBe(48); // 48 to 95: whole sixteens of the series
    expect(countSeriesPrinted(prints, values.subarray(320), 0)).toBe(0);
    expect(seriesPrints(new Float64Array(100))).toBe("");
    expect(countSeriesPrinted(undefined, values, 0)).toBeUndefined();
  });

  test("and evaluate says so", async () => {
    const series = (some: Float64Array): SeriesData => {
      return { kind: "series", name: "v", source: "v.csv", names: ["v"], target: "v", values: some };
    };
    const { fitted } = await train(series(values), { epochs: 1, units: 4, window: 8, transform: "asIs" });
    const head = await evaluate(fitted, series(values.slice(0, 96)));
    expect(head).toMatchObject({ rows: 88, seen: 88, which: expect.stringMatching(/trained on every one of them/) });
    const middle = await evaluate(fitted, series(values.slice(50, 150)));
    expect(middle.which).toBe(
      "All 92 values that have a whole window before them; the model was trained on at least 80 of them, and they flatter the score.",
    );
    const other = await evaluate(fitted, series(values.map((value) => value + 1)));
    expect(other).toMatchObject({ seen: 0, which: "All 392 values that have a whole window before them." });
    expect((await evaluate(fitted, series(values))).seen).toBe(0);
    await expect(forecastSeries(fitted, [1, 2], 1)).rejects.toThrow(
      "at least 8 values to forecast from (a window of 8), found 2",
    );
  });
});
