import { describe, expect, it } from "vitest";
import { Bench } from "../../../test/engine/kernel.ts";
import { source, ulp } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { type F32x4, type Fn, F32x4 as Four, I32 } from "../wasm/index.ts";
import { activationTwin } from "./activation.twin.ts";
import { exp, flush, log, log1pExpNeg, sigmoid, tanh } from "./formulas.ts";
import { rareFunctions as rare } from "./rare-activation.ts";
import { softplus } from "./rare-formulas.ts";

type Formula = (fn: Fn, x: F32x4) => F32x4;
type Numbers = Float32Array<ArrayBuffer>;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const twin = activationTwin;

function apply(bench: Bench, name: string, formula: Formula, x: ArrayLike<number>): Numbers {
  bench.clear();
  const length = Math.ceil(x.length / 4) * 4;
  const from = bench.floats(Float32Array.from({ length }, (_, i) => x[Math.min(i, x.length - 1)]));
  const to = bench.floats(length);
  const kernel = (module: Parameters<Parameters<Bench["call"]>[1]>[0]) =>
    module.function("apply", [I32, I32, I32], (fn, a, b, bytes) => {
      fn.loop(0, bytes, 16, (i) => fn.store(b.add(i), formula(fn, fn.let(Four.load(a.add(i))))));
      return undefined;
    });
  bench.call(name, kernel, from, to, 4 * length);
  return to.data.slice(0, x.length);
}

/** Where functions bend: there every so many-th float32 is looked at, elsewhere some of each exponent. */
const BENDS = { from: -9, to: 7, apart: 1021 };
const ELSEWHERE = 86_481;
/** And so many of each exponent drawn at random. */
const DRAWN = 64;

/** Float32 numbers of one sign and every exponent, rising in size. */
function* sweep(sign: 1 | -1): Generator<Numbers> {
  const random = source(41);
  for (let exponent = -127; exponent < 128; exponent++) {
    const apart = exponent >= BENDS.from && exponent < BENDS.to ? BENDS.apart : ELSEWHERE;
    const drawn = Array.from({ length: DRAWN }, (_, i) => random.below(DRAWN * (exponent + 127) + i, 2 ** 23));
    const even = Array.from({ length: Math.ceil(2 ** 23 / apart) }, (_, i) => i * apart);
    const bits = Uint32Array.from(
      new Set([...even, ...drawn]),
      (mantissa) => ((exponent + 127) << 23) | mantissa,
    ).sort();
    yield new Float32Array(bits.buffer).map((value) => sign * value);
  }
}

interface Case {
  readonly formula: Formula;
  readonly exact: (x: number) => number;
  /** Where the value is meant to be right, and what stands below and above. */
  readonly from: number;
  readonly to: number;
  /** Largest error in units of the last place: with fma, and without. */
  readonly ulps: readonly [number, number];
  /** How far a value may fall below that of a smaller argument, in ulp; 0 is monotonic. */
  readonly falls: number;
  readonly direction: 1 | -1;
  /** A smaller value is held to the units of this one: before it a constant was added. */
  readonly least?: number;
}

