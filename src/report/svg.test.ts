import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import { forecastSvg } from "./svg.ts";

const options = {
  values: Array.from({ length: 36 }, (_, i) => 100 + (i % 12)),
  firstForecast: 30,
  forecasts: { GRU: [106, 107, 108, 109, 110, 111], "Last value": [105, 106, 107, 108, 109, 110] },
  unit: "passengers",
};

describe("forecastSvg", () => {
  it("stands alone: colors for both schemes, a title, nothing from outside", async () => {
    const svg = await forecastSvg({ ...options, title: "A & <b>" });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*width="760" height="\d+"><style>/);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toContain("A &amp; &lt;b&gt;");
    for (const name of svg.match(/var\(--\w+\)/g)!) expect(svg).toContain(`${name.slice(4, -1)}: #`);
    const { document } = parseHTML(`<!doctype html><body>${svg}</body>`);
    const texts = [...document.querySelectorAll("text")].map((t) => t.textContent);
    expect(texts).toEqual(expect.arrayContaining(["Observed", "GRU", "Last value", "passengers", "test part"]));
  });

  it("draws the part with forecasts alone", async () => {
    const svg = await forecastSvg({ ...options, part: "forecasts", width: 500 });
    expect(svg).toContain('width="500"');
    expect(svg).not.toContain("test part");
  });

  it.each([
    [{ values: [1] }],
    [{ firstForecast: 36 }],
    [{ firstForecast: -1 }],
    [{ forecasts: { GRU: [1, 2, 3, 4, 5, 6, 7] } }],
    [{ forecasts: { GRU: [] } }],
    [{ width: 10 }],
  ])("refuses %j", async (wrong) => {
    await expect(forecastSvg({ ...options, ...wrong })).rejects.toMatchObject({ code: "usage/option" });
  });
});
