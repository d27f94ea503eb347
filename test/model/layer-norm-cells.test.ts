import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  adam,
  dense,
  input,
  layerNormGruCell,
  layerNormLstmCell,
  rnn,
  sequential,
  sequentialFromConfig,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { cotangentGradients, sourceOf } from "./gradients.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly name: string;
  readonly epsilon: number;
  readonly input: Numbers;
  readonly cotangent: Numbers;
  readonly weights: readonly (Numbers & { readonly path: string })[];
  readonly output: Numbers;
  readonly weightGradients: readonly Numbers[];
  readonly inputGradient: Numbers;
}

const file = new URL("../golden/torch-files/layer-norm-cells.json", import.meta.url);
const cases = (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
const tensorOf = ({ shape, data, scale = 1 }: Numbers & { scale?: number }) =>
  new Tensor(
    shape,
    Float64Array.from(data, (value) => value / scale),
  );
const made = { layerNormGruCell, layerNormLstmCell };

test.each(cases)("$name: outputs and gradients are PyTorch's", async (record) => {
  const layer = rnn(made[record.name as keyof typeof made]({ units: 5, epsilon: record.epsilon }), {
    returnSequences: true,
  });
  const model = sequential([input({ shape: [5, 2] }), layer]);
  const names = model.weightPaths.map((path) => path.split("/").at(-1)!);
  const given = new Map(record.weights.map((weight, i) => [weight.path, i]));
  expect([...names].sort()).toEqual([...given.keys()].sort());
  const order = names.map((name) => given.get(name)!);
  const source = sourceOf(tensorOf(record.input));
  const weights = [source.weight, ...order.map((i) => tensorOf(record.weights[i]))];
  const found = await cotangentGradients([source.layer, layer], weights, source.x, tensorOf(record.cotangent));
  expect(closeBy(found.output.data, tensorOf(record.output).data, 1e-5)).toBe("");
  const [ofInput, ...ofWeights] = found.gradients;
  ofWeights.forEach((gradient, place) => {
    expect(closeBy(gradient.data, record.weightGradients[order[place]].data, 1e-4), names[place]).toBe("");
  });
  expect(closeBy(source.read(ofInput), record.inputGradient.data, 1e-4), "input").toBe("");
});

test("they learn, and come back from a config", async () => {
  const cells = [layerNormGruCell({ units: 6, dropout: 0.1 }), layerNormLstmCell({ units: 4, unitForgetBias: false })];
  const model = sequential([input({ shape: [6, 2] }), rnn(cells), dense({ units: 1 })]);
  expect(sequentialFromConfig(JSON.parse(JSON.stringify(model.toConfig()))).toConfig()).toEqual(model.toConfig());
  model.compile({ loss: "mse", optimizer: adam({ learningRate: 0.02 }) });
  const x = numbers(1, 64, 6, 2);
  const y = Array.from({ length: 64 }, (_, row) => [x.data[12 * row] + x.data[12 * row + 11]]);
  const { history } = await model.fit(x, y, { epochs: 60 });
  expect(history.loss[59]).toBeLessThan(0.5 * history.loss[0]);
});

test("options out of range or unknown are refused", () => {
  expect(() => layerNormGruCell({ units: 0 })).toThrow(/units of layerNormGruCell/);
  expect(() => layerNormLstmCell({ units: 2, epsilon: 0 })).toThrow(/epsilon of layerNormLstmCell/);
  expect(() => layerNormGruCell({ units: 2, activation: "relu" } as never)).toThrow(/no option "activation"/);
});
