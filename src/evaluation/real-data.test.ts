import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { chooseTransform } from "./choose-transform.ts";
import { naiveBayesLogistic } from "./labels/naive-bayes-logistic.ts";
import { accuracy, predictedClasses } from "./metrics.ts";
import { chooseWindow, findSeason } from "./season.ts";
import { scoreSeriesBaselines } from "./series/score.ts";
import { seriesSplit } from "./split.ts";
import { seriesTransform } from "./transform.ts";

const folder = process.env.GRUVY_DATA ?? "";
const file = (name: string) => join(folder, name);
const missing = (name: string) => {
  const absent = folder === "" || !existsSync(file(name));
  if (absent)
    console.warn(`Skipped: this test needs ${name} in the folder GRUVY_DATA, which is ${folder || "not set"}.`);
  return absent;
};

/** The last column of a small CSV without quotes inside. */
function column(name: string): Float64Array {
  const lines = readFileSync(file(name), "utf8").trim().split(/\r?\n/).slice(1);
  return Float64Array.from(lines, (line) => Number(line.slice(line.lastIndexOf(",") + 1)));
}

/** The first rows of `review,label`, where quotes inside are doubled. */
function reviews(name: string, rows: number) {
  const text = gunzipSync(readFileSync(file(name))).toString("utf8");
  const x: string[] = [];
  const labels: number[] = [];
  for (const [, quoted, plain, label] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*)),([01])\r?\n/g)) {
    x.push(quoted?.replaceAll('""', '"') ?? plain);
    labels.push(Number(label));
    if (x.length === rows) break;
  }
  return { x, labels };
}

describe.each([
  ["daily-min-temperatures.csv", "asIs", 366],
  ["monthly-sunspots.csv", "asIs", undefined],
] as const)("%s", (name, transformName, season) => {
  it.skipIf(missing(name))("gets a sensible transform, and baselines no worse than the last value", () => {
    const values = column(name);
    const early = values.subarray(0, Math.floor(0.8 * values.length));
    const found = findSeason(early);
    if (season === undefined) expect(found).toBeUndefined();
    else expect(Math.abs((found ?? 0) - season)).toBeLessThanOrEqual(4);
    const window = chooseWindow(found, early.length);
    const choice = chooseTransform(early, { season: found, window });
    expect(choice.name).toBe(transformName);
    const transform = seriesTransform(choice.name, { season: found });
    const split = seriesSplit(values.length, { window, lead: transform.lead });
    const results = scoreSeriesBaselines(values, split, { window, season: found, transform });
    const error = (wanted: string) => results.find((result) => result.name === wanted)?.test.rmse ?? Number.NaN;
    expect(error("linear")).toBeLessThan(0.93 * error("lastValue"));
    expect(error("ets")).toBeLessThan(0.98 * error("lastValue"));
  });
});

describe("the movie reviews", () => {
  // All 24,980 rows reach .915 in 20 s; a fifth of them shows that it works.
  it.skipIf(missing("imdb-train.csv.gz"))("are told apart by words and word pairs", () => {
    const all = reviews("imdb-train.csv.gz", 5000);
    const part = (from: number, to: number) => ({ x: all.x.slice(from, to), labels: all.labels.slice(from, to) });
    const [train, validation, test] = [part(0, 2400), part(2400, 3000), part(3000, 5000)];
    const baseline = naiveBayesLogistic({ classes: 2 });
    baseline.fit(train.x, train.labels, validation);
    expect(accuracy(predictedClasses(baseline.probabilities(test.x)), test.labels)).toBeGreaterThan(0.85);
  });
});
