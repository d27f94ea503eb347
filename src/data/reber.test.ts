import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../base/index.ts";
import { type ReberData, reber } from "./reber.ts";

/** The strings of a part, without padding, each with the class that follows. */
function spelled({ alphabet, classes }: ReberData, { x, y }: Dataset): string[] {
  return (x.toArray() as number[][]).map((row, i) => {
    const start = row.findIndex((token) => token !== 0);
    expect(row.slice(start)).not.toContain(0);
    const letters = row.slice(start).map((token) => alphabet[token - 1]);
    return letters.join("") + classes[y!.data[i]];
  });
}

// The grammar a second time, worked out by hand as a pattern.
const fromX = "(?:XT*VP)*(?:S|XT*VV)";
const inner = `B(?:TS*X${fromX}|PT*V(?:V|P${fromX}))E`;
const pattern = new RegExp(`^B([TP])((?:${inner})+)\\1$`);

describe("reber", () => {
  it("writes strings of the grammar, no longer than needed, of all lengths and seeds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (length, seed) => {
        const data = reber({ rows: 40, length, seed });
        for (const string of [...spelled(data, data.train), ...spelled(data, data.test)]) {
          expect(string).toMatch(pattern);
          const inside = pattern.exec(string)![2];
          const last = inside.slice(0, -1).lastIndexOf("E") + 1;
          expect(inside.length).toBeGreaterThanOrEqual(length);
          expect(last).toBeLessThan(length);
        }
      }),
    );
  });

  it("takes each way of the grammar about half the time", () => {
    const data = reber({ rows: 2000, length: 30 });
    const all = spelled(data, data.train).join("");
    const share = (way: RegExp, other: RegExp) => {
      const [a, b] = [all.match(way)!.length, all.match(other)!.length];
      return a / (a + b);
    };
    expect(share(/BT(?!B)/g, /BP(?!B)/g)).toBeCloseTo(0.5, 1); // into the upper and the lower half
    expect(share(/SE/g, /VVE/g)).toBeGreaterThan(0.3);
    for (const letter of data.alphabet) expect(all).toContain(letter);
  });

  it("holds no string twice, in neither part, and both classes in each", () => {
    for (const length of [1, 5, 10, 20]) {
      const data = reber({ length });
      const strings = [...spelled(data, data.train), ...spelled(data, data.test)];
      expect(strings).toHaveLength(2000);
      expect(new Set(strings).size).toBe(2000);
      for (const { y } of [data.train, data.test]) {
        const share = Array.from(y!.data).reduce((sum, label) => sum + label, 0) / y!.shape[0];
        expect(share).toBeGreaterThan(0.42);
        expect(share).toBeLessThan(0.58);
      }
    }
  });

  it("has strings as long in the test part as in the training part", () => {
    const data = reber({ length: 1 });
    const mean = (part: Dataset) => part.x.data.filter((token) => token !== 0).length / part.x.shape[0];
    expect(Math.abs(mean(data.test) / mean(data.train) - 1)).toBeLessThan(0.05);
  });

  it("is the same for the same seed, and other for another", () => {
    const options = { rows: 50, length: 12, seed: 2 ** 40 };
    expect(reber(options)).toEqual(reber(options));
    expect(reber({ ...options, seed: 2 ** 40 + 1 }).train.x.data).not.toEqual(reber(options).train.x.data);
  });

  it("shapes parts as promised", () => {
    const { train, test } = reber({ rows: 103, length: 25 });
    expect(train.x.shape).toEqual([83, test.x.shape[1]]);
    expect(train.y!.shape).toEqual([83]);
    expect(test.x.shape[0]).toBe(20);
    expect(train.x.data).toBeInstanceOf(Int32Array);
  });

  it("refuses what makes no sense", () => {
    expect(() => reber({ rows: 4 })).toThrow(/rows/);
    expect(() => reber({ length: 0 })).toThrow(/length/);
    expect(() => reber({ seed: -1 })).toThrow(/seed/);
    expect(() => reber({ rows: 300_000, length: 1 })).toThrow(
      expect.objectContaining({ code: "usage/option", message: expect.stringMatching(/Found only \d+ different/) }),
    );
  });
});
