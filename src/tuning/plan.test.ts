import { expect, test } from "vitest";
import { doneText } from "./done.ts";
import { planText } from "./plan.ts";
import { ashaSearcher, hyperbandSearcher, randomSearcher } from "./searchers/index.ts";
import { HyperParameters } from "./space/index.ts";
import type { Budget } from "./study/index.ts";

const hp = new HyperParameters();
hp.float("learningRate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log" });
const hyperband = hyperbandSearcher({ maxEpochs: 10, factor: 3 });
const last = (budget: Budget, more: object = {}) =>
  planText(hyperband, hp.space, { budget, ...more })
    .split("\n")
    .at(-1);

test("says that no trial gets to the last rung, and what that takes", () => {
  // The first bracket: 12 to epoch 2, 4 to 4, 2 to 10.
  expect(last({ trials: 16 })).toMatch(/^So no trial gets to epoch 10, .* give at least 17 trials; or .*random/);
  expect(last({ trials: 17 })).toBe("The budget ends the search after 17 trials, unless it is done before.");
  expect(last({ epochs: 37 })).toMatch(/give at least 38 epochs/); // 12 * 2 + 4 * 2 + 6
  expect(last({ epochs: 38 })).toBe("The budget ends the search after 38 epochs, unless it is done before.");
  expect(last({ seconds: 60 }, { secondsOfEpoch: 2 })).toMatch(/give at least about 76 s/);
  expect(last({ seconds: 80 }, { secondsOfEpoch: 2 })).toBe(
    "The budget ends the search after 80 s, unless it is done before.",
  );
  expect(last({})).toMatch(/^ {2}bracket 3, round 1/);
});

test("a halving of few configurations gets to the last rung all the same", () => {
  const asha = (maxTrials: number) => ashaSearcher({ maxEpochs: 9, maxTrials });
  const halving = (maxTrials: number, budget: Budget = {}) => planText(asha(maxTrials), hp.space, { budget });
  expect(halving(2)).toBe(
    "asha: 4 trials, 10 epochs\n  round 1: 2 trials to epoch 1\n  round 2: 1 trial to epoch 3\n  round 3: 1 trial to epoch 9",
  );
  expect(halving(99, { trials: 12 })).toMatch(/So no trial gets to epoch 9, .* give at least 13 trials/);
  expect(halving(99, { trials: 13 })).not.toContain("So no trial");
});

test("searches without rungs train each trial to its end", () => {
  const text = planText(randomSearcher({ maxTrials: 2 }), hp.space, { epochs: 3, budget: { epochs: 1 } });
  expect(text).toBe("random: 2 trials, 6 epochs\nThe budget ends the search after 1 epoch, unless it is done before.");
});

test("what is done is told beside the plan, and what is left of it", () => {
  const done = { trials: 4, failed: 1, unfinished: 0, epochs: 8, finals: 1, seconds: 9, ended: "done" };
  const said = (trials: number, epochs: number) => doneText(done, { planned: { trials, epochs }, secondsOfEpoch: 2 });
  expect(said(4, 9)).toBe(
    "Done already: 4 trials (1 failed), 8 epochs, 1 final training. The search has come to its end.",
  );
  expect(said(9, 18)).toMatch(/training\. What is left of the search takes at most about 20 s\.$/); // more trials were given
  expect(doneText({ ...done, ended: "trials" }, { planned: {}, secondsOfEpoch: 2 })).toMatch(/1 final training\.$/);
});
