import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { processorClock } from "../../test/processor-clock.ts";
import { GruvyError } from "../base/index.ts";
import { formatJson, parseJson } from "./json.ts";

const source = "settings.json";
const parse = (text: string) => parseJson(text, { source });
const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof GruvyError) return error.code;
    throw error;
  }
  return "loads";
};

describe("parseJson", () => {
  test("reads whatever JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        for (const indent of [0, 2]) {
          const text = JSON.stringify(value, null, indent);
          expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("accepts and refuses what JSON.parse does, duplicate keys and rounded numbers apart", () => {
    const piece = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "\\", "\\u00e9", "1", "-", ".5", "e", "+2");
    const more = fc.constantFrom("01", "true", "nul", "null", " ", "\n", "\u0000", "\u00a0", "0", "é", "//", "'b'");
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, more), { maxLength: 7 }), (pieces) => {
        const text = pieces.join("");
        let expected: string;
        try {
          expected = JSON.stringify(JSON.parse(text));
        } catch {
          expected = "refused";
          refused++;
        }
        const code = codeOf(() => parse(text));
        if (code === "file/json-duplicate" || code === "file/json-number") return;
        expect(code === "loads" ? JSON.stringify(parse(text)) : "refused").toBe(expected);
      }),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  test.each([
    ["", "Expected a value at character 1 of settings.json, found the end"],
    ['{"units": }', 'Expected a value at character 11 of settings.json, found "}"'],
    ['{"units": 1,\n  "cell": gru}', 'Expected a value at line 2, column 11 of settings.json, found "gru"'],
    ["[1 2]", 'Expected "," or "]" at character 4 of settings.json, found "2"'],
    ['{"a" 1}', 'Expected ":" after the key at character 6 of settings.json, found "1"'],
    ["{a: 1}", 'Expected a key in quotes at character 2 of settings.json, found "a"'],
    ["[1] []", 'Expected the end at character 5 of settings.json, found "["'],
    ['["a\tb"]', "Expected no bare control character in a string at character 4"],
    ['["abc', "Expected a closing quote at character 6 of settings.json, found the end"],
    ['["\\x"]', "Expected an escape such as"],
    ['{"a": 1, "b": 2, "a": 3}', "Expected each key once at character 18"],
  ])("says where %j goes wrong", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test("sees a key that occurs twice, however it is written and however many there are", () => {
    const many = Array.from({ length: 20 }, (_, i) => `"k${i}":0`).join(",");
    for (const text of ['{"a":1,"\\u0061":2}', `{${many},"k19":1}`, `{${many},"k3":1}`, '[{"":0,"":0}]']) {
      expect(codeOf(() => parse(text))).toBe("file/json-duplicate");
    }
    expect(codeOf(() => parse(`{${many}}`))).toBe("loads");
  });

  test("refuses numbers that float64 would change, and only those", () => {
    for (const text of [
      "9007199254740993",
      "-9007199254740993",
      "1e999",
      "123456789012345678901234567890",
      "1".repeat(400),
    ]) {
      expect(codeOf(() => parse(text))).toBe("file/json-number");
    }
    // Exact, or the way JavaScript itself writes the nearest float64.
    for (const value of [2 ** 53, 2 ** 60, 2 ** 63, 1e21, 1.5e300, 5e-324, 0.1, -0]) {
      expect(parse(JSON.stringify(value))).toBe(value + 0);
    }
    expect(parse("9223372036854775808")).toBe(2 ** 63);
  });

  test("keeps __proto__ and constructor as plain keys of an object without a prototype", () => {
    const value = parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}');
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor", "toString"]);
    expect("polluted" in {}).toBe(false);
  });

  test("bounds nesting", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(codeOf(() => parse(nested(128)))).toBe("loads");
    expect(codeOf(() => parse(nested(129)))).toBe("file/json-depth");
    expect(codeOf(() => parse('{"a":'.repeat(100_000)))).toBe("file/json-depth");
    expect(codeOf(() => parseJson("[[]]", { source, maxDepth: 1 }))).toBe("file/json-depth");
  });

  test("refuses half a surrogate pair only where UTF-8 is asked for", () => {
    expect(parse('"\\ud800"')).toBe("\ud800");
    expect(codeOf(() => parseJson('"\\ud800"', { source, wellFormed: true }))).toBe("file/json");
    expect(parseJson('"\\ud83d\\ude00"', { source, wellFormed: true })).toBe("😀");
  });

  test("takes bounded time on a megabyte of anything", () => {
    const size = 1_000_000;
    const texts = [
      `"${"\\u0041".repeat(size / 6)}"`,
      `"${"\\".repeat(size)}"`,
      "1".repeat(size),
      `1e${"1".repeat(size)}`,
      `-0.${"0".repeat(size)}`,
      `[${"[],".repeat(size / 3)}`,
      `{${Array.from({ length: size / 12 }, (_, i) => `"${i + 1_000_000}":0`).join(",")}}`,
      " ".repeat(size),
      `${"\n".repeat(size)}x`,
    ];
    for (const text of texts) {
      const spent = processorClock();
      codeOf(() => parse(text));
      expect(spent()).toBeLessThan(2000);
    }
  });
});

describe("formatJson", () => {
  test("writes plain values and leaves out what is undefined", () => {
    expect(formatJson({ units: 50, name: undefined, nested: [1, null, "x", true] }, "architecture")).toBe(
      '{"units":50,"nested":[1,null,"x",true]}',
    );
  });

  test.each([
    ["NaN", { scaler: { mean: Number.NaN } }, "at record.scaler.mean, found NaN"],
    ["infinity", [1, Number.POSITIVE_INFINITY], "at record[1], found Infinity"],
    ["a bigint", { a: 1n }, "at record.a, found 1n"],
    ["a map", { a: new Map() }, "at record.a, found an object"],
    ["a typed array", { a: new Float32Array(2) }, "at record.a, found a Float32Array"],
    ["a date", { a: new Date(0) }, "at record.a, found an object"],
    ["a hole", { a: [1, undefined] }, "at record.a[1], found undefined"],
    ["a function", { a: () => 1 }, "at record.a, found a function"],
    ["toJSON", { a: { toJSON: () => 1 } }, "at record.a, found an object"],
  ])("refuses %s, which would come back as something else", (_, value, message) => {
    expect(() => formatJson(value, "record")).toThrow(message);
    expect(codeOf(() => formatJson(value, "record"))).toBe("usage/not-json");
  });

  test("refuses a cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(codeOf(() => formatJson(cycle, "record"))).toBe("usage/not-json");
  });
});
