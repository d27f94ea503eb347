import fc from "fast-check";
import { expect, test } from "vitest";
import { GruvyError, shown } from "./error.ts";

test("an error says what happened and what to do next, and carries its code and cause", () => {
  const cause = new Error("deep");
  const error = new GruvyError("file/not-found", "There is no a.csv.", "Check the path.", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("GruvyError");
  expect(error.message).toBe("There is no a.csv. Check the path.");
  expect(error.kind).toBe("file");
  expect(error.cause).toBe(cause);
  expect(new GruvyError("data/shape", "Expected 2, found 3").message).toBe("Expected 2, found 3");
});

test("whatever is found is shown short, on one line, without control characters", () => {
  const texts = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), texts), (value) => {
      const text = shown(value);
      expect(text).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      expect(text.length).toBeLessThan(400);
    }),
    { numRuns: 500 },
  );
});

test("values are shown as one would write them", () => {
  const long = "x".repeat(100);
  const cases: [unknown, string][] = [
    ["a\n\u001b[31m", '"a\\n\\u001b[31m"'],
    ["\u202eabc\u0085", '"\\u202eabc\\u0085"'],
    [long, `"${"x".repeat(57)}..."`],
    [-1.5, "-1.5"],
    [3n, "3n"],
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "an array of length 2"],
    [new Float32Array(2), "a Float32Array"],
    [{}, "an object"],
    [Math.max, "a function"],
  ];
  for (const [value, text] of cases) expect(shown(value)).toBe(text);
});
