import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import { type SvgElement, serialize } from "./serialize.ts";

const label = { id: 'a"b', title: "$& <title>", description: "</desc><script>" };

function svgOf(inside: string): SvgElement {
  const { document } = parseHTML(`<!doctype html><body><svg viewBox="0 0 10 10" onload="x()">${inside}</svg></body>`);
  return document.querySelector("svg") as unknown as SvgElement;
}

describe("serialize", () => {
  it("writes title and description, escaped, and rounds numbers", () => {
    const text = serialize(svgOf('<path d="M1.23456,-0.001L2e-7,3.5" class="x"></path>'), label);
    expect(text).toContain('<title id="a&quot;b-title">$&amp; &lt;title&gt;</title>');
    expect(text).toContain('<desc id="a&quot;b-desc">&lt;/desc&gt;&lt;script&gt;</desc>');
    expect(text).toContain('<path d="M1.23,0L0,3.5"/>');
    expect(text).not.toMatch(/onload|class/);
  });

  it("escapes text and drops styles", () => {
    const text = serialize(svgOf("<style>a{}</style><text>&lt;b&gt; &amp;</text>"), label);
    expect(text).toContain("<text>&lt;b&gt; &amp;</text>");
    expect(text).not.toContain("style");
  });

  it.each([
    "<script>1</script>",
    "<a><text>x</text></a>",
    "<foreignObject></foreignObject>",
    "<image></image>",
    "<use></use>",
    "<animate></animate>",
    '<path fill="url(#x)"></path>',
    '<path d="javascript:1"></path>',
    '<path fill="&quot;&gt;"></path>',
  ])("refuses %s", (inside) => {
    expect(() => serialize(svgOf(inside), label)).toThrowError(expect.objectContaining({ code: "usage/chart" }));
  });
});
