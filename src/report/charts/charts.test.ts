import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import { columnFormat } from "../numbers.ts";
import { commonMistakes, confusionChart } from "./confusion.ts";
import { differencesChart } from "./differences.ts";
import { describeForecast, overviewChart, residualChart, zoomChart } from "./forecast.ts";
import { learningAxis, learningChart } from "./learning.ts";
import { seedsChart } from "./seeds.ts";
import { varyChart } from "./vary.ts";

const place = { id: "chart", width: 760 };
const format = columnFormat([1.5]);

function parse(svg: string) {
  const { document } = parseHTML(`<!doctype html><body>${svg}</body>`);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return {
    texts: all("text").map((t) => t.textContent),
    circles: all("circle").map((c) => ({ x: Number(c.getAttribute("cx")), y: Number(c.getAttribute("cy")) })),
    titles: all("circle > title, rect > title").map((t) => t.textContent),
    lines: all("line").map((l) => ["x1", "x2", "y1", "y2"].map((n) => Number(l.getAttribute(n)))),
    rects: all("rect").map((r) => ["x", "width"].map((n) => Number(r.getAttribute(n)))),
    paths: all("path").map((p) => ({
      d: p.getAttribute("d") ?? "",
      stroke: p.closest("[stroke]")?.getAttribute("stroke"),
    })),
  };
}

describe("differencesChart", () => {
  const rows = [
    { label: "GRU", color: "var(--gru)", difference: -2, low: -3, high: -1 },
    { label: "Drift", color: "var(--baseline)", difference: 8 },
  ];
  const input = { rows, baseline: "the linear model", higherIsBetter: false, measure: "RMSE", format, times: 1 };

  it("places dots and interval ends on one scale", () => {
    const { circles, lines } = parse(differencesChart(input, place));
    const unit = (circles[1].x - circles[0].x) / 10;
    const zero = circles[0].x + 2 * unit;
    const interval = lines.find(([x1, , y1, y2]) => y1 === y2 && Math.abs(x1 - (zero - 3 * unit)) < 0.1);
    expect(interval![1]).toBeCloseTo(zero - unit, 0);
    expect(lines.some(([x1, x2]) => x1 === x2 && Math.abs(x1 - zero) < 0.1)).toBe(true);
  });

  it("puts a model far beyond the others at the edge, as a number", () => {
    const others = [1, 2, 3].map((difference) => ({ label: `m${difference}`, color: "var(--gru)", difference }));
    const far = { label: "Last value", color: "var(--baseline)", difference: 360, low: 300, high: 400 };
    const { circles, texts } = parse(differencesChart({ ...input, rows: [...others, far] }, place));
    expect(circles).toHaveLength(3);
    expect(circles[2].x - circles[0].x).toBeGreaterThan(place.width / 4);
    expect(texts.some((text) => /^360[.\d]* →$/.test(text ?? ""))).toBe(true);
    const below = { ...far, difference: -360, low: -400, high: -300 };
    const left = parse(differencesChart({ ...input, rows: [...others, below] }, place)).texts;
    expect(left.some((text) => /^← .360[.\d]*$/.test(text ?? ""))).toBe(true);
  });

  it("says which side is better", () => {
    expect(parse(differencesChart(input, place)).texts).toContain("← better");
    expect(parse(differencesChart({ ...input, higherIsBetter: true }, place)).texts).toContain("better →");
  });
});

