import fc from "fast-check";
import { expect, it } from "vitest";
import { HyperParameters, type Space } from "../space/index.ts";
import { Cube } from "./cube.ts";

function spaceOf(build: (hp: HyperParameters) => void): Space {
  const hp = new HyperParameters();
  build(hp);
  return hp.space;
}

const spaces = {
  "of all kinds": spaceOf((hp) => {
    hp.choice("cell", ["gru", "lstm", "rnn"]);
    hp.int("units", { minValue: 16, maxValue: 512, step: 16 });
    hp.int("log", { minValue: 3, maxValue: 90, sampling: "log" });
    hp.int("many", { minValue: 0, maxValue: 5_000_000 });
    hp.fixed("seed", 3);
    hp.float("dropout", { minValue: 0, maxValue: 0.5, step: 0.1 });
    hp.float("rate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log" });
    hp.choice("batch", [16, 64, 32]);
    hp.boolean("flag");
  }),
  "with conditions": spaceOf((hp) => {
    hp.choice("kind", ["a", "b", "c"]);
    hp.conditionalScope("kind", ["b", "c"], () => {
      hp.int("layers", { minValue: 1, maxValue: 3 });
      hp.conditionalScope("layers", [2, 3], () => hp.float("second", { minValue: -1, maxValue: 1 }));
      hp.conditionalScope("kind", ["c"], () => hp.choice("pool", ["max", "mean"]));
    });
  }),
  "of one name in two branches": spaceOf((hp) => {
    hp.choice("kind", ["a", "b"]);
    hp.conditionalScope("kind", ["a"], () => hp.int("size", { minValue: 1, maxValue: 4 }));
    hp.conditionalScope("kind", ["b"], () => hp.int("size", { minValue: 10, maxValue: 40 }));
  }),
};

it.each(Object.entries(spaces))("the points of a space %s are those of its configurations", (_, space) => {
  const cube = new Cube(space);
  const place = fc.double({ min: 0, max: 1 - 2 ** -24, noNaN: true });
  fc.assert(
    fc.property(fc.array(place, { minLength: space.length, maxLength: space.length }), (list) => {
      const places = Float64Array.from(list);
      const point = new Float64Array(cube.size).fill(9);
      cube.locate(places, point);
      const encoded = cube.encode(cube.configure(places));
      expect(point.length).toBe(encoded.length);
      for (let i = 0; i < point.length; i++) expect(point[i]).toBeCloseTo(encoded[i], 12);
    }),
    { numRuns: 300 },
  );
});

it("what is absent is in the middle, a choice on the axis of its value", () => {
  const cube = new Cube(spaces["with conditions"]);
  expect([...cube.encode({ kind: "a" })]).toEqual([0.7, 0, 0, 0.5, 0.5, 0, 0]);
  expect([...cube.encode({ kind: "c", layers: 2, second: 1, pool: "mean" })]).toEqual([0, 0, 0.7, 0.5, 1, 0, 0.7]);
});
