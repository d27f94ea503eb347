import { describe, expect, it } from "vitest";
import { dense, input, type Model, sequential } from "../model/index.ts";
import { type HyperParameters, randomSearch } from "./index.ts";

const data = { x: [[1], [2]], y: [[2], [4]] } as never;

function build(): Model {
  const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
  model.compile({ loss: "meanSquaredError" });
  return model;
}

describe("what may vary", () => {
  const named = (name: (hp: HyperParameters) => void): string => {
    const tuner = randomSearch(
      (hp) => {
        name(hp);
        return build();
      },
      { objective: "loss" },
    );
    return tuner.searchSpaceSummary();
  };
  const small = { minValue: 1, maxValue: 3 } as const;

  it("is found in loops and in branches, also in those within others", () => {
    const loop = named((hp) => {
      for (let i = 0; i < hp.int("layers", small); i++) hp.int(`width${i}`, small);
    });
    expect(loop).toMatch(/ width0 .* width1 .* width2 /s);
    const branch = named((hp) => {
      if (hp.choice("cell", ["dense", "gru"]) !== "gru") return;
      if (hp.choice("form", ["a", "b"]) === "b") hp.int("deep", small);
    });
    expect(branch).toContain(" deep ");
    const ends = named((hp) => {
      for (let i = 0; i < hp.int("layers", { minValue: 1, maxValue: 100 }); i++) hp.boolean(`wide${i}`);
    });
    expect(ends).toContain(" wide99 ");
  });

  it("is not hidden by a configuration that cannot be built, unless the function itself is wrong", () => {
    const some = (error: () => Error) =>
      named((hp) => {
        if (hp.choice("size", [1, 10 ** 6]) > 1) throw error();
        hp.int("more", small);
      });
    expect(some(() => new Error("too large"))).toContain(" more ");
    expect(() => some(() => new TypeError("lstm is not a function"))).toThrow(/with size 1000000: lstm is not/);
    const two = (hp: HyperParameters) => hp.int("a", { minValue: 0, maxValue: hp.choice("b", [1, 2]) });
    expect(() => named(two)).toThrow(/"a" is named twice/);
  });

  it("is refused when it comes late, for nobody would search it", async () => {
    let calls = 0;
    const tuner = randomSearch(
      (hp) => {
        if (calls++ > 1000) hp.int("late", small);
        hp.boolean("any");
        return build();
      },
      { objective: "loss", maxTrials: 1 },
    );
    calls = 1001;
    await expect(tuner.search(data)).rejects.toThrow(/The only trial failed.*"late" was not there/);
  });
});
