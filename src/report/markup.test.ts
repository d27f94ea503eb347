import { describe, expect, it } from "vitest";
import { escapeMarkup, Markup, markup, prose, sentence, value } from "./markup.ts";

describe("markup", () => {
  it("escapes every value that is not markup itself", () => {
    expect(markup`<p title="${'"><script>'}">${"a & 'b' `c`"}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">a &amp; &#39;b&#39; &#96;c&#96;</p>',
    );
  });

  it("keeps markup, joins lists and drops what is absent", () => {
    const items = ["<1>", "2"].map((text) => markup`<li>${text}</li>`);
    expect(markup`<ul>${items}${undefined}${false}${new Markup("<hr>")}${0}</ul>`.text).toBe(
      "<ul><li>&lt;1&gt;</li><li>2</li><hr>0</ul>",
    );
  });

  it("isolates values and shows what is invisible", () => {
    expect(value("a\u202eb").text).toBe("<bdi>a\\u202eb</bdi>");
    expect(escapeMarkup("\u0000<")).toBe("\\u0000&lt;");
  });

  it("makes sentences of what is none", () => {
    expect(sentence("found on -1 to 2").text).toBe("<bdi>Found on \u22121 to 2.</bdi>");
    expect(sentence("Whole. ").text).toBe("<bdi>Whole.</bdi>");
    expect(sentence("").text).toBe("<bdi></bdi>");
  });

  it("keeps a percent sign with its number", () =>
    expect(prose("about\n95 %").text).toBe("<bdi>about 95\u00a0%</bdi>"));
});
