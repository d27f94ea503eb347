import { expect, test } from "vitest";
import { Tensor } from "../base/index.ts";
import { checkClasses, classIndices, classNames, classProbabilities, confusionMatrix } from "./labels.ts";

test("classes stand in a fixed order, numbers by value", () => {
  expect(classNames(["b", "a", "b"])).toEqual(["a", "b"]);
  expect(classNames(["10", "9", "-1"])).toEqual(["-1", "9", "10"]);
  expect(classNames(["__proto__", "constructor"])).toEqual(["__proto__", "constructor"]);
});

test("a label that was never seen is named with its row", () => {
  expect(Array.from(classIndices({ labels: ["b", "a"] }, ["a", "b"], "x.csv"))).toEqual([1, 0]);
  const labels = ["a", "toString"];
  expect(() => classIndices({ labels, rows: [2, 7] }, ["a", "b"], "x.csv")).toThrow(/"toString" in row 7 of x\.csv/);
  expect(() => classIndices({ labels }, ["a", "b"], "x.csv")).toThrow(
    /"toString" in row 2 of x\.csv never occurs in the training part\. Known labels are "a", "b"/,
  );
});

test("one class, or a class for every row, is refused", () => {
  expect(() => checkClasses(["yes"], 1, "x.csv")).toThrow(/The only row of x\.csv has the label "yes"/);
  expect(() => checkClasses(["yes"], 10, "x.csv")).toThrow(/All 10 rows of x\.csv have the label "yes"/);
  expect(() => checkClasses(Array.from({ length: 9 }, String), 10, "x.csv")).toThrow(/9 different labels in 10 rows/);
  expect(() => checkClasses(["a", "b"], 2, "x.csv")).not.toThrow();
});

test("one sigmoid unit becomes two probabilities", () => {
  const two = classProbabilities(new Tensor([2, 1], Float32Array.of(0.25, 1)), 2);
  expect(two.toArray()).toEqual([
    [0.75, 0.25],
    [0, 1],
  ]);
  const three = new Tensor([1, 3], Float32Array.of(0.2, 0.3, 0.5));
  expect(classProbabilities(three, 3)).toBe(three);
});

test("the confusion matrix counts true classes in rows", () => {
  expect(confusionMatrix([0, 0, 1], [0, 1, 1], 2)).toEqual([
    [1, 1],
    [0, 1],
  ]);
});
