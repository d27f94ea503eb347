import { expect, test } from "vitest";
import type { CellRun } from "./cell-run.ts";
import { spreadOver } from "./seeds.ts";

const run = (seed: number, rmse: number): CellRun => ({
  name: "gru",
  seed,
  parameters: 10,
  seconds: 2,
  epochs: 3,
  bestEpoch: seed + 1,
  history: { valLoss: [seed] },
  validation: { rmse: 2 * rmse },
  test: { rmse, mae: rmse / 2 },
  predictions: [seed],
  outcomes: Float64Array.of(seed),
});

test("one seed stands for itself", () => {
  const { result, middle } = spreadOver([run(0, 5)], "rmse");
  expect(middle.seed).toBe(0);
  expect(result).toMatchObject({ kind: "recurrent", test: { rmse: 5, mae: 2.5 }, seconds: 2, bestEpoch: 1 });
  expect(result.seeds).toBeUndefined();
});

test("of three seeds the median stands for all, with the spread beside it", () => {
  const { result, middle } = spreadOver([run(0, 9), run(1, 4), run(2, 5)], "rmse");
  expect(middle.seed).toBe(2);
  expect(result.test).toEqual({ rmse: 5, mae: 2.5 });
  expect(result.validation).toEqual({ rmse: 10 });
  expect(result.predictions).toEqual([2]);
  expect(result.seconds).toBe(6);
  expect(result.seeds?.map(({ seed, rmse }) => [seed, rmse])).toEqual([
    [0, 9],
    [1, 4],
    [2, 5],
  ]);
});

test("of an even number the better of the middle two gives scores and forecasts", () => {
  const { result, middle } = spreadOver([run(0, 9), run(1, 4), run(2, 5), run(3, 1)], "rmse");
  expect(result.test.rmse).toBe(4);
  expect(middle.seed).toBe(1);
});
