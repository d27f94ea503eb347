import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StudyClock } from "./study-clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DAY = 24 * 3600;

test("a budget ends after its seconds, those of earlier runs included, also where it is longer than a timer can count", () => {
  for (const [before, days] of [
    [0, 30],
    [20 * DAY, 50],
    [0, 3],
  ]) {
    const clock = new StudyClock(before, days * DAY, undefined);
    vi.advanceTimersByTime(1000 * (days * DAY - before - 1));
    expect([clock.signal.aborted, clock.reason]).toEqual([false, undefined]);
    vi.advanceTimersByTime(1002); // what is left is rounded up to milliseconds
    expect([clock.signal.aborted, clock.reason]).toEqual([true, "seconds"]);
    clock.end();
  }
});

test("nothing is waited for once it has ended, or without a budget", () => {
  new StudyClock(0, 5, undefined).end();
  new StudyClock(0, undefined, undefined);
  expect(vi.getTimerCount()).toBe(0);
  expect(new StudyClock(9, 5, undefined).reason).toBe("seconds");
});
