import { describe, expect, test } from "vitest";
import { setThreads } from "../../src/engine/index.ts";
import {
  bidirectional,
  dense,
  embedding,
  gru,
  gruCell,
  input,
  type Layer,
  lstm,
  lstmCell,
  rnn,
  sequential,
  sequentialFromConfig,
  simpleRnn,
  simpleRnnCell,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens } from "./data.ts";

const rate = { dropout: 0.2, recurrentDropout: 0.1, seed: 5 };
const all = { returnSequences: true };
const pairs: [string, Layer[], Layer[]][] = [
  ["a gru", [rnn(gruCell({ units: 5, ...rate }))], [gru({ units: 5, ...rate })]],
  [
    "an lstm backwards",
    [rnn(lstmCell({ units: 4, unitForgetBias: false }), { goBackwards: true })],
    [lstm({ units: 4, unitForgetBias: false, goBackwards: true })],
  ],
  [
    "one above the other",
    [rnn([simpleRnnCell({ units: 3, seed: 1 }), gruCell({ units: 4, resetAfter: false, seed: 2 })], all)],
    [simpleRnn({ units: 3, ...all, seed: 1 }), gru({ units: 4, resetAfter: false, ...all, seed: 2 })],
  ],
];

describe.each(pairs)("%s as cells is the layer", (_, cells, layers) => {
  const x = paddedTokens(3, 9, 17, 6);
  const y = numbers(2, 17, 1);
  const head = cells[0].config.returnSequences ? [gru({ units: 2, seed: 9 })] : [];
  const make = (some: readonly Layer[]) => {
    const first = embedding({ inputDim: 9, outputDim: 4, maskZero: true });
    const model = sequential([first, ...some, ...head, dense({ units: 1 })]);
    model.compile({ loss: "mse", optimizer: "sgd" });
    return model;
  };
  test("to the bit, trained with dropout and masks", async () => {
    const [a, b] = [make(cells), make(layers)];
    await a.predict(x);
    await b.setWeights(await a.getWeights());
    const histories = [];
    for (const model of [a, b]) histories.push((await model.fit(x, y, { epochs: 3, batchSize: 8 })).history.loss);
    expect(histories[1]).toEqual(histories[0]);
    expect(sameBits((await a.predict(x)).data, (await b.predict(x)).data)).toBe("");
    for (const model of [a, b]) model.dispose();
  });
  test("and comes back from its config", () => {
    const model = make(cells);
    const again = sequentialFromConfig(JSON.parse(JSON.stringify(model.toConfig())));
    expect(again.weightPaths).toEqual(model.weightPaths);
    const described = (one: typeof model) => one.toConfig().layers as readonly unknown[];
    expect(described(again).slice(1)).toEqual(described(model));
  });
});

test("in both directions, stacked and stateful, on one thread and two", async () => {
  const found: Float32Array[] = [];
  for (const threads of [1, 2]) {
    setThreads(threads);
    const cells = [gruCell({ units: 3 }), lstmCell({ units: 2 })];
    const model = sequential([
      input({ shape: [5, 2], batchSize: 20 }),
      bidirectional(rnn(cells, { stateful: true, ...all })),
      rnn(cells),
      dense({ units: 1 }),
    ]);
    model.compile({ loss: "mse" });
    expect(model.layers.length).toBe(4);
    await model.fit(numbers(1, 40, 5, 2), numbers(2, 40, 1), { epochs: 2 });
    found.push(Float32Array.from((await model.predict(numbers(1, 40, 5, 2))).data));
    model.dispose();
  }
  setThreads(undefined);
  expect(sameBits(found[1], found[0])).toBe("");
});

test("what is no cell, or unknown to it, is refused", () => {
  expect(() => rnn(gru({ units: 2 }) as never)).toThrow(/Expected a cell in rnn/);
  expect(() => rnn([])).toThrow(/at least one cell/);
  expect(() => gruCell({ units: 2, returnSequences: true } as never)).toThrow(
    /gruCell has no option "returnSequences"/,
  );
  expect(() => rnn(gruCell({ units: 2 }), { unroll: true } as never)).toThrow(/rnn has no option "unroll"/);
  expect(() => lstmCell({ units: 0 })).toThrow(/units of lstmCell/);
  const config = sequential([input({ shape: [3, 1] }), rnn(gruCell({ units: 2 }))]).toConfig();
  const text = JSON.stringify(config).replace("gruCell", "evilCell");
  expect(() => sequentialFromConfig(JSON.parse(text))).toThrow(/Unknown cell "evilCell"/);
});

test("a cell in the place of a layer is named", () => {
  expect(() => sequential([input({ shape: [3, 1] }), gruCell({ units: 2 }) as never])).toThrow(
    expect.objectContaining({ code: "model/layer", message: 'Expected a layer at place 1, found "gruCell"' }),
  );
});
