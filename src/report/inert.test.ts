import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inert, inertProse, shorten } from "./inert.ts";

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

  it("sets prose on one line", () => expect(inertProse("one\r\n\ntwo\u0007")).toBe("one two\\u0007"));
});

describe("shorten", () => {
  it("cuts between characters, never inside one", () => {
    expect(shorten("abcdef", 6)).toBe("abcdef");
    expect(shorten("abcdefg", 6)).toBe("abcde…");
    expect(shorten("😀😀😀😀", 3)).toBe("😀😀…");
    expect(shorten("one  \n two", 20)).toBe("one    two");
  });

  it("is never longer than asked", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 30 }), (text, length) => {
        expect([...shorten(text, length)].length).toBeLessThanOrEqual(length);
      }),
    );
  });
});
