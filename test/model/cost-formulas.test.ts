import { expect, test } from "vitest";
import {
  additiveAttention,
  attention,
  customCell,
  customLayer,
  dense,
  flatten,
  input,
  type Layer,
  type Model,
  model,
  ops,
  rnn,
  type SymbolicTensor,
  sequential,
} from "../../src/index.ts";
import { numbers } from "./data.ts";

const { add, matmul, multiply, sigmoid, subtract, tanh } = ops;
const rows = 6;

async function costOf(net: Model, x: ReturnType<typeof numbers>, memoryBudget?: number) {
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", memoryBudget });
  const { cost } = await net.fit(x, numbers(1, rows, 1), { batchSize: rows });
  net.dispose();
  return cost;
}

test.each<[string, (given: SymbolicTensor, made: SymbolicTensor) => SymbolicTensor, number]>([
  ["its scores", (_, made) => attention().apply([made, made]), 3 * 3 + 3 * 3],
  ["a scale that is learned", (_, made) => attention({ useScale: true }).apply([made, made]), 3 * 3 + 4 * 3],
  ["one that is not", (_, made) => attention({ useScale: true, trainable: false }).apply([made, made]), 3 * 3 + 3 * 3],
  ["a query that is data", (given, made) => attention().apply([given, made]), 3 * 3 + 2 * 3],
  ["values alone", (given, made) => attention().apply([given, made, given]), 2 * 3 + 3],
  ["data and a scale", (given) => attention({ useScale: true }).apply([given, given]), 2 * 3 + 2 * 3],
  ["a sum of tanh", (_, made) => additiveAttention().apply([made, made]), 3 * 3],
])("attention takes the products of gradients that are read: of %s", async (_, attend, each) => {
  const given = input({ shape: [5, 3] });
  const made = dense({ units: 3, name: "made" }).apply(given);
  const attended = attend(given, made);
  const net = model({ inputs: given, outputs: dense({ units: 1 }).apply(flatten().apply(attended)) });
  const before = net.weightPaths.includes("made/kernel") ? 2 * 9 * 5 : 0; // nobody reads the data's gradient
  const { multiplyAdds, multiplyAddsSpared } = await costOf(net, numbers(2, rows, 5, 3));
  expect(multiplyAdds).toBe(rows * (before + 25 * each + 3 * 15));
  expect(multiplyAddsSpared).toBe(0);
});

const gated = customCell("costGated", ({ units, frozen = false }: { units: number; frozen?: boolean }) => ({
  states: units,
  weights: (features) => ({
    wf: { shape: [features, units], trainable: !frozen },
    uf: { shape: [units, units] },
    wc: { shape: [features, units] },
    uc: { shape: [units, units] },
  }),
  step: (x, [h], { wf, uf, wc, uc }) => {
    const f = sigmoid(add(matmul(x, wf), matmul(h, uf)));
    const candidate = tanh(add(matmul(x, wc), matmul(multiply(f, h), uc)));
    return add(multiply(subtract(1, f), h), multiply(f, candidate));
  },
}));

const gate = customLayer("costGate", ({ units }: { units: number }) => ({
  weights: (features) => ({ value: { shape: [features, units] }, gate: { shape: [features, units] } }),
  call: (x, { value, gate }) => multiply(matmul(x, value), sigmoid(matmul(x, gate))),
}));

const head = 3 * 4;
const units = 4;

test.each<[string, () => Layer[], number]>([
  ["a cell on data", () => [rnn(gated({ units }))], 5 * (2 * 2 * 12 + 3 * 2 * 16)],
  ["with a frozen kernel", () => [rnn(gated({ units, frozen: true }))], 5 * (2 * 2 * 12 - 12 + 3 * 2 * 16)],
  ["behind a layer", () => [dense({ units: 3 }), rnn(gated({ units }))], 5 * (2 * 9 + 3 * 2 * 12 + 3 * 2 * 16)],
  ["a layer on data", () => [flatten(), gate({ units })], 2 * 2 * 15 * 4],
  ["behind another", () => [flatten(), dense({ units: 2 }), gate({ units })], 2 * 30 + 3 * 2 * 8],
])("what is written with ops takes the products of gradients that are read: %s", async (_, layers, each) => {
  const net = sequential([input({ shape: [5, 3] }), ...layers(), dense({ units: 1 })]);
  const { multiplyAdds, multiplyAddsSpared } = await costOf(net, numbers(2, rows, 5, 3));
  expect(multiplyAdds).toBe(rows * (each + head));
  expect(multiplyAddsSpared).toBe(0);
});

test("steps of a custom cell before its gradient has become zero are not counted", async () => {
  const forgetful = customCell("costForgetful", ({ units }: { units: number }) => ({
    states: units,
    weights: (features) => ({ w: { shape: [features, units] } }),
    step: (x, _, { w }) => tanh(matmul(x, w)),
  }));
  const net = sequential([input({ shape: [64, 2] }), rnn(forgetful({ units })), dense({ units: 1 })]);
  const { multiplyAdds, multiplyAddsSpared } = await costOf(net, numbers(2, rows, 64, 2));
  expect(multiplyAddsSpared).toBeGreaterThan(0);
  expect(multiplyAddsSpared % (2 * units)).toBe(0);
  expect(multiplyAddsSpared).toBeLessThan(rows * 64 * 2 * units);
  expect(multiplyAdds + multiplyAddsSpared).toBe(rows * (2 * 64 * 2 * units + head));
});

test.each<[string, () => Layer[]]>([
  ["a cell", () => [rnn(gated({ units: 16 }))]],
  ["a layer", () => [gate({ units: 16 }), rnn(gated({ units: 4 }))]],
])("what %s computes again where memory is short is counted", async (_, layers) => {
  const net = () => sequential([input({ shape: [null, 2] }), ...layers(), dense({ units: 1 })]);
  const asked = net();
  asked.compile({ optimizer: "sgd", loss: "meanSquaredError", memoryBudget: 2 ** 30 });
  const { bytes } = await asked.memory({ batchSize: rows, timeSteps: 300 });
  const x = numbers(2, rows, 300, 2);
  const [rich, poor] = [await costOf(net(), x), await costOf(net(), x, Math.ceil(0.7 * bytes))];
  expect(poor.multiplyAdds).toBeGreaterThan(rich.multiplyAdds);
  expect(poor.multiplyAdds + poor.multiplyAddsSpared).toBe(rich.multiplyAdds + rich.multiplyAddsSpared);
});
