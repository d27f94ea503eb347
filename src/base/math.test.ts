import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cos, exp, log, pow, sigmoid, sin, tanh } from "./math.ts";

const word = new DataView(new ArrayBuffer(8));

/** The distance from |x| to the next larger float64. */
function ulp(x: number): number {
  word.setFloat64(0, Math.abs(x));
  word.setBigUint64(0, word.getBigUint64(0) + 1n);
  return word.getFloat64(0) - Math.abs(x);
}

/** Expects `found` within `ulps` units in the last place of `expected`, which itself may be off by one, and `slack`. */
function close(found: number, expected: number, ulps: number, slack = 0): void {
  if (Object.is(found, expected)) return;
  const error = Math.abs(found - expected);
  if (!(error <= ulps * ulp(expected) + slack)) {
    expect.fail(`${found} is ${error / ulp(expected)} units in the last place from ${expected}`);
  }
}

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const held = (numbers: fc.Arbitrary<number>, check: (x: number) => void) =>
  fc.assert(fc.property(numbers, check), { numRuns: 5000 });

describe("against the functions of the engine", () => {
  test("exp", () => {
    held(between(-750, 715), (x) => close(exp(x), Math.exp(x), 4));
    held(between(-1, 1), (x) => close(exp(x), Math.exp(x), 4));
  });

  test("log", () => {
    held(fc.double({ min: 0, noNaN: true }), (x) => close(log(x), Math.log(x), 4));
    held(between(0.5, 2), (x) => close(log(x), Math.log(x), 4));
    held(between(1 - 1e-6, 1 + 1e-6), (x) => close(log(x), Math.log(x), 4));
  });

  test("tanh", () => {
    held(fc.double({ noNaN: true }), (x) => close(tanh(x), Math.tanh(x), 8));
    held(between(-30, 30), (x) => close(tanh(x), Math.tanh(x), 8));
    held(between(-0.5, 0.5), (x) => close(tanh(x), Math.tanh(x), 8));
  });

  test("sigmoid", () => {
    held(between(-700, 40), (x) =>
      close(sigmoid(x), x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)), 4),
    );
  });

  // Near a multiple of pi/2 the reduced angle has the absolute error of pi/2's 86 bits.
  test("sin and cos", () => {
    for (const numbers of [between(-1e6, 1e6), between(-10, 10)]) {
      held(numbers, (x) => close(sin(x), Math.sin(x), 4, Math.abs(x) * 2 ** -86));
      held(numbers, (x) => close(cos(x), Math.cos(x), 4, Math.abs(x) * 2 ** -86));
    }
    held(fc.integer({ min: -600_000, max: 600_000 }), (k) => {
      const x = (k * Math.PI) / 2;
      close(sin(x), Math.sin(x), 4, Math.abs(x) * 2 ** -86);
      close(cos(x), Math.cos(x), 4, Math.abs(x) * 2 ** -86);
    });
  });

  // The errors of logarithm and product are multiplied by the power; and relative to its number, a unit in the last
  // place is up to twice as large for one as for another.
  test("pow", () => {
    const powers = fc.tuple(between(1e-3, 1e3), fc.oneof(between(-50, 50), fc.integer({ min: -100, max: 100 })));
    fc.assert(
      fc.property(powers, ([base, power]) => {
        const grown = Math.abs(power * Math.log(base)) + (Number.isInteger(power) ? Math.abs(power) : 0);
        close(pow(base, power), base ** power, 4 + 4 * grown);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("at the ends", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const cases: [name: string, f: (x: number) => number, x: number, y: number][] = [
    ["exp", exp, 0, 1],
    ["exp", exp, inf, inf],
    ["exp", exp, 710, inf],
    ["exp", exp, -inf, 0],
    ["exp", exp, -746, 0],
    ["exp", exp, -745, 5e-324],
    ["exp", exp, nan, nan],
    ["log", log, 1, 0],
    ["log", log, 0, -inf],
    ["log", log, -1, nan],
    ["log", log, inf, inf],
    ["log", log, nan, nan],
    ["tanh", tanh, inf, 1],
    ["tanh", tanh, -inf, -1],
    ["tanh", tanh, -0, -0],
    ["tanh", tanh, nan, nan],
    ["sigmoid", sigmoid, 0, 0.5],
    ["sigmoid", sigmoid, inf, 1],
    ["sigmoid", sigmoid, -inf, 0],
    ["sigmoid", sigmoid, nan, nan],
    ["sin", sin, 0, 0],
    ["sin", sin, inf, nan],
    ["cos", cos, 0, 1],
    ["cos", cos, nan, nan],
  ];
  test.each(cases)("%s %#", (_, f, x, y) => expect(f(x)).toBe(y));

  test("pow of whole powers", () => {
    for (const [base, power] of [
      [0, 0],
      [0, 2],
      [0, -1],
      [-2, 3],
      [-2, -2],
      [2, 1023],
      [2, -1000],
      [1, 2 ** 31],
      [nan, 0],
      [inf, -1],
    ]) {
      expect(pow(base, power)).toBe(base ** power);
    }
    expect(pow(-2, 0.5)).toBe(nan);
    expect(pow(0, 0.5)).toBe(0);
  });
});

test("symmetries hold to the bit", () => {
  held(between(-1e5, 1e5), (x) => {
    expect(sin(-x)).toBe(sin(x) === 0 ? sin(-x) : -sin(x));
    expect(cos(-x)).toBe(cos(x));
    expect(tanh(-x)).toBe(-tanh(x));
  });
});

// Weights depend on these bits: they must be the same in every engine and every version.
describe("the bits never change", () => {
  const sums: [name: string, f: (x: number) => number, sum: string][] = [
    ["exp", exp, "cbae3cd056c42380"],
    ["log", (x) => log(Math.abs(x)), "5ff50a842f92bf1d"],
    ["tanh", tanh, "d11a304a92683089"],
    ["sigmoid", sigmoid, "c25837cf663042c5"],
    ["sin", sin, "16b74ba407666af7"],
    ["cos", cos, "56bbeb189c9082f5"],
    ["pow 2.5", (x) => pow(Math.abs(x), 2.5), "64fcb2cdf85094ff"],
    ["pow -3", (x) => pow(x, -3), "c651ced202a226d6"],
  ];

  /** Fowler, Noll and Vo's hash of the results at 4,001 points, denser towards 0. */
  function sumOf(f: (x: number) => number): string {
    let hash = 0xcbf29ce484222325n;
    for (let i = -2000; i <= 2000; i++) {
      word.setFloat64(0, f((i * Math.abs(i)) / 50_000 + 0.001));
      hash = BigInt.asUintN(64, (hash ^ word.getBigUint64(0)) * 0x100000001b3n);
    }
    return hash.toString(16).padStart(16, "0");
  }

  test.each(sums)("%s", (_, f, sum) => expect(sumOf(f)).toBe(sum));
});
