import { parseHTML } from "linkedom/worker";
import { expect, it } from "vitest";
import { hostile } from "./fixtures.ts";
import { ACTS, PAYLOADS } from "./fixtures-payloads.ts";
import { hostileStudy } from "./fixtures-study.ts";
import { reportHtml, studyHtml } from "./html.ts";
import { inertProse } from "./inert.ts";

const ELEMENTS = new Set(
  "html head meta title link style body main header section h1 h2 h3 p b bdi small span i ul li dl dt dd div table thead tbody tr th td figure figcaption details summary pre code footer svg g path line rect circle text tspan desc".split(
    " ",
  ),
);
const ATTRIBUTES =
  /^(lang|charset|http-equiv|content|name|rel|href|class|id|role|scope|dir|tabindex|open|xmlns|style|aria-[a-z]+|viewbox|width|height|x|y|x1|x2|y1|y2|dx|dy|cx|cy|r|d|transform|fill|stroke|opacity|(fill|stroke|text|font|paint)-[a-z]+)$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const pages: Readonly<Record<string, (payload: string) => Promise<string>>> = {
  comparison: (payload) => reportHtml(hostile(payload)),
  study: (payload) => studyHtml(hostileStudy(payload), payload),
};

/** The elements outside charts, as one string; every element on the way is checked. */
function skeleton(root: Element, payload: string): string {
  const names: string[] = [];
  const visit = (element: Element, inChart: boolean) => {
    const name = element.localName;
    if (!ELEMENTS.has(name)) throw new Error(`<${name}> from ${JSON.stringify(payload)}`);
    for (const { name: key, value } of element.attributes) {
      const fine = ATTRIBUTES.test(key.toLowerCase()) && (key !== "style" || /^flex-grow:\d+$/.test(value));
      const loads = key === "href" && !value.startsWith("data:image/svg+xml,");
      if (!fine || loads) throw new Error(`${key}="${value}" from ${JSON.stringify(payload)}`);
    }
    if (!inChart) names.push(name);
    for (const child of element.children) visit(child, inChart || name === "svg");
  };
  visit(root, false);
  return names.join(" ");
}

it("tries at least 120 payloads", () => expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(120));

it.each(Object.entries(pages))(
  "shows every payload as text, in every place where a value stands: %s",
  async (_, page) => {
    const documentOf = async (payload: string) => parseHTML(await page(payload)).document;
    const plain = await documentOf("plain");
    const expected = skeleton(plain.documentElement, "plain");
    const style = plain.querySelector("style")!.textContent;
    for (const payload of PAYLOADS) {
      const document = await documentOf(payload);
      expect(skeleton(document.documentElement, payload), JSON.stringify(payload)).toBe(expected);
      expect(document.querySelector("style")!.textContent).toBe(style);
      expect(document.querySelector("meta[http-equiv]")!.getAttribute("content")).toMatch(/^default-src 'none';/);
      expect(document.documentElement.textContent).not.toMatch(ACTIVE);
      if (!payload.includes("%")) {
        const verdict = document.querySelector(".verdict")!.textContent;
        expect(verdict?.toLowerCase()).toBe(inertProse(payload).toLowerCase());
      }
    }
  },
  180_000,
);

it("is not shown by the parser alone: an unescaped payload would be seen", () => {
  const { document } = parseHTML(`<!doctype html><body><p>${ACTS[1]}</p></body>`);
  expect([...document.querySelectorAll("*")].some((e) => !ELEMENTS.has(e.localName))).toBe(true);
});
