import { expect, test } from "vitest";
import type { StudyRecord } from "./study/index.ts";
import { secondsOfFinals, timePlan } from "./time-plan.ts";

const ended = (at: number, reason: string, within?: number): StudyRecord[] => [
  { type: "completed", id: 0, at, score: 1, bestEpoch: 0 },
  { type: "ended", reason, within },
];

test("keeps for the final trainings what they may take, at most half", () => {
  const search = (finals?: number) => timePlan(100, { known: [], finals })?.search;
  expect([search(10), search(90), search()]).toEqual([90, 50, 50]);
  expect(timePlan(undefined, { known: [] })).toBe(undefined);
});

test("a search that the time has ended does not go on with the same time, but with more", () => {
  const search = (all: number, known: readonly StudyRecord[]) => timePlan(all, { known, finals: 1 })?.search;
  expect(search(100, ended(60, "seconds", 100))).toBe(60);
  expect(search(50, ended(60, "seconds", 100))).toBe(60);
  expect(search(101, ended(60, "seconds", 100))).toBe(100);
  expect(search(100, ended(60, "seconds"))).toBe(99); // ended by a search of its own
  expect(search(100, ended(60, "interrupted"))).toBe(99);
});

test("counts the final trainings by the time that they took side by side", () => {
  const final = { type: "final", name: "default", values: {}, seed: 1, score: 1, seconds: 3 } as const;
  expect(secondsOfFinals([final, { ...final, seed: 2 }, ...ended(60, "done")], 2)).toBe(3);
});
