import { expect, test } from "vitest";
import { dense, embedding, gru, lstm, type Sequential, sequential } from "../../src/index.ts";
import { sameBits } from "../engine/numbers.ts";

const STEPS = 7;
const rowsOf = (seed: number, rows: number) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: STEPS }, (_, t) => (seed * 31 + row * 17 + t * t) % 40),
  );
const targets = (rows: number) => Array.from({ length: rows }, (_, row) => row % 2);

function reader(seed = 3): Sequential {
  const layers = [
    embedding({ inputDim: 40, outputDim: 6 }),
    lstm({ units: 9, returnSequences: true }),
    gru({ units: 5 }),
    dense({ units: 1, activation: "sigmoid" }),
  ];
  const model = sequential(layers, { seed });
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  return model;
}

/** What a model that has never predicted before says with the same weights. */
async function fresh(model: Sequential, x: number[][], batchSize?: number): Promise<ArrayLike<number>> {
  const other = reader();
  await other.setWeights(await model.getWeights());
  const { data } = await other.predict(x, { batchSize });
  other.dispose();
  return data;
}

async function expectFresh(model: Sequential, x: number[][], batchSize?: number): Promise<void> {
  const { data } = await model.predict(x, { batchSize });
  expect(sameBits(data, await fresh(model, x, batchSize))).toBe("");
}

// Outside training a token is projected once, as long as the weights stay what they are.
test("predictions do not depend on what was predicted before", async () => {
  const model = reader();
  for (const seed of [1, 2, 3]) await expectFresh(model, rowsOf(seed, 1));
  await expectFresh(model, rowsOf(4, 21), 4);
  await expectFresh(model, rowsOf(5, 3), 4);
  await expectFresh(model, rowsOf(6, 1));
  model.dispose();
});

test("new weights are seen at once: after setWeights, training, and evaluation in between", async () => {
  const model = reader();
  const x = rowsOf(1, 4);
  await expectFresh(model, x);
  const other = reader(8);
  await model.setWeights(await other.getWeights());
  await expectFresh(model, x);
  await model.fit(x, targets(4), { batchSize: 4, epochs: 2 });
  await expectFresh(model, x);
  const before = await model.evaluate(x, targets(4), { batchSize: 4 });
  await expectFresh(model, x);
  expect(await model.evaluate(x, targets(4), { batchSize: 4 })).toEqual(before);
  await model.fit(x, targets(4), { batchSize: 4, validationData: [x, targets(4)] });
  await expectFresh(model, x);
  expect((await model.evaluate(x, targets(4), { batchSize: 4 })).loss).not.toBe(before.loss);
  model.dispose();
  other.dispose();
});

test("a vocabulary too large to be kept is projected batch by batch", async () => {
  const large = sequential([embedding({ inputDim: 300_000, outputDim: 1 }), gru({ units: 24 }), dense({ units: 1 })]);
  const rows = [1, 2, 3].map((seed) => rowsOf(seed, 5).map((row) => row.map((token) => token * 7000)));
  const alone: ArrayLike<number>[] = [];
  for (const x of rows) alone.push((await large.predict(x)).data);
  const together = (await large.predict(rows.flat(), { batchSize: 5 })).data;
  expect(
    sameBits(
      together,
      alone.flatMap((data) => Array.from(data)),
    ),
  ).toBe("");
  large.dispose();
});
