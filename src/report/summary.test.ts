import { describe, expect, it } from "vitest";
import { airlineLike, reberLike, reviewsLike } from "./fixtures.ts";
import { summarize } from "./summary.ts";

describe("summarize", () => {
  it("puts the smallest error first and the greatest accuracy first", () => {
    const errors = summarize(airlineLike()).ranked.map((m) => m.test.rmse!);
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    const shares = summarize(reviewsLike()).ranked.map((m) => m.test.accuracy!);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  it("puts models without a score last, and marks none as best when no one has a score", () => {
    const result = airlineLike();
    const [first, ...rest] = result.models;
    const partly = summarize({ ...result, models: [{ ...first, test: { rmse: Number.NaN } }, ...rest] });
    expect(partly.ranked.at(-1)!.name).toBe(first.name);
    expect(summarize({ ...result, models: [{ ...first, test: {} }] }).best).toEqual([]);
    expect(summarize(reberLike()).best.map((m) => m.name)).toEqual(["lstm", "gru"]);
  });

  it.each([
    ["rmse", -2, -1, "better"],
    ["rmse", 1, 2, "worse"],
    ["rmse", -1, 2, "undecided"],
    ["rmse", 0, 2, "undecided"],
    ["accuracy", 0.01, 0.02, "better"],
    ["accuracy", -0.02, -0.01, "worse"],
    ["accuracy", Number.NaN, Number.NaN, "undecided"],
  ] as const)("%s from %d to %d is %s", (metric, low, high, standing) => {
    const result = airlineLike();
    expect(summarize({ ...result, comparison: { ...result.comparison, metric, low, high } }).standing).toBe(standing);
  });

  it("has at least the decimals of the verdict", () => {
    const result = airlineLike();
    const near = { ...result.comparison, difference: -0.03, low: -0.04, high: -0.02 };
    expect(summarize({ ...result, comparison: near }).format(18.2)).toBe("18.200");
    const texts = reviewsLike();
    const shares = summarize({
      ...texts,
      comparison: { ...texts.comparison, difference: -0.0356, low: -0.0391, high: -0.0322 },
    });
    expect([shares.format(0.8791), shares.formatDifference(-0.0356)]).toEqual(["87.9\u202f%", "\u22123.6"]);
  });

  it("takes stated differences and computes those that are not", () => {
    const result = { ...airlineLike(), differences: undefined };
    const summary = summarize(result);
    const find = (name: string) => result.models.find((m) => m.name === name)!;
    expect(summary.difference(find("gru"))).toMatchObject({ low: result.comparison.low, high: result.comparison.high });
    const drift = summary.difference(find("drift"))!;
    expect(drift.difference).toBeCloseTo(find("drift").test.rmse! - find("linear").test.rmse!, 12);
    expect(drift.low).toBeUndefined();
    expect(summary.difference(find("linear"))).toBeUndefined();
  });
});
