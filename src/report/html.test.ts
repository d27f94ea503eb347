import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import type { ComparisonResult } from "../tasks/results.ts";
import { airlineLike, reberLike, reviewsLike } from "./fixtures.ts";
import { reportHtml } from "./html.ts";

async function documentOf(result: ComparisonResult) {
  const html = await reportHtml(result);
  return { html, document: parseHTML(html).document };
}

const headings = (document: Document) => [...document.querySelectorAll("h2")].map((h) => h.textContent);

describe.each([
  ["a series", airlineLike()],
  ["texts", reviewsLike()],
  ["sequences", reberLike()],
])("the report of %s", (_, result) => {
  it("stands alone and runs nothing", async () => {
    const { html, document } = await documentOf(result);
    expect(html.startsWith("<!doctype html>\n")).toBe(true);
    expect(document.querySelector("meta[http-equiv]")!.getAttribute("content")).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src data:;/,
    );
    expect(document.querySelectorAll("script, img, iframe, object, embed, form, base, audio, video")).toHaveLength(0);
    expect([...document.querySelectorAll("link")].map((l) => l.getAttribute("href")!.slice(0, 19))).toEqual([
      "data:image/svg+xml,",
    ]);
    expect(html).not.toMatch(/@import|url\(|\s(?:src|srcset)=/);
    expect(html.match(/https?:\/\/[^"'\s<]*/g)!.every((url) => url === "http://www.w3.org/2000/svg")).toBe(true);
  });

  it("says the verdict first, then the table with each model's own numbers", async () => {
    const { document } = await documentOf(result);
    expect(document.querySelector("main")!.firstElementChild!.textContent).toContain(result.verdict.slice(0, 40));
    expect(headings(document)[0]).toBe("The comparison");
    const rows = [...document.querySelectorAll("table.scores tbody tr")];
    expect(rows).toHaveLength(result.models.length);
    expect(rows.filter((row) => row.classList.contains("best"))).toHaveLength(result.data.name === "reber" ? 2 : 1);
    expect(rows.filter((row) => row.classList.contains("baseline"))).toHaveLength(
      result.models.filter((m) => m.kind === "baseline").length,
    );
    for (const row of rows) expect(row.textContent).not.toMatch(/(?<![\d,])1 parameters/);
    const gru = rows.find((row) => row.textContent!.includes("GRU"))!;
    const { rmse, accuracy } = result.models.find((m) => m.name === "gru")!.test;
    expect(gru.textContent).toContain(rmse === undefined ? (100 * accuracy!).toFixed(1) : rmse.toFixed(1));
  });

  it("can be read by those who do not see it", async () => {
    const { document } = await documentOf(result);
    expect(document.documentElement.getAttribute("lang")).toBe("en");
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.getAttribute("id"));
    expect(new Set(ids).size).toBe(ids.length);
    for (const svg of document.querySelectorAll("svg")) {
      expect(svg.getAttribute("role")).toBe("img");
      for (const name of ["aria-labelledby", "aria-describedby"]) {
        const label = document.getElementById(svg.getAttribute(name)!)!;
        expect(label.textContent!.length).toBeGreaterThan(5);
        expect(label.textContent).not.toMatch(/NaN|undefined/);
      }
    }
    for (const named of document.querySelectorAll("section, [role=region]")) {
      expect(document.getElementById(named.getAttribute("aria-labelledby")!)).not.toBeNull();
    }
    for (const th of document.querySelectorAll("th")) expect(th.getAttribute("scope")).toMatch(/^(col|row)$/);
  });

  it("records what was done", async () => {
    const { document } = await documentOf(result);
    const record = document.querySelector("section[aria-labelledby=record]")!.textContent!.replaceAll("\u00a0", " ");
    expect(record).toContain("23 November 2026, 07:15 UTC");
    expect(record).toContain(result.versions.engine);
    expect(record).toContain(result.split.how.slice(0, 20));
    for (const choice of result.choices) expect(record).toContain(choice.why);
    for (const name of Object.keys(result.settings)) expect(record).toContain(name);
    expect(document.querySelector("pre")!.textContent).toBe(result.command);
  });

  it("holds no broken number and is the same each time", async () => {
    const { html, document } = await documentOf(result);
    expect(document.body.textContent).not.toMatch(/NaN|undefined|\[object/);
    expect(await reportHtml(result)).toBe(html);
    expect(html.length).toBeLessThan(300_000);
  });
});

describe("the sections", () => {
  it("follow what the result holds", async () => {
    expect(headings((await documentOf(airlineLike())).document)).toEqual([
      "The comparison",
      "What to make of it",
      "Forecast and truth",
      "How the cells learned",
      "How much is luck",
      "What to know of data and training",
      "What was done",
    ]);
    expect(headings((await documentOf(reviewsLike())).document)).toEqual([
      "The comparison",
      "What to make of it",
      "What was taken for what",
      "How the cells learned",
      "With more or fewer rows",
      "What to know of data and training",
      "What was done",
    ]);
  });

  it("bear results with nothing in them", async () => {
    const broken = { rmse: Number.NaN };
    const result = airlineLike();
    const { document } = await documentOf({
      ...result,
      models: result.models.map((m) => ({
        ...m,
        test: broken,
        validation: {},
        predictions: m.predictions!.map(() => Number.NaN),
        history: { loss: [Number.NaN], valLoss: [Number.POSITIVE_INFINITY] },
        bestEpoch: 7,
        seeds: undefined,
      })),
      comparison: { ...result.comparison, difference: Number.NaN, low: Number.NaN, high: Number.NaN },
      differences: undefined,
    });
    expect(document.querySelectorAll("tr.best")).toHaveLength(0);
    expect(
      headings(
        (await documentOf({ ...reviewsLike(), models: [], confusion: [], worst: [], vary: undefined, findings: [] }))
          .document,
      ),
    ).toEqual(["The comparison", "What was done"]);
  });

  it("thin a long series and say what part is enlarged", async () => {
    const result = airlineLike();
    const values = Array.from({ length: 20_000 }, (_, i) => i % 997);
    const models = result.models.map((m) => ({ ...m, predictions: values.slice(-4_000) }));
    const { html, document } = await documentOf({ ...result, models, series: { values, firstTest: 16_000 } });
    expect(html.length).toBeLessThan(400_000);
    expect([...document.querySelectorAll("h3")].map((h) => h.textContent)).toContain(
      "The first 120 targets of the test part",
    );
  });

  it("list the common mistakes where classes are too many for a matrix", async () => {
    const confusion = Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: 60 }, (_, j) => (i === j ? 90 : i === 7 && j === 9 ? 55 : 0)),
    );
    const { document } = await documentOf({ ...reviewsLike(), confusion });
    const section = document.querySelector("section[aria-labelledby=labels]")!;
    expect(section.querySelectorAll("svg")).toHaveLength(0);
    expect(section.querySelector("tbody")!.textContent).toContain("55");
  });
});
