import { describe, expect, it } from "vitest";
import type { ComparisonResult } from "../tasks/results.ts";
import { advise } from "./advice.ts";
import { airlineLike, reberLike, reviewsLike } from "./fixtures.ts";
import { summarize } from "./summary.ts";

const leads = (result: ComparisonResult) => advise(result, summarize(result)).map((point) => point.lead);
const between = (low: number, high: number): ComparisonResult => {
  const result = airlineLike();
  return { ...result, comparison: { ...result.comparison, difference: (low + high) / 2, low, high } };
};

describe("advise", () => {
  it("claims a winner only where the interval names one", () => {
    expect(leads(between(-3, -1))).toContain("Take the GRU.");
    expect(leads(between(1, 3))).toContain("Take the linear model.");
    expect(leads(between(-1, 3))).toContain("Nobody wins.");
    expect(leads(between(-1, 3)).join()).not.toContain("Take");
  });

  it("turns round for accuracy", () => {
    expect(leads(reviewsLike())).toContain("Take the logistic regression on words.");
    expect(leads(reberLike())).toContain("Take the GRU.");
  });

  it("says when the last value is not beaten", () => {
    const result = airlineLike();
    const models = result.models.map((m) => (m.name === "gru" ? { ...m, test: { rmse: 60 } } : m));
    expect(leads({ ...result, models })).toContain("The GRU learned nothing that counts.");
    expect(leads(result)).toContain("The GRU learned something.");
  });

  it("separates cells only when all their seeds are apart", () => {
    const result = airlineLike();
    const withSeeds = (gru: number[], lstm: number[]) => ({
      ...result,
      models: result.models.map((m) => {
        const scores = m.name === "gru" ? gru : m.name === "lstm" ? lstm : [90, 91, 92];
        const sorted = [...scores].sort((a, b) => a - b);
        return m.kind === "baseline"
          ? m
          : { ...m, test: { rmse: sorted[1] }, seeds: scores.map((rmse, seed) => ({ seed, rmse })) };
      }),
    });
    expect(leads(withSeeds([15, 16, 17], [18, 19, 20]))).toContain("The GRU is the better cell here.");
    expect(leads(withSeeds([15, 16, 19], [18, 18, 20]))).toContain("The seeds do not tell the GRU and the LSTM apart.");
    expect(leads(reviewsLike())).toContain("One seed tells little about the order of the cells.");
  });

  it("reads the learning curve of the chosen cell", () => {
    const at = (bestEpoch: number) => {
      const result = reberLike();
      const models = result.models.map((m) => (m.history ? { ...m, bestEpoch } : m));
      return leads({ ...result, models }).join();
    };
    expect(at(2)).toContain("by heart early");
    expect(at(15)).not.toContain("by heart");
  });

  it("leaves it to a finding whether more epochs may bring more", () => {
    const result = reberLike();
    const models = result.models.map((m) => (m.history ? { ...m, bestEpoch: m.history.loss?.length } : m));
    expect(leads({ ...result, models }).join()).not.toMatch(/getting better|epochs/);
  });

  it("does not repeat what a finding says of the test part", () => {
    const result = airlineLike();
    expect(leads(result)).toContain("The test part is small.");
    const said = { severity: "note" as const, what: "The test part has only 27 targets.", advice: "" };
    expect(leads({ ...result, findings: [said] })).not.toContain("The test part is small.");
  });

  it("names the class that is found least", () => {
    const result = reviewsLike();
    const confusion = [
      [50, 50],
      [10, 90],
    ];
    const points = advise({ ...result, confusion }, summarize(result));
    expect(points.find((p) => p.lead.startsWith("Not all"))!.text).toMatch(
      /class negative GRU finds 50\.0.*positive 90\.0/,
    );
  });

  it("says nothing about models that are not there", () => {
    const result = { ...reviewsLike(), models: [], confusion: [] };
    expect(advise(result, summarize(result))).toEqual([]);
  });
});
