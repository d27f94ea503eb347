import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { page } from "../../bench/tuning/record.js";

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
interface Compared {
  readonly against: number;
  readonly random: number;
}
const results: {
  readonly regret: {
    readonly seeds: number;
    readonly rows: readonly { readonly tpe: Compared; readonly gp: Compared }[];
  };
  readonly adding: {
    readonly solvedBelow: number;
    readonly rows: readonly { readonly testError: number; readonly defaultErrors: readonly number[] }[];
  };
} = JSON.parse(read("tuning-results.json"));

test("the page of the tuner's results is written from the results", () => {
  expect(read("tuning-results.md")).toBe(page(results));
});

test("the recorded results are what they are held to", () => {
  expect(results.regret.seeds).toBe(30);
  for (const { tpe, gp } of results.regret.rows) {
    for (const { against, random } of [tpe, gp]) {
      expect(against).toBeLessThanOrEqual(1.2);
      expect(random).toBeLessThanOrEqual(0.5);
    }
  }
  const { solvedBelow, rows } = results.adding;
  expect(rows).toHaveLength(10);
  expect(rows.filter(({ testError }) => testError < solvedBelow).length).toBeGreaterThanOrEqual(9);
  for (const { defaultErrors } of rows) for (const error of defaultErrors) expect(error).toBeGreaterThan(0.1);
});
