import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inert, valuesText } from "./inert.ts";

describe("inert", () => {
  it("writes out what would act in a terminal or turn the reading direction", () => {
    expect(inert("a\u001b[2Jb")).toBe("a\\u001b[2Jb");
    expect(inert("\u202egpj.exe")).toBe("\\u202egpj.exe");
    expect(inert("a\nb\tc\rd\0")).toBe("a\\nb\\tc\\rd\\u0000");
    expect(inert("\ufeffx\u200by\u2028z\u009b31m")).toBe("\\ufeffx\\u200by\\u2028z\\u009b31m");
    expect(inert("x\u{e0041}")).toBe("x\\u{e0041}");
    expect(inert("\ud800 and \udc00")).toBe("\\ud800 and \\udc00");
  });

  it("leaves words of any script and whole emoji alone", () => {
    const text = "Größe, 長さ, מחיר, 👩‍🔬 −1 “quoted”";
    expect(inert(text)).toBe(text);
  });

  it("leaves nothing that acts, whatever the text, and does not change twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = inert(text);
        expect(once).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ufeff]/u);
        expect(inert(once)).toBe(once);
      }),
    );
  });
});

describe("values as text", () => {
  it("show which are texts where that could be mistaken", () => {
    expect(valuesText({ a: 1, b: "1", c: true, d: "true", e: "gru", f: "", g: "1e5", h: "-1" })).toBe(
      'a 1, b "1", c true, d "true", e gru, f "", g "1e5", h "-1"',
    );
    expect(valuesText({ a: "x, b 2", b: " x", c: '"1"', d: "NaN", e: 0.123456, f: "two words" })).toBe(
      'a "x, b 2", b " x", c "\\"1\\"", d "NaN", e 0.1235, f two words',
    );
  });

  it("cannot steer a terminal", () => {
    expect(valuesText({ "a\u001b[2J": "x\u001b]0;t\u0007\n" })).toBe('a\\u001b[2J "x\\u001b]0;t\\u0007\\n"');
  });
});