const cases: Record<string, Case> = {
  exp: { formula: exp, exact: Math.exp, from: -87, to: 88, ulps: [1.1, 1.4], falls: 1, direction: 1 },
  log: { formula: log, exact: Math.log, from: 2 ** -126, to: inf, ulps: [2, 2], falls: 0, direction: 1 },
  sigmoid: {
    formula: sigmoid,
    exact: (x) => (x > 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
    from: -60,
    to: 60,
    ulps: [2.5, 2.5],
    falls: 1,
    direction: 1,
  },
  tanh: { formula: tanh, exact: Math.tanh, from: -inf, to: inf, ulps: [6, 7.2], falls: 10, direction: 1 },
  log1pExpNeg: {
    formula: log1pExpNeg,
    exact: (x) => Math.log1p(Math.exp(-x)),
    from: 0,
    to: 87,
    ulps: [4.2, 4.2],
    falls: 2,
    direction: -1,
  },
  softplus: {
    formula: softplus,
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    from: -87,
    to: inf,
    ulps: [4.2, 4.2],
    falls: 2,
    direction: 1,
  },
  elu: rarely(rare.elu.value, twin.elu, [1.5, 1.5]),
  // Above, its scale leads beyond float32.
  selu: rarely(rare.selu.value, twin.selu, [2.5, 2.5], { to: 3.2e38 }),
  softsign: rarely(rare.softsign.value, twin.softsign, [1.5, 1.5], { falls: 2 }),
  leakyRelu: rarely(rare.leakyRelu.value, twin.leakyRelu, [1, 1]),
  hardSigmoid: rarely(rare.hardSigmoid.value, twin.hardSigmoid, [1, 1], { least: 0.5 }),
  swish: rarely(rare.swish.value, twin.swish, [3, 3], { from: -60, falls: inf }),
  gelu: rarely(rare.gelu.value, twin.gelu, [9, 9], { from: -13, falls: inf }),
};

/** What few models have. */
function rarely(formula: Formula, exact: Case["exact"], ulps: Case["ulps"], other: Partial<Case> = {}): Case {
  return { formula, exact, ulps, from: -inf, to: inf, falls: 1, direction: 1, ...other };
}

describe.each(targets)("%s", (_, target) => {
  const bench = new Bench(target);

  it.each(Object.entries(cases))("%s is right to a few ulp over all exponents", (name, test) => {
    const { formula, exact, from, to, falls, direction, least = 0 } = test;
    let worst = 0;
    let at = 0;
    for (const sign of [1, -1] as const) {
      const rises = sign * direction;
      let highest = -inf;
      for (const numbers of sweep(sign)) {
        const x = numbers.filter((value) => value >= from && value <= to);
        if (x.length === 0) continue;
        const y = apply(bench, name, formula, x);
        for (let i = 0; i < x.length; i++) {
          const truth = exact(x[i]);
          const error = Math.abs(y[i] - truth) / ulp(Math.max(Math.abs(truth), least));
          if (!(error <= worst)) {
            worst = Number.isNaN(error) ? inf : error;
            at = x[i];
          }
          const fall = (highest - rises * y[i]) / ulp(truth);
          if (fall > falls) throw new Error(`${name} falls by ${fall} units at ${x[i]}`);
          highest = Math.max(highest, rises * y[i]);
        }
      }
    }
    expect(worst, `at ${at}`).toBeLessThanOrEqual(test.ulps[target.fma ? 0 : 1]);
    expect(worst).toBeGreaterThan(0.4); // the sweep has seen something
  });

  it("NaN stays NaN, in its own lane", () => {
    for (const [name, { formula }] of Object.entries({ ...cases, flush: { formula: flush } })) {
      const y = apply(bench, name, formula, [1, nan, 0.5, nan]);
      expect([name, ...y].map(Number.isNaN)).toEqual([false, false, true, false, true]);
    }
  });

  it("at the ends", () => {
    const of = (name: keyof typeof cases, ...x: number[]) => [...apply(bench, name, cases[name].formula, x)];
    expect(of("exp", 0, -0)).toEqual([1, 1]);
    // Clamped: never infinite, never a denormal.
    expect(new Set(of("exp", 88, 88.5, 1000, 3.4e38, inf)).size).toBe(1);
    expect(new Set(of("exp", -87, -87.5, -1000, -3.4e38, -inf)).size).toBe(1);
    expect(of("exp", -inf)[0]).toBeGreaterThan(2 ** -126);
    expect(of("exp", inf)[0]).toBeLessThan(inf);
    expect(of("log", 1)).toEqual([0]);
    const smallest = of("log", 2 ** -126)[0];
    expect(of("log", 0, -0, -1, -inf, 2 ** -149)).toEqual(new Array(5).fill(smallest));
    expect(of("log", 3.4028234663852886e38)[0]).toBeCloseTo(88.7228, 3);
    expect(of("sigmoid", 0, -0, inf, 100)).toEqual([0.5, 0.5, 1, 1]);
    // Its smallest value and that value's derivative stay far from the denormals.
    expect(of("sigmoid", -inf)[0]).toBeGreaterThan(1e-27);
    expect(of("gelu", -14, -1000, -3.4e38, -inf).every((value) => value <= 0 && value > -1e-36)).toBe(true);
    expect(of("gelu", 14, 3e38, inf)).toEqual([14, Math.fround(3e38), inf]);
    expect(of("tanh", 0, -0, 2 ** -149)).toEqual([0, -0, 2 ** -149]);
    expect(of("log1pExpNeg", 0)[0]).toBeCloseTo(Math.LN2, 6);
    expect(of("log1pExpNeg", 90, 1000, inf).every((value) => value >= 0 && value < 1e-37)).toBe(true);
  });

  it("tanh is odd and never above 1, sigmoid stays in [0, 1]", () => {
    const x = Float32Array.from({ length: 200_000 }, (_, i) => (i * 12) / 200_000);
    const [up, down] = [x, x.map((value) => -value)].map((numbers) => apply(bench, "tanh", tanh, numbers));
    for (let i = 0; i < x.length; i++) {
      if (!(up[i] === -down[i] && up[i] <= 1)) throw new Error(`tanh ${x[i]} is ${up[i]} and ${down[i]}`);
    }
    expect(Math.min(...apply(bench, "tanh", tanh, [9, 50, 1e30, inf]))).toBeGreaterThan(1 - 3e-7);
    for (const value of apply(
      bench,
      "sigmoid",
      sigmoid,
      x.map((value, i) => (i % 2 ? 8 : -8) * value),
    )) {
      if (!(value >= 0 && value <= 1)) throw new Error(`sigmoid gives ${value}`);
    }
  });

  it("flush takes away what is below 1e-30, of both signs, and nothing else", () => {
    const x = [1e-30, -1e-30, 1.0001e-30, -1.0001e-30, 9.9e-31, -9.9e-31, 2 ** -149, -0, 0, 1, -1, inf, -inf];
    const kept = x.map(Math.fround).map((value) => (Math.abs(value) < Math.fround(1e-30) ? 0 : value));
    expect([...apply(bench, "flush", flush, x)]).toEqual(kept);
  });
});
