import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import type { Explanation } from "../tasks/explanation.ts";
import { explanationHtml, explanationText } from "./explanation.ts";
import { seriesExplained, textsExplained } from "./fixtures-explanation.ts";
import { PAYLOADS } from "./fixtures-payloads.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
const ACTIVE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

async function documentOf(explanation: Explanation) {
  const html = await explanationHtml(explanation);
  return { html, document: parseHTML(html).document };
}

const said = (document: Document): string => document.querySelector("main")!.textContent!.replace(/\s+/g, " ");

describe.each([
  ["texts", textsExplained()],
  ["a series", seriesExplained()],
])("the explanation of %s", (_, explanation) => {
  it("stands alone and runs nothing", async () => {
    const { html, document } = await documentOf(explanation);
    expect(document.querySelectorAll("script, img, iframe, object, embed, form, base")).toHaveLength(0);
    expect(document.querySelector("meta[http-equiv]")!.getAttribute("content")).toMatch(/^default-src 'none';/);
    expect(html).not.toMatch(/@import|url\(|\s(?:src|srcset)=/);
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it("has names for all charts, and every id once", async () => {
    const { document } = await documentOf(explanation);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.getAttribute("id"));
    expect(new Set(ids).size).toBe(ids.length);
    const charts = [...document.querySelectorAll("svg")];
    expect(charts.length).toBeGreaterThan(8);
    for (const svg of charts) {
      expect(document.getElementById(svg.getAttribute("aria-labelledby")!)!.textContent!.length).toBeGreaterThan(5);
    }
  });
});

it("shades the words by what they say for the label", async () => {
  const { document } = await documentOf(textsExplained());
  const words = [...document.querySelector(".said-words")!.querySelectorAll("span")];
  expect(words.map((word) => [word.textContent, word.className])).toEqual([
    ["(start)", ""],
    ["a", ""],
    ["warm", "p2"],
    ["and", ""],
    ["funny", "p4"],
    ["film", ""],
  ]);
  const text = said(document);
  expect(text).toContain('The model answers "positive" with probability 97.0\u202f%, and right.'.replace(/\s/g, " "));
  expect(text).toContain('where "negative" is right');
  expect(text).toContain("funny (step 5, +2.750), warm (step 3, +1.500), film (step 6, −0.400)");
  expect(text).toContain("The last 6 steps give 95 % of what all 12 give: the log loss on 200 texts falls from 0.690");
  expect(text).toContain("more than a million steps");
});

it("tells of a series in its unit, of what is not known yet, and of a memory that gains nothing", async () => {
  const text = said((await documentOf(seriesExplained())).document);
  expect(text).toContain("409 thousand passengers, where 396 is the truth");
  expect(text).toContain("Shown the last step alone the model does as well as with all 4 steps");
  expect(text).toContain("no gate that holds its state");
});

it("says what a step is to the model, and in what the answer is measured", async () => {
  const changes = seriesExplained();
  const logs = {
    ...changes,
    data: { ...changes.data, transform: "log" as const },
    measure: { kind: "value" as const },
  };
  const [first, second] = [await documentOf(changes), await documentOf(logs)].map(({ document }) => said(document));
  expect(first).toContain("with this step's change set to its average");
  expect(first).toContain("The model sees changes, not levels");
  expect(second).toContain("with the logarithm of this step set to its average");
  expect(second).not.toContain("The model sees changes");
  expect(explanationText(logs)).not.toContain("units of the answer");
  expect(explanationText(logs)).toContain("passengers");
});

it("tells no memory of a model that is not clearly better than chance", async () => {
  const { memory, ...rest } = textsExplained();
  const { length: _, ...curve } = memory;
  const noise = { ...rest, memory: { ...curve, scores: curve.scores.map(() => 0.6941), chance: Math.LN2 } };
  const said =
    /memory reaches cannot be told: on these \d+ texts the model is not clearly better than one answer to all of them\. .* 0\.694.* 0\.693/;
  expect((await documentOf(noise)).html).toMatch(said);
  expect(explanationText(noise)).toMatch(said);
  expect(explanationText(noise)).not.toContain("95 % of what");
});

it("calls the answers to rows in no order no forecasts", () => {
  const { data, rows, ...rest } = seriesExplained();
  const chosen = (["worst", "closest"] as const).map((why) => ({ ...rows[0], why }));
  const text = explanationText({ ...rest, rows: chosen, data: { ...data, kind: "sequences" } });
  expect(text).toContain(", the worst answer: ");
  expect(text).toContain(", the closest answer: ");
});

it("is short in a terminal", () => {
  const text = explanationText(textsExplained());
  expect(text).toContain('  text 4, the surest right answer: "positive" with probability 97.0 %, and right.');
  expect(text).toMatch(/^ {4}funny +\+2\.750 +\+0\.833$/m);
  expect(text).toContain("update z 0.44 (closed 12.5 %, open 6.3 %)");
  expect(explanationText(seriesExplained())).toMatch(/^ {4}1960-04 +\+40\.25 /m);
});

it("shows hostile values as text, wherever they stand", async () => {
  const names = ({ document }: { document: Document }) =>
    [...document.querySelectorAll("*")]
      .filter((e) => !e.closest("svg"))
      .map((e) => e.localName)
      .join(" ");
  const expected = names(await documentOf(textsExplained("plain")));
  // Each ending and each act is among them; the report of comparisons tries them all.
  for (const payload of PAYLOADS.filter((_, i) => i % 7 === 0)) {
    const page = await documentOf(textsExplained(payload));
    expect(names(page), JSON.stringify(payload)).toBe(expected);
    for (const element of page.document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(name, JSON.stringify(payload)).not.toMatch(/^on|^src|^srcdoc|^action/i);
        if (name === "href") expect(value).toMatch(/^data:image\/svg\+xml,/);
      }
    }
    expect(explanationText(textsExplained(payload))).not.toMatch(ACTIVE);
  }
});
