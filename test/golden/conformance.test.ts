import { expect, test } from "vitest";
import * as gruvy from "../../src/index.ts";
import { layerRules } from "../../src/interchange/keras/layers.ts";
import { allHeld, conformance, isLayer, ourName } from "./conformance.ts";

const all = allHeld();
const layers = all.filter(isLayer);

test("docs/conformance.md says what the golden files hold (npm run conformance writes it)", async () => {
  await expect(conformance()).toMatchFileSnapshot("../../docs/conformance.md");
});

test("what a case is held against has the name that the table gives", () => {
  const names = new Set(all.map(({ className }) => ourName(className)));
  // Known by these names to compile() alone.
  const words = ["none", "rmse", "auc", "logCosh"];
  expect([...names].filter((name) => !(name in gruvy || words.includes(name)))).toEqual([]);
});

test("every layer that we read from Keras's files has a case", () => {
  // Of the next ones the first holds others, and the rest are written as Activation.
  const others = ["StackedRNNCells", "ReLU", "ELU", "Softmax"];
  const held = new Set([...layers.map(({ className }) => className), ...others]);
  expect(Object.keys(layerRules).filter((name) => !held.has(name))).toEqual([]);
});

test("every option of theirs that says what a layer computes is given by a case", () => {
  // How weights start is the same for all.
  const elsewhere = /^(axis|renorm_.*|.*_initializer)$/;
  const given = new Set(
    layers.flatMap(({ className, config }) => Object.keys(config).map((key) => `${className} ${key}`)),
  );
  const known = Object.entries(layerRules).flatMap(([name, { options }]) =>
    Object.keys(options).flatMap((option) => (elsewhere.test(option) ? [] : [`${name} ${option}`])),
  );
  expect(known.filter((one) => !given.has(one))).toEqual([]);
});

test("each case of a layer holds gradients or what a step has made of the weights", () => {
  const without = layers.filter(
    ({ record, file }) =>
      !["traces", "initializers"].includes(file) &&
      !["weightGradients", "inputGradients", "after"].some((key) => key in record),
  );
  expect(without.map(({ file, record }) => `${file} ${record.name}`)).toEqual([]);
});
