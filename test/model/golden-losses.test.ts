import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { activation, type Loss, sequential } from "../../src/model/index.ts";
import { lossFrom } from "../../src/model/losses.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import type { LossCase } from "../golden/records.ts";
import { lossGradients, sourceOf } from "./gradients.ts";
import { lower, options } from "./keras.ts";

const VALUE = 1e-6;
const GRADIENT = 1e-5;

/** A single number a row is a row of its own. */
const matrix = (tensor: Tensor): Tensor =>
  tensor.shape.length === 1 ? new Tensor([1, ...tensor.shape], tensor.data) : tensor;

const lossOf = (className: string, config: Readonly<Record<string, unknown>>): Loss =>
  lossFrom({ ...options(config), name: lower(className) });

const ours = [...golden("losses"), ...golden("losses-focal-and-margins")];

describe("losses", () => {
  const hold = async (record: LossCase) => {
    const { className, config, target, prediction, mask, loss32, gradient32 } = record;
    const rows = matrix(prediction);
    const source = sourceOf(rows, mask);
    const model = sequential([source.layer]);
    await model.prepare(source.x, undefined, false);
    await model.setWeights([source.weight]);
    const y = prediction === rows ? target : matrix(target);
    const found = await lossGradients(model, source.x, y, lossOf(className, config));
    model.dispose();
    expect(Math.abs(found.loss - loss32)).toBeLessThanOrEqual(VALUE * Math.max(1, Math.abs(loss32)));
    expect(closeBy(source.read(found.gradients[0]), gradient32.data, GRADIENT)).toBe("");
  };
  test.each(ours.map((record) => [record.name, record] as const))("%s", (_, record) => hold(record));

  test("are all held", () => expect(ours.length).toBe(88));
});

describe("a crossentropy after its activation", () => {
  // Ours has no layer for a flatten of rows, so that nothing comes between.
  test.each(golden("losses-after-activation").filter(({ between }) => between === undefined))(
    "$name",
    async (record) => {
      const source = sourceOf(record.logits);
      const model = sequential([source.layer, activation(record.activation)]);
      await model.prepare(source.x, undefined, false);
      await model.setWeights([source.weight]);
      const found = await lossGradients(model, source.x, record.target, lossOf(record.className, {}));
      model.dispose();
      expect(Math.abs(found.loss - record.loss)).toBeLessThanOrEqual(VALUE * Math.max(1, record.loss));
      expect(closeBy(source.read(found.gradients[0]), record.gradient.data, GRADIENT)).toBe("");
    },
  );
});
