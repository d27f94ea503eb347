import { describe, expect, it } from "vitest";
import type { ModelName } from "../tasks/results.ts";
import { airlineLike, hostile, reberLike, reviewsLike } from "./fixtures.ts";
import { comparisonTable } from "./terminal.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colors are escape sequences
const plainOf = (text: string) => text.replace(/\u001b\[\d+m/g, "");

describe("comparisonTable", () => {
  it("aligns, marks the best and names unit and baseline", () => {
    const lines = comparisonTable(airlineLike()).split("\n");
    expect(lines[0]).toMatch(/^ {2}model +params +seconds +valid\. +test +against +95 %$/);
    expect(lines[1]).toMatch(/^\* Linear +13 +<0\.1 +\d+\.\d +14\.0 +reference$/);
    expect(lines[2]).toMatch(/^ {2}GRU +8,001 +7\.2 +\d+\.\d +\d+\.\d +\+\d\.\d +-\d\.\d to \+\d\.\d$/);
    expect(lines[9]).toBe("* best on the test part. RMSE in thousand passengers, against Linear.");
    const end = lines[1].indexOf("14.0") + 4;
    for (const line of lines.slice(1, 9)) expect(line.slice(end - 4, end)).toMatch(/^\d\d\.\d$/);
    expect(lines.at(-1)).toBe("");
  });

  it("writes accuracies as percentages, differences in points", () => {
    const text = comparisonTable(reviewsLike());
    expect(text).toMatch(/GRU +1,379,201 +102\.9 +88\.5 % +87\.9 % +-3\.1 +-3\.5 to -2\.7\n/);
    expect(text).toContain("Accuracy, against NB logistic in points.");
  });

  it.each([80, 60, 40])("keeps to %d columns, leaving out the least important first", (width) => {
    for (const result of [airlineLike(), reviewsLike(), reberLike()]) {
      for (const line of comparisonTable(result, { width }).split("\n"))
        expect([...line].length).toBeLessThanOrEqual(width);
    }
  });

  it("holds all columns at 80 and the test score always", () => {
    expect(comparisonTable(reberLike(), { width: 80 })).toContain("95 %");
    expect(comparisonTable(airlineLike(), { width: 20 })).toMatch(/test +against/);
  });

  it("colors only when asked, and only around whole lines", () => {
    const result = airlineLike();
    const colored = comparisonTable(result, { color: true });
    expect(comparisonTable(result)).not.toContain("\u001b");
    expect(colored).toContain("\u001b[");
    expect(plainOf(colored)).toBe(comparisonTable(result));
  });

  it("holds no escape of the data", () => {
    const payload = "\u001b]8;;http://x\u0007\u001b[2J\r\u009b31m\u202e\n";
    const text = comparisonTable({
      ...hostile(payload),
      comparison: { ...reviewsLike().comparison, baseline: payload as ModelName },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n")).toHaveLength(5);
  });
});
