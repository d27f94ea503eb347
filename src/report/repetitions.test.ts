import { expect, it } from "vitest";
import { airlineLike, reviewsLike } from "./fixtures.ts";
import { repetitions } from "./repetitions.ts";

const once = () => {
  const { vary: _, ...result } = airlineLike();
  return { ...result, models: result.models.map(({ seeds: __, ...model }) => model) };
};

it("says nothing of a comparison made once", () => {
  expect(repetitions(once())).toBe("");
});

it("shows each model's spread over the seeds, in the data's units", () => {
  const result = once();
  const models = result.models.map((model) =>
    model.name === "gru" ? { ...model, seeds: [18.5, 17.25, 19.1].map((rmse, seed) => ({ seed, rmse })) } : model,
  );
  expect(repetitions({ ...result, models })).toBe("GRU from 3 seeds: 17.3 to 19.1 (18.5, 17.3, 19.1)\n");
});

it("shows the test scores at all sizes, aligned, with a dash where there is none", () => {
  const vary = {
    what: "rows",
    metric: "rmse",
    sizes: [20, 1400],
    scores: { linear: [21, 14], gru: [Number.NaN, 15.5] },
  } as const;
  expect(repetitions({ ...once(), vary }).split("\n")).toEqual([
    "training rows    20  1,400",
    "Linear         21.0   14.0",
    "GRU               -   15.5",
    "",
  ]);
});

it("writes shares as percentages, and keeps to the width", () => {
  const vary = { what: "length", metric: "accuracy", sizes: [50, 100], scores: { gru: [0.5, 0.875] } } as const;
  expect(repetitions({ ...reviewsLike(), vary })).toContain("50.0 %  87.5 %");
  for (const line of repetitions({ ...reviewsLike(), vary }, { width: 16 }).split("\n")) {
    expect(line.length).toBeLessThanOrEqual(16);
  }
});
