import { expect, test } from "vitest";
import { isNearEnd, unfinishedFinding } from "./unfinished.ts";

const plan = {
  metric: "accuracy",
  schedule: { epochs: 15, batchSize: 64, why: "" },
  split: { train: 1000, validation: 400, test: 400, how: "" },
} as const;
const baseline = { validation: { accuracy: 0.93 } };

const run = (loss: readonly number[], bestEpoch: number, accuracy: number) =>
  ({ name: "rnn", epochs: loss.length, bestEpoch, history: { loss }, validation: { accuracy } }) as const;
const course = (at: (epoch: number) => number) => Array.from({ length: 15 }, (_, epoch) => at(epoch));
const said = (...runs: ReturnType<typeof run>[]) => unfinishedFinding(runs, plan, baseline)?.what;

const slow = course((epoch) => 0.7 - 0.01 * epoch);

test("says of a cell that it was getting better, or that it had not learned its rows yet", () => {
  expect(said(run(slow, 15, 0.6))).toBe("Simple RNN was still getting better when its 15 epochs were over");
  expect(said(run(slow, 2, 0.6))).toBe("Simple RNN was still learning its training rows when its 15 epochs were over");
  expect(unfinishedFinding([run(slow, 2, 0.6)], plan, baseline)?.advice).toMatch(/--epochs 60\.$/);
});

test("of 20 epochs the last 5 % is the last, of 40 the last two", () => {
  const late = [19, 20].map((epoch) => isNearEnd(epoch, 20));
  expect([...late, isNearEnd(38, 40), isNearEnd(39, 40), isNearEnd(1, 1)]).toEqual([false, true, false, true, true]);
});

test("few epochs tell whether the last was the best, but not whether a cell learns slowly", () => {
  const of = (epochs: number, bestEpoch: number) => {
    const few = { ...plan, schedule: { ...plan.schedule, epochs } };
    return unfinishedFinding([run(slow.slice(0, epochs), bestEpoch, 0.6)], few, baseline)?.what;
  };
  expect(of(3, 3)).toBe("Simple RNN was still getting better when its 3 epochs were over");
  expect(of(3, 2)).toBeUndefined();
  expect(of(1, 1)).toMatch(/^Simple RNN was trained for 1 epoch alone/);
  const trial = { ...plan, schedule: { ...plan.schedule, epochs: 2 } };
  expect(unfinishedFinding([run([0.7, 0.71], 2, 0.6)], trial, baseline)).toBeUndefined();
  expect(of(5, 5)).toBe("Simple RNN was still getting better when its 5 epochs were over");
  expect(of(5, 4)).toBeUndefined();
  expect(of(9, 2)).toBeUndefined();
});

test("says nothing where more epochs would hardly help", () => {
  const learned = course((epoch) => 0.7 * 0.8 ** epoch);
  const flat = course(() => 0.69);
  expect(said(run(learned, 5, 0.9))).toBeUndefined();
  expect(said(run(flat, 3, 0.5))).toBeUndefined();
  expect(said(run(slow, 2, 0.9))).toBeUndefined(); // 20 of 400 rows behind the baseline may be chance
  expect(said(run(slow, 15, 1))).toBeUndefined();
  expect(said(run(slow, 2, 0.6), run(learned, 5, 0.9))).toBeUndefined(); // another seed was done
  expect(said(run(slow.slice(0, 12), 2, 0.6))).toBeUndefined(); // ended by itself
  expect(said()).toBeUndefined();
});
