import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random, stream } from "../../base/index.ts";
import {
  configuration,
  countConfigurations,
  defaults,
  enumerate,
  HyperParameters,
  isActive,
  placeOf,
  sample,
  type Value,
  valueAt,
} from "./index.ts";

const cells = (): HyperParameters => {
  const hp = new HyperParameters();
  hp.choice("cell", ["gru", "dense"]);
  hp.conditionalScope("cell", ["gru"], () => {
    hp.int("units", { minValue: 32, maxValue: 96, step: 32 });
    hp.nameScope("gru", () => hp.boolean("resetAfter", { default: true }));
  });
  hp.fixed("batchSize", 32);
  return hp;
};

describe("a search space", () => {
  it("has only what applies, and each configuration once", () => {
    const { space } = cells();
    const all = [...enumerate(space)];
    expect(all).toHaveLength(7); // 3 sizes times 2 forms, and the one that has neither
    expect(new Set(all.map(configuration)).size).toBe(7);
    expect(all.at(-1)).toEqual({ cell: "dense", batchSize: 32 });
    expect(defaults(space)).toEqual({ cell: "gru", units: 32, "gru/resetAfter": true, batchSize: 32 });
    expect(countConfigurations(space)).toBe(7);
  });

  it("gives defaults where a scope does not apply, and leaves its values out", () => {
    const hp = new HyperParameters(cells().space, { cell: "dense" });
    hp.choice("cell", ["gru", "dense"]);
    const units = hp.conditionalScope("cell", "gru", () => hp.int("units", { minValue: 32, maxValue: 96, step: 32 }));
    expect(units).toBe(32);
    expect(hp.values).toEqual({ cell: "dense" });
  });

  it("draws both bounds, steps and factors", () => {
    const hp = new HyperParameters();
    hp.int("steps", { minValue: 8, maxValue: 128, step: 2, sampling: "log" });
    hp.int("any", { minValue: 1, maxValue: 3, sampling: "log" });
    hp.float("tenths", { minValue: 0, maxValue: 0.5, step: 0.1 });
    hp.float("rate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log" });
    expect(hp.space.slice(0, 3).map(({ values }) => values)).toEqual([
      [8, 16, 32, 64, 128],
      [1, 2, 3],
      [0, 0.1, 0.2, 0.3, 0.4, 0.5],
    ]);
    const drawn = Array.from({ length: 2000 }, (_, i) => sample(hp.space, random(3, stream.search, i)));
    expect(new Set(drawn.map(({ any }) => any))).toEqual(new Set([1, 2, 3]));
    const small = drawn.filter(({ rate }) => Number(rate) < 1e-3).length;
    expect(small).toBeGreaterThan(560); // a third of the factors
    expect(small).toBeLessThan(780);
  });

  it("finds the place of every value again", () => {
    const number = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(
        number,
        number,
        fc.boolean(),
        fc.float({ min: 0, max: Math.fround(0.999), noNaN: true }),
        (a, b, log, place) => {
          const hp = new HyperParameters();
          hp.int("x", { minValue: Math.min(a, b), maxValue: Math.max(a, b), sampling: log ? "log" : "linear" });
          const [parameter] = hp.space;
          const value: Value = valueAt(parameter, place);
          expect(parameter.values).toContain(value);
          expect(valueAt(parameter, placeOf(parameter, value))).toBe(value);
        },
      ),
    );
  });

  it("says what it is", () => {
    expect(cells().summary()).toBe(
      [
        "Search space: 4 hyperparameters, 7 configurations",
        '  cell            one of "gru", "dense", default "gru"',
        '  units           int from 32 to 96, 3 values, default 32, if cell is "gru"',
        '  gru/resetAfter  true or false, default true, if cell is "gru"',
        "  batchSize       always 32",
      ].join("\n"),
    );
    expect(isActive(cells().space[1], {})).toBe(false);
  });

  it.each<[string, (hp: HyperParameters) => unknown, RegExp]>([
    [
      "bounds that have changed places",
      (hp) => hp.int("u", { minValue: 9, maxValue: 3 }),
      /at least minValue, found 3/,
    ],
    ["a fraction as a whole number", (hp) => hp.int("u", { minValue: 0.5, maxValue: 3 }), /minValue of hp.int\("u"\)/],
    ["zero on a scale of factors", (hp) => hp.float("u", { minValue: 0, maxValue: 3, sampling: "log" }), /above 0/],
    ["a step of nothing", (hp) => hp.int("u", { minValue: 0, maxValue: 3, step: 0 }), /step of hp.int\("u"\)/],
    ["a default outside", (hp) => hp.int("u", { minValue: 2, maxValue: 3, default: 4 }), /default of hp.int/],
    ["no options", (hp) => hp.int("u", undefined as never), /as an object/],
    ["a name of Keras Tuner's", (hp) => hp.int("u", { min_value: 2, maxValue: 3 } as never), /called minValue here/],
    ["a default that is no option", (hp) => hp.choice("u", [1, 2], 2 as never), /Write hp.choice\("u", { default/],
    ["yes that is no option", (hp) => hp.boolean("u", true as never), /Write hp.boolean\("u", { default: true }\)/],
    ["a scope that comes later", (hp) => hp.nameScope("a", async () => 1), /gives a promise/],
    ["a scope without a name", (hp) => hp.nameScope("", () => 1), /name of a nameScope/],
    ["the name of a prototype", (hp) => hp.boolean("__proto__"), /name of a hyperparameter/],
    [
      "factors beyond all numbers",
      (hp) => hp.float("u", { minValue: 1e-300, maxValue: 1e300, sampling: "log" }),
      /nearer/,
    ],
    ["an empty choice", (hp) => hp.choice("u", []), /list of values/],
    ["equal choices", (hp) => hp.choice("u", [1, 2, 1]), /differ/],
    ["NaN as a choice", (hp) => hp.choice("u", [1, Number.NaN]), /numbers, texts or booleans/],
    ["an unknown parent", (hp) => hp.conditionalScope("cell", "gru", () => 0), /named before/],
    ["an empty name", (hp) => hp.boolean(""), /name of a hyperparameter/],
    ["two ranges of one name", (hp) => [hp.choice("u", [1]), hp.choice("u", [2])], /named twice/],
    [
      "a condition that never holds",
      (hp) => [hp.choice("c", ["a"]), hp.conditionalScope("c", "b", () => 0)],
      /It can be "a"/,
    ],
  ])("refuses %s", (_, build, message) => {
    expect(() => build(new HyperParameters())).toThrow(message);
  });
});