describe("forecast charts", () => {
  const values = Array.from({ length: 40 }, (_, i) => i);
  const lines = [{ label: "GRU", color: "var(--gru)", values: Array.from({ length: 10 }, (_, i) => 31 + i) }];
  const input = { values, firstTest: 30, lines, unit: "thousand passengers" };
  const label = { title: "t", description: "d" };

  it("shades the test part up to the end of the series", () => {
    const { rects, paths, texts } = parse(overviewChart(input, place, label));
    const observed = paths
      .find((p) => p.stroke === "var(--ink)")!
      .d.match(/[\d.]+(?=,)/g)!
      .map(Number);
    const [left, right] = [observed[0], observed[observed.length - 1]];
    expect(rects[0][0]).toBeCloseTo(left + ((right - left) * 30) / 39, 0);
    expect(rects[0][0] + rects[0][1]).toBeCloseTo(right, 0);
    expect(texts).toEqual(expect.arrayContaining(["thousand passengers", "Observed", "GRU", "test part"]));
  });

  it("gives each observation of the test part its numbers", () => {
    const { titles } = parse(zoomChart(input, 40, place, label));
    expect(titles).toHaveLength(10);
    expect(titles[0]).toBe("31: observed 30.0, GRU 31.0");
  });

  it("leaves gaps where values were filled in, dots what was filled, and counts what was observed", () => {
    const filled = [12, 13, 35];
    const gaps = (svg: string) => {
      const { paths } = parse(svg);
      return ["var(--ink)", "var(--soft)"].map((stroke) => {
        const { d } = paths.find((path) => path.stroke === stroke && path.d.length > 0) ?? { d: "" };
        return [d.split("M").length - 1, d.split(/[ML]/).length - 1];
      });
    };
    const whole = { ...input, filled };
    expect(gaps(overviewChart(whole, place, label))).toEqual([
      [3, 37],
      [2, 7],
    ]);
    expect(gaps(zoomChart(whole, 40, place, label))[0]).toEqual([2, 9]);
    expect(parse(zoomChart(whole, 40, place, label)).titles).toHaveLength(9);
    expect(parse(residualChart(whole, 40, place, label)).circles).toHaveLength(9);
    expect(describeForecast(whole)).toMatch(
      /^A series of 37 observations .* and 3 missing, which were filled in, with/,
    );
  });

  it("keeps names at the ends of lines apart", () => {
    const same = ["a", "b", "c"].map((name) => ({ ...lines[0], label: name }));
    const svg = zoomChart({ ...input, lines: same }, 40, place, label);
    const heights = [...svg.matchAll(/translate\(8,([\d.-]+)\)/g)].map((m) => Number(m[1]));
    const sorted = [...new Set(heights)].sort((a, b) => a - b);
    expect(sorted).toHaveLength(4);
    expect(Math.min(...sorted.slice(1).map((y, i) => y - sorted[i]))).toBeGreaterThanOrEqual(16.9);
  });
});

describe("learningChart", () => {
  const input = {
    label: "GRU",
    color: "var(--gru)",
    what: "loss",
    train: [3, 2, 1],
    validation: [3, 1.5, 2],
    bestEpoch: 2,
  };

  it("marks the kept epoch on the validation curve", () => {
    const { circles, texts, paths } = parse(learningChart(input, learningAxis([input]), place));
    const validation = paths.find((p) => p.stroke === "var(--gru)" && p.d.split("L").length === 3)!;
    const [x, y] = validation.d.split("L")[1].split(",").map(Number);
    expect(circles).toEqual([{ x, y }]);
    expect(texts).toContain("epoch 2");
  });

  it("has no mark where the epoch is not known", () => {
    const without = { ...input, bestEpoch: undefined };
    expect(parse(learningChart(without, learningAxis([without]), place)).circles).toEqual([]);
  });
});

describe("confusionChart", () => {
  const counts = [
    [8, 2],
    [5, 15],
  ];
  it("says each count and its share of the true class", () => {
    const { titles, texts } = parse(
      confusionChart({ counts, labels: ["no", "yes"], model: "the GRU", color: "var(--gru)" }, place),
    );
    expect(titles).toContain("yes, predicted no: 5 rows, 25.0\u202f%");
    expect(texts).toEqual(expect.arrayContaining(["8", "2", "5", "15", "80.0\u202f%"]));
  });

  it("finds the commonest mistakes", () => {
    expect(commonMistakes(counts, 1)).toMatchObject([{ truth: 1, predicted: 0, rows: 5, share: 0.25 }]);
  });
});

it("varyChart draws a point for each score that there is, labels on log scales included", () => {
  const lines = [{ label: "GRU", color: "var(--gru)", dashed: false, scores: [0.5, Number.NaN, 0.8, 0.9] }];
  const input = { what: "rows", sizes: [500, 2_500, 5_000, 10_000], lines, measure: "accuracy", format, times: 100 };
  const { circles, texts } = parse(varyChart(input, place));
  expect(circles).toHaveLength(3);
  expect(texts).toEqual(expect.arrayContaining(["500", "2,500", "5,000", "10,000", "GRU"]));
});

it("seedsChart draws each seed, the median and the reference", () => {
  const rows = [{ label: "GRU", color: "var(--gru)", scores: [1, 2, 6] }];
  const { circles, lines, texts } = parse(
    seedsChart({ rows, reference: { label: "Linear", score: 4 }, measure: "RMSE", format, times: 1 }, place),
  );
  expect(circles).toHaveLength(3);
  const unit = (circles[2].x - circles[0].x) / 5;
  const vertical = lines.filter(([x1, x2]) => x1 === x2).map(([x]) => x);
  expect(vertical.some((x) => Math.abs(x - (circles[0].x + unit)) < 0.1)).toBe(true);
  expect(vertical.some((x) => Math.abs(x - (circles[0].x + 3 * unit)) < 0.1)).toBe(true);
  expect(texts).toContain("Linear");
});
