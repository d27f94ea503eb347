import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  adam,
  dense,
  flatten,
  input,
  layerNormGruCell,
  layerNormLstmCell,
  rnn,
  sequential,
  sequentialFromConfig,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { sourceOf, trainingGradients } from "./gradients.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly name: string;
  readonly kind: "layerNormGruCell" | "layerNormLstmCell";
  readonly config: { readonly epsilon: number; readonly dropout?: number };
  readonly mask?: Numbers;
  readonly goBackwards?: true;
  readonly input: Numbers;
  readonly cotangent: Numbers;
  readonly weights: readonly (Numbers & { readonly path: string })[];
  readonly output: Numbers;
  readonly weightGradients: readonly Numbers[];
  readonly inputGradient: Numbers;
}

const file = new URL("../golden/torch-files/layer-norm-cells.json", import.meta.url);
const cases = (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
const tensorOf = ({ shape, data }: Numbers) => new Tensor(shape, Float64Array.from(data));
const made = { layerNormGruCell, layerNormLstmCell };

test.each(cases)("$name: outputs and gradients are PyTorch's", async (record) => {
  const { kind, config, mask, goBackwards } = record;
  const [units] = record.weights.find(({ path }) => path.startsWith("bias"))!.shape;
  const layer = rnn(made[kind]({ units, ...config }), { returnSequences: true, goBackwards });
  const source = sourceOf(tensorOf(record.input), mask && tensorOf(mask));
  const make = () => {
    const net = sequential([source.layer, layer, flatten()]);
    void net.prepare(source.x, undefined, false);
    return net;
  };
  const nameOf = (path: string) => path.split("/").at(-1)!;
  const own = make().weightPaths.filter((path) => path !== source.path);
  expect(own.map(nameOf).sort()).toEqual(record.weights.map(({ path }) => path).sort());
  const of = (path: string, all: readonly Numbers[]) =>
    tensorOf(all[record.weights.findIndex((weight) => weight.path === nameOf(path))]);
  const known = new Map([
    [source.path, source.weight],
    ...own.map((path) => [path, of(path, record.weights)] as const),
  ]);
  const [expected, cotangent] = [record.output, record.cotangent].map(tensorOf);
  // What drops draws the same numbers in every training's first step; PyTorch was given them.
  const found = await trainingGradients(make, known, { x: source.x, expected, cotangent });
  expect(Math.sqrt(found.distance)).toBeLessThan(1e-5 * Math.max(...expected.data.map(Math.abs)));
  for (const path of own) {
    const gradient = found.gradients.get(path)!;
    expect(closeBy(gradient.data, of(path, record.weightGradients).data, 1e-4), path).toBe("");
  }
  const ofInput = source.read(found.gradients.get(source.path)!);
  expect(closeBy(ofInput, tensorOf(record.inputGradient).data, 1e-4), "input").toBe("");
  if (config.dropout) return;
  const net = make();
  await net.setWeights(net.weightPaths.map((path) => known.get(path)!));
  expect(closeBy((await net.predict(source.x)).data, expected.data, 1e-5)).toBe("");
});

test("every cell has a case with a mask, backwards, and dropout of both kinds", () => {
  for (const kind of Object.keys(made)) {
    const own = cases.filter((record) => record.kind === kind);
    expect(own.some(({ mask, goBackwards }) => mask && goBackwards)).toBe(true);
    expect(own.some(({ mask, config }) => mask && config.dropout)).toBe(true);
  }
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
