import { expect, test } from "vitest";
import { stepsFormula } from "./steps-formula.ts";
import { TimeAxis } from "./value.ts";

const inputs = [new TimeAxis(0), new TimeAxis(1)];
const axes: [string, number, TimeAxis][] = [
  ["an input's own", 0, inputs[0]],
  ["the second input's", 1, inputs[1]],
  ["shorter by a border", 0, inputs[0].derive("a", (n) => n - 4)],
  ["every third, rounded up", 1, inputs[1].derive("b", (n) => Math.ceil(n / 3))],
  [
    "strides within strides",
    0,
    inputs[0].derive("c", (n) => Math.floor((n - 5) / 2) + 1).derive("d", (n) => Math.floor((n - 2) / 3)),
  ],
  ["twice as many", 0, inputs[0].derive("e", (n) => 2 * n + 1)],
];

test.each(axes)("the formula for %s", (_, of, axis) => {
  const [input, first, times, from, each] = stepsFormula(axis, 2);
  expect(input).toBe(of);
  for (let n = 1; n < 300; n++) {
    const steps = of === 0 ? [n, 9] : [9, n];
    expect(first + times * Math.floor((n - from) / each)).toBe(axis.steps(steps));
  }
});

test("always the same number", () => {
  const [, first, times] = stepsFormula(new TimeAxis(() => 7), 1);
  expect([first, times]).toEqual([7, 0]);
});

test("what follows no formula is refused", () => {
  expect(() =>
    stepsFormula(
      inputs[0].derive("f", (n) => Math.round(Math.sqrt(n))),
      1,
    ),
  ).toThrow(/no formula/);
});
