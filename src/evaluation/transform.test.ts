import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstTarget, seriesTransform, takesLogs, takesSeason, transformTitle } from "./transform.ts";
import { transformNames } from "./transform-names.ts";

/** A series of positive values, and a transform of it with windows that fit. */
const cases = fc
  .record({
    name: fc.constantFrom(...transformNames),
    window: fc.integer({ min: 1, max: 9 }),
    horizon: fc.integer({ min: 1, max: 7 }),
    season: fc.integer({ min: 1, max: 5 }),
    extra: fc.integer({ min: 1, max: 20 }),
  })
  .chain((place) => {
    const transform = seriesTransform(place.name, { season: place.season });
    const first = firstTarget(transform.lead, place.window, place.horizon);
    return fc.record({
      transform: fc.constant(transform),
      place: fc.constant({ window: place.window, horizon: place.horizon, first, count: place.extra }),
      values: fc
        .array(fc.double({ min: 0.01, max: 1000, noNaN: true }), {
          minLength: first + place.extra,
          maxLength: first + place.extra,
        })
        .map((values) => Float64Array.from(values)),
    });
  });

describe("seriesTransform", () => {
  it("inverts its own targets exactly, at any horizon", () => {
    fc.assert(
      fc.property(cases, ({ transform, place, values }) => {
        const { y } = transform.windows(values, place);
        const back = transform.invert(values, place, y);
        for (let i = 0; i < place.count; i++) {
          const truth = values[place.first + i];
          // Sums and differences of values up to 1000 round at 1e-13; a factor from a logarithm relative to the value.
          expect(Math.abs(back[i] - truth)).toBeLessThanOrEqual(1e-11 * (1 + 1000));
        }
      }),
    );
  });

  it("never looks at what lies after target - horizon, neither in a window nor in the inverse", () => {
    fc.assert(
      fc.property(cases, ({ transform, place, values }) => {
        const one = { ...place, count: 1 };
        const changed = values.map((value, row) => (row > place.first - place.horizon ? value + 1 : value));
        expect(transform.windows(changed, one).x).toEqual(transform.windows(values, one).x);
        expect(transform.invert(changed, one, [0.25])).toEqual(transform.invert(values, one, [0.25]));
      }),
    );
  });

  it("reaches past the end by its horizon, with targets not known yet", () => {
    fc.assert(
      fc.property(cases, ({ transform, place, values }) => {
        const known = values.subarray(0, values.length - place.horizon);
        const next = { ...place, first: known.length, count: place.horizon };
        if (next.first < place.first) return;
        const { x, y } = transform.windows(known, next);
        expect(y.every(Number.isNaN)).toBe(true);
        expect(x).toEqual(transform.windows(values, next).x);
        expect(transform.invert(known, next, y.fill(0.5))).toEqual(transform.invert(values, next, y));
      }),
    );
  });

  it("makes the sequences that its name promises", () => {
    const values = Float64Array.of(1, 2, 4, 8, 16, 32, 64);
    const at = (name: (typeof transformNames)[number], place: { window: number; horizon?: number; first: number }) => {
      const { x, y } = seriesTransform(name, { season: 2 }).windows(values, { ...place, count: 1 });
      return { x: Array.from(x), y: y[0] };
    };
    expect(at("asIs", { window: 2, first: 4 })).toEqual({ x: [4, 8], y: 16 });
    expect(at("difference", { window: 2, first: 4 })).toEqual({ x: [2, 4], y: 8 });
    // At horizon 2 the target's difference spans both rows, as the row between is not known.
    expect(at("difference", { window: 2, horizon: 2, first: 5 })).toEqual({ x: [2, 4], y: 24 });
    expect(at("seasonalDifference", { window: 2, first: 5 })).toEqual({ x: [6, 12], y: 24 });
    // Three ahead with a season of two: the same place two seasons before is the last one known.
    expect(at("seasonalDifference", { window: 1, horizon: 3, first: 6 })).toEqual({ x: [6], y: 60 });
    const logs = at("logDifference", { window: 2, first: 4 });
    for (const value of [...logs.x, logs.y]) expect(value).toBeCloseTo(Math.log(2), 14);
    const normal = at("windowNormalised", { window: 2, first: 2 });
    expect(normal).toEqual({ x: [-1, 1], y: 5 });
  });

  it("shifts a window without spread and does not blow it up", () => {
    const values = Float64Array.of(0.1, 0.1, 0.1, 0.3);
    const { x, y } = seriesTransform("windowNormalised").windows(values, { window: 3, first: 3, count: 1 });
    for (const value of x) expect(Math.abs(value)).toBeLessThan(1e-15);
    expect(y[0]).toBeCloseTo(0.2, 12);
  });

  it("says what is wrong", () => {
    const values = Float64Array.of(1, 2, 0, 4, 5);
    const place = { window: 2, first: 4, count: 1 };
    const code = (what: string) => expect.objectContaining({ code: what });
    expect(() => seriesTransform("cubed" as "log")).toThrow(code("usage/transform"));
    expect(() => seriesTransform("seasonalDifference")).toThrow(code("usage/no-season"));
    expect(() => seriesTransform("log").windows(values, place)).toThrow(code("data/not-positive"));
    expect(() => seriesTransform("log").windows(values, place)).toThrow("value at index 2 is 0");
    expect(() => seriesTransform("difference").windows(values, { ...place, first: 2 })).toThrow(code("data/too-short"));
    expect(() => seriesTransform("asIs").windows(values, { ...place, count: 3 })).toThrow(code("data/too-short"));
  });

  it("knows which need logarithms and seasons, and a title for each", () => {
    expect(transformNames.filter(takesLogs)).toEqual(["log", "logDifference", "logSeasonalDifference"]);
    expect(transformNames.filter(takesSeason)).toEqual(["seasonalDifference", "logSeasonalDifference"]);
    expect(transformTitle("logDifference")).toBe("differences of logarithms");
    expect(new Set(transformNames.map(transformTitle)).size).toBe(transformNames.length);
  });
});
