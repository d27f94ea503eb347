import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extent, linearAxis, positiveAxis, within } from "./ticks.ts";

describe("linearAxis", () => {
  it("ticks at round numbers and moves ends out only where little is wasted", () => {
    expect(linearAxis([104, 635], { zero: true })).toMatchObject({ ticks: [0, 200, 400, 600] });
    expect(linearAxis([0, 95]).domain).toEqual([0, 100]);
    expect(linearAxis([0.1, 0.35]).ticks).toEqual([0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
    expect(linearAxis([0.1, 0.35]).ticks.map(linearAxis([0.1, 0.35]).format)).toContain("0.15");
    expect(linearAxis([1, 5], { tight: true }).domain).toEqual([1, 5]);
  });

  it("has ends, ticks between them and room for the data, whatever the data", () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.boolean(), (values, zero) => {
        const { domain, ticks, format, share } = linearAxis(values, { zero });
        expect(domain[0]).toBeLessThan(domain[1]);
        for (const v of values) {
          expect(share(v)).toBeGreaterThanOrEqual(-1e-9);
          expect(share(v)).toBeLessThanOrEqual(1 + 1e-9);
        }
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(12);
        for (const tick of ticks) expect(format(tick)).not.toContain("NaN");
      }),
    );
  });

  it("takes no value, one value and values that are no numbers", () => {
    expect(linearAxis([]).domain).toEqual([-1, 1]);
    expect(linearAxis([5]).domain[0]).toBeLessThan(5);
    expect(extent([Number.NaN, 2, Number.POSITIVE_INFINITY, 1])).toEqual([1, 2]);
  });
});

describe("positiveAxis", () => {
  it("is logarithmic where values span decades", () => {
    const axis = positiveAxis([0.001, 0.7]);
    expect(axis.log).toBe(true);
    expect(axis.ticks).toEqual([0.001, 0.01, 0.1]);
    expect(axis.share(0.0009)).toBeCloseTo(0, 9);
    expect(positiveAxis([0.0235, 0.7338]).ticks).toEqual([0.05, 0.1, 0.2, 0.5]);
    expect(positiveAxis([1e-7, 1]).ticks.length).toBeLessThanOrEqual(6);
  });

  it("starts at zero otherwise", () => {
    expect(positiveAxis([0.2, 0.9])).toMatchObject({ log: false, ticks: [0, 0.2, 0.4, 0.6, 0.8] });
    expect(positiveAxis([-1, 100]).log).toBe(false);
  });
});

describe("within", () => {
  it("ends an axis where values must end, and drops the ticks beyond", () => {
    const wide = linearAxis([0.93, 0.93]); // as good as one value, with half its size around it
    expect(wide.domain[1]).toBeGreaterThan(1.3);
    const axis = within(wide, 0, 1);
    expect(axis.domain).toEqual([wide.domain[0], 1]);
    expect(Math.max(...axis.ticks)).toBe(1);
    expect([axis.share(axis.domain[0]), axis.share(1)]).toEqual([0, 1]);
    expect(within(linearAxis([0.1, 0.35]), 0, 1)).toMatchObject({ domain: linearAxis([0.1, 0.35]).domain });
  });
});
