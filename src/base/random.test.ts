import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normal } from "./normal.ts";
import { key, mix, permutation, random } from "./random.ts";
import * as stream from "./stream.ts";

const seeds = fc.maxSafeNat();
const words = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Pearson's statistic of counts that should be equal, in standard deviations of its distribution. */
function unevenness(counts: ArrayLike<number>): number {
  const list = Array.from(counts);
  const mean = list.reduce((sum, count) => sum + count, 0) / list.length;
  const statistic = list.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  return (statistic - (list.length - 1)) / Math.sqrt(2 * (list.length - 1));
}

/** Sources that differ in one part of what they are named by. */
const sources = [
  ...[0, 1, 2, 42, 2 ** 31, 2 ** 32, 2 ** 53 - 1].map((seed) => random(seed, stream.data)),
  ...Object.values(stream).map((id) => random(7, id)),
  ...[1, 2, 1000, 2 ** 31].map((step) => random(7, stream.dropout, step)),
];

// Runs, splits and kernels depend on these bits: they must be the same in every engine and every version.
describe("the bits never change", () => {
  test("mix", () => {
    expect([0, 1, 2, 0x12345678, 0xffffffff].map((x) => mix(x))).toEqual([
      0, 1753845952, 3507691905, 4125564054, 1734902346,
    ]);
  });

  test("random", () => {
    const source = random(42, stream.dropout, 7);
    const elements = [0, 1, 2, 3, 1000, 2 ** 31];
    expect(elements.map((element) => source.bits(element))).toEqual([
      226721626, 854761047, 1875849262, 2812983135, 200819336, 3656268614,
    ]);
    expect(elements.map((element) => source.below(element, 1000))).toEqual([52, 199, 436, 654, 46, 851]);
    expect(elements.map((element) => source.uniform(element))).toEqual([
      0.052787721157073975, 0.1990145444869995, 0.4367551803588867, 0.6549486517906189, 0.046756863594055176,
      0.8512913584709167,
    ]);
    expect(elements.map((element) => normal(source, element))).toEqual([
      0.10370874491852022, -0.6025502363311546, 0.1393226442345503, -0.5696375498969384, 1.1538822392743515,
      0.10370874491852022,
    ]);
  });

  test("permutation", () => {
    expect(Array.from(permutation(10, random(0, stream.shuffle)))).toEqual([8, 2, 0, 4, 6, 9, 1, 5, 7, 3]);
  });

  test("streams", () => {
    expect({ ...stream }).toEqual({ initial: 1, shuffle: 2, dropout: 3, data: 4, bootstrap: 5, split: 6, search: 7 });
  });
});

test("mix loses nothing: it can be undone", () => {
  const inverse = (odd: number) => {
    let found = 1;
    for (let round = 0; round < 5; round++) found = Math.imul(found, 2 - Math.imul(odd, found));
    return found;
  };
  const unmix = (x: number) => {
    x = Math.imul(x ^ (x >>> 16), inverse(0x846ca68b));
    x = Math.imul(x ^ (x >>> 15) ^ (x >>> 30), inverse(0x7feb352d));
    return (x ^ (x >>> 16)) >>> 0;
  };
  fc.assert(
    fc.property(words, (x) => {
      expect(unmix(mix(x))).toBe(x);
    }),
  );
});

describe("numbers of a source", () => {
  test("depend on their name alone", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), words, words, (seed, id, step, element) => {
        const source = random(seed, id, step);
        source.bits(element + 1);
        normal(source, element);
        expect(source.bits(element)).toBe(random(seed, id, step).bits(element));
        const { inner, low } = key(seed, id);
        const first = mix((inner + step) >>> 0);
        const second = mix((first ^ low) >>> 0);
        expect(source.bits(element)).toBe(mix((mix((element + first) >>> 0) ^ second) >>> 0));
      }),
    );
  });

  test("keep their ranges", () => {
    fc.assert(
      fc.property(seeds, words, fc.integer({ min: 1, max: 2 ** 31 }), (seed, element, below) => {
        const source = random(seed, stream.data);
        const uniform = source.uniform(element);
        expect(uniform).toBe(Math.fround(uniform));
        expect(uniform >= 0 && uniform < 1).toBe(true);
        expect(Number.isInteger(uniform * 2 ** 24)).toBe(true);
        const whole = source.below(element, below);
        expect(Number.isInteger(whole) && whole >= 0 && whole < below).toBe(true);
        expect(Number.isFinite(normal(source, element))).toBe(true);
      }),
    );
  });

  test("are uniform in every byte", () => {
    for (const source of sources) {
      for (const shift of [0, 8, 16, 24]) {
        const counts = new Uint32Array(256);
        for (let element = 0; element < 25_600; element++) counts[(source.bits(element) >>> shift) & 255]++;
        expect(Math.abs(unevenness(counts))).toBeLessThan(5);
      }
    }
  });

  test("are uniform below any bound", () => {
    for (const below of [2, 3, 10, 97]) {
      const counts = new Uint32Array(below);
      for (let element = 0; element < 1000 * below; element++) counts[sources[0].below(element, below)]++;
      expect(Math.abs(unevenness(counts))).toBeLessThan(5);
    }
  });

  test("do not follow from each other, nor from those of another source", () => {
    const length = 20_000;
    const columns = sources.flatMap((source) => [
      Float64Array.from({ length }, (_, element) => source.uniform(element) - 0.5),
      Float64Array.from({ length }, (_, element) => source.uniform(element + 1) - 0.5),
    ]);
    for (let a = 0; a < columns.length; a++) {
      for (let b = 0; b < a; b++) {
        const sum = columns[a].reduce((total, x, i) => total + x * columns[b][i], 0);
        expect(Math.abs((12 * sum) / Math.sqrt(length))).toBeLessThan(5); // standard deviations
      }
    }
  });

  test("are normal where they should be", () => {
    const length = 20_000;
    for (const source of sources) {
      const values = Float64Array.from({ length }, (_, element) => normal(source, element));
      const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / length;
      const deviations = [
        moment(1),
        (moment(2) - 1) / Math.SQRT2,
        moment(3) / Math.sqrt(15),
        (moment(4) - 3) / Math.sqrt(96),
      ];
      for (const deviation of deviations) expect(Math.abs(deviation * Math.sqrt(length))).toBeLessThan(5);
    }
  });
});

describe("permutation", () => {
  test("holds each number once", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 300 }), (seed, length) => {
        const order = permutation(length, random(seed, stream.shuffle));
        expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });

  test("makes every order equally likely", () => {
    const counts = new Map<string, number>();
    for (let step = 0; step < 24_000; step++) {
      const order = permutation(4, random(3, stream.shuffle, step)).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(unevenness([...counts.values()]))).toBeLessThan(5);
  });
});
