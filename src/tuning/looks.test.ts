import { expect, test } from "vitest";
import { studyHtml } from "../report/index.ts";
import { studyResult } from "./index.ts";
import type { StudyRecord } from "./study/index.ts";
import { studyText } from "./study-text.ts";

const head: StudyRecord = {
  ...{ type: "study", format: 1, objective: { name: "valLoss", direction: "min" }, searcher: { name: "grid" } },
  space: [{ kind: "choice", name: "units", default: 8, values: [8, 9], conditions: [] }],
  ...{ seed: 0, epochs: 1, about: {}, date: "" },
};
const final = (name: string, score: number): StudyRecord => ({
  ...{ type: "final", name, values: { units: 8 }, seed: 1, score, seconds: 1 },
});
const look = (name: string, rmse?: number): StudyRecord => ({
  ...{ type: "test", name, seed: 1 },
  ...(rmse === undefined ? {} : { scores: { rmse } }),
});

const said = async (...records: StudyRecord[]) => {
  const result = studyResult([head, ...records]);
  expect(result.looks).toBe(result.test?.looks);
  const page = await studyHtml(result, "a");
  return {
    text: /Test part.*/.exec(studyText([head, ...records]))?.[0],
    json: result.test && [result.test.name, result.test.looks, result.test.scores.rmse],
    page: /Test part, looked at (?:once|\d+ times)/.exec(page)?.[0],
    record: /looked at (?:once|\d+ times), by the ledger/.exec(page)?.[0],
  };
};

test("a winner is looked at once, also where the look was cut off and repeated", async () => {
  const once = {
    text: "Test part, looked at once: rmse 3 (trial 1, seed 1)",
    json: ["trial 1", 1, 3],
    page: "Test part, looked at once",
    record: "looked at once, by the ledger",
  };
  expect(await said(final("trial 1", 0.5), look("trial 1"), look("trial 1", 3))).toEqual(once);
  expect(await said(final("trial 1", 0.5), look("trial 1"), look("trial 1"), look("trial 1", 3))).toEqual(once);
});

test("looks at other winners are counted, in the text, as JSON and on the page, beside what the winner did", async () => {
  const before = [final("trial 1", 0.5), look("trial 1"), look("trial 1", 3), final("trial 2", 0.4)];
  const twice = {
    text: "Test part, looked at 2 times, for the search went on after the first, so this may be a little too good: rmse 4 (trial 2, seed 1)",
    json: ["trial 2", 2, 4],
    page: "Test part, looked at 2 times",
    record: "looked at 2 times, by the ledger",
  };
  expect(await said(...before, look("trial 2"), look("trial 2", 4))).toEqual(twice);
  // One that was begun and never told of was a look too; and one that wins again is shown with its own score.
  const [, , , other] = before;
  expect(await said(final("trial 1", 0.5), look("trial 1"), other, look("trial 2"), look("trial 2", 4))).toEqual(twice);
  const again = [
    ...before,
    look("trial 2"),
    look("trial 2", 4),
    final("trial 3", 0.3),
    look("trial 3"),
    look("trial 3", 5),
  ];
  expect((await said(...again)).json).toEqual(["trial 3", 3, 5]);
  expect((await said(...before.slice(0, 3), look("trial 2"), look("trial 2", 4))).json).toEqual(["trial 1", 2, 3]);
});

test("what is unfinished is under way only while the search is, and not all failures are listed", () => {
  const trial = (id: number): StudyRecord => ({
    ...{ type: "trial", id, values: { units: 8 }, initialEpoch: 0, epochs: 1 },
  });
  const failed = (id: number): StudyRecord => ({ type: "failed", id, code: "error", reason: "no\nroom", again: false });
  const text = (...more: StudyRecord[]) =>
    studyText([head, ...[0, 1, 2, 3, 4].map(trial), ...[0, 1, 2, 3].map(failed), ...more]);
  expect(text()).toContain("5 trials (0 completed, 4 failed, 1 under way), 0 epochs");
  expect(text({ type: "ended", reason: "seconds" })).toContain("4 failed, 1 unfinished), 0 epochs");
  expect(text()).toMatch(/trial 1 failed: no room\n {2}trial 2 failed: no room\n.*\n {2}and 1 more failed before$/);
});

test("a study whose test part nobody saw has no looks", () => {
  expect(studyResult([head, final("default", 1)]).looks).toBe(undefined);
  expect(
    studyResult([head, final("default", 1), { type: "test", name: "default", seed: 1, scores: { rmse: 2 } }]),
  ).toMatchObject({
    ...{ looks: 1, test: { looks: 1 } },
  });
});
