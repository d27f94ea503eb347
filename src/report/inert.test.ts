import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inertProse, shorten } from "./inert.ts";

it("sets prose on one line", () => expect(inertProse("one\r\n\ntwo\u0007")).toBe("one two\\u0007"));

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
