import { expect, it } from "vitest";
import { stepNames } from "./step-names.ts";
import { curveChart } from "./steps.ts";

const texts = (names: readonly string[]) => stepNames(names).map(({ text }) => text);
const hour = (i: number) => new Date(Date.UTC(2024, 0, 26, 20 + i)).toISOString();

it("tells moments by what differs: the hours, and the date where the day changes", () => {
  expect(texts([20, 22, 24, 26].map((i) => hour(i - 20)))).toEqual(["01-26 20:00", "22:00", "01-27", "02:00"]);
  expect(texts(["2024-01-27 10:30:00", "2024-01-27 10:30:15"])).toEqual(["01-27 10:30", "10:30:15"]);
  expect(texts(["2024-01-27T10:30", "2024-01-28T10:30"])).toEqual(["2024-01-27", "2024-01-28"]);
  expect(texts(["2024-01-27", "a word"])).toEqual(["2024-01-27", "a word"]);
});

it("labels the steps of a chart so that no two are alike", () => {
  const steps = Array.from({ length: 24 }, (_, i) => ({ text: hour(i), value: i, occlusion: 0, gradient: 0 }));
  const svg = curveChart(steps, { id: "c", width: 720 }, { unit: "", title: "t" });
  const labels = Array.from(svg.matchAll(/<text[^>]*>([^<]*:00|\d\d-\d\d)<\/text>/g), ([, text]) => text);
  expect(labels).toContain("01-27");
  expect(labels.length).toBeGreaterThan(4);
  expect(new Set(labels).size).toBe(labels.length);
  expect(svg).not.toMatch(/>2024-01-2[67]T…</);
});
