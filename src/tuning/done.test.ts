import { expect, it } from "vitest";
import { type Done, doneText } from "./done.ts";

const done: Done = { trials: 2, failed: 0, unfinished: 0, epochs: 10, finals: 0, seconds: 3, ended: "seconds" };
const left = (options: Parameters<typeof doneText>[1], own: Done = done): string =>
  doneText(own, options).replace(/^.*?: 2 trials, 10 epochs\. ?/, "");

it("says how long what is left takes: by the plan or by the budget, whichever is less", () => {
  const planned = { trials: 5, epochs: 100 };
  expect(left({ planned, secondsOfEpoch: 2 })).toBe("What is left of the search takes at most about 3 min.");
  expect(left({ planned, secondsOfEpoch: 2, budget: { seconds: 10 } })).toMatch(/at most about 7 s\.$/);
  expect(left({ planned, secondsOfEpoch: 2, budget: { seconds: 1000 } })).toMatch(/at most about 3 min\.$/);
  expect(left({ planned, secondsOfEpoch: 2, budget: { epochs: 20 } })).toMatch(/at most about 20 s\.$/);
  expect(left({ planned, secondsOfEpoch: 2, budget: { seconds: 3 } })).toBe("The time of the search is used up.");
  expect(left({ planned: {}, budget: { seconds: 10 } })).toMatch(/at most about 7 s\.$/);
  expect(left({ planned })).toBe("");
  expect(left({ planned, secondsOfEpoch: 0 })).toMatch(/at most about 1 s\.$/);
  expect(left({ planned }, { ...done, trials: 2, epochs: 10, ended: "done" })).toBe("");
});
