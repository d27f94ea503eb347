import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tensor } from "../base/index.ts";
import { minMaxScaler, type Scaler, type ScalerConfig, scalerFromConfig, standardScaler } from "./scalers.ts";

const scalers: [string, () => Scaler][] = [
  ["minMaxScaler", () => minMaxScaler()],
  ["minMaxScaler to [-1, 3]", () => minMaxScaler({ range: [-1, 3] })],
  ["standardScaler", () => standardScaler()],
];
const number = fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((n) => n / 1000);

describe.each(scalers)("%s", (_, make) => {
  it("gives back what it scaled, also unseen values and after its config went through JSON", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 30 }), fc.array(number), (fitted, others) => {
        const scaler = make().fit(fitted);
        const again = scalerFromConfig(JSON.parse(JSON.stringify(scaler.toConfig())));
        for (const values of [fitted, others]) {
          const scaled = scaler.transform(values);
          expect(again.transform(values)).toEqual(scaled);
          // As exact as the scaled numbers are: a spread far below the values leaves few of their digits.
          const back = again.inverse(scaled);
          const step = Math.max(1, ...fitted.map(Math.abs), ...values.map(Math.abs)) * 1e-14;
          values.forEach((x, i) => {
            expect(Math.abs(back[i] - x)).toBeLessThanOrEqual(step);
          });
        }
      }),
    );
  });

  it("only shifts a constant column", () => {
    const scaler = make().fit([0.1, 0.1, 0.1]);
    const [atValue, above] = scaler.transform([0.1, 1.1]);
    expect(scaler.inverse([atValue, above])).toEqual(Float64Array.of(0.1, 1.1));
    expect(JSON.stringify(scaler.toConfig())).toMatch(/"(spread|deviation)":\[0\]/);
  });

  it("scales each column of a tensor apart, and keeps its shape", () => {
    const scaler = make().fit(
      tensor([
        [1, 100],
        [2, 300],
        [4, 200],
      ]),
    );
    const left = make().fit([1, 2, 4]).transform([3, 3]);
    const right = make().fit([100, 300, 200]).transform([150, 250]);
    const scaled = scaler.transform(
      tensor([
        [
          [3, 150],
          [3, 250],
        ],
      ]),
    );
    expect(scaled.shape).toEqual([1, 2, 2]);
    expect([...scaled.data]).toEqual([left[0], right[0], left[1], right[1]]);
    expect(() => scaler.transform([1, 2])).toThrow(/Expected 2 columns, as fitted, found 1/);
  });

  it("names what it cannot take", () => {
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => make().transform([1])).toThrow(code("usage/not-fitted"));
    expect(() => make().inverse([1])).toThrow(code("usage/not-fitted"));
    expect(() => make().toConfig()).toThrow(code("usage/not-fitted"));
    expect(() => make().fit([])).toThrow(code("data/empty"));
    expect(() => make().fit(Float64Array.of(1, Number.NaN))).toThrow(/index 1, found NaN/);
    expect(() => make().fit([1, 2]).transform([Number.POSITIVE_INFINITY])).toThrow(/index 0, found Infinity/);
    expect(() =>
      make().fit(
        tensor([
          [1, 2],
          [3, Number.NaN],
        ]),
      ),
    ).toThrow(/row index 1, column index 1/);
    expect(() => make().fit([-1e308, 1e308])).toThrow(/column 0 are too large/);
    expect(() => make().fit("12" as unknown as number[])).toThrow(code("data/type"));
  });
});

describe("scalers", () => {
  it.each([1e300, 1e-300, 5e-324 * 2 ** 60])("handle values around %d", (size) => {
    const values = [1, 2, 4, 5].map((value) => value * size);
    for (const scaler of [minMaxScaler(), standardScaler()]) {
      const scaled = scaler.fit(values).transform(values);
      expect(scaled[3] - scaled[0]).toBeGreaterThan(0.9);
      for (const [i, value] of scaler.inverse(scaled).entries()) expect(value / values[i]).toBeCloseTo(1, 12);
    }
    const [low] = standardScaler().fit(values).transform(values);
    expect(low).toBeCloseTo(-2 / Math.sqrt(2.5), 12);
  });

  it("put the training part into the range, with a mean and deviation as promised", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 50 }), (values) => {
        fc.pre(Math.max(...values) - Math.min(...values) > 1e-3);
        const scaled = minMaxScaler({ range: [2, 5] })
          .fit(values)
          .transform(values);
        expect(Math.min(...scaled)).toBe(2);
        expect(Math.max(...scaled)).toBe(5);
        const standard = [...standardScaler().fit(values).transform(values)];
        const mean = standard.reduce((sum, x) => sum + x, 0) / values.length;
        expect(mean).toBeCloseTo(0, 6);
        expect(standard.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length).toBeCloseTo(1, 6);
      }),
    );
  });

  it("refuse numbers out of reach, a range that does not rise, and configs that describe no scaler", () => {
    expect(() => minMaxScaler().fit([0, 5e-324]).transform([1])).toThrow(/1 is too far/);
    expect(() => minMaxScaler({ range: [1, 1] })).toThrow(/rising/);
    expect(() => minMaxScaler({ range: [0, Number.NaN] })).toThrow(/rising/);
    for (const config of [
      { kind: "robust" },
      null,
      { kind: "standard", mean: [1], deviation: [1, 2] },
      { kind: "standard", mean: [], deviation: [] },
      { kind: "standard", mean: [1], deviation: [-1] },
      { kind: "minMax", range: [0, 1], min: [null], spread: [1] },
    ]) {
      expect(() => scalerFromConfig(config as unknown as ScalerConfig)).toThrow(
        expect.objectContaining({ code: "data/scaler" }),
      );
    }
  });
});
