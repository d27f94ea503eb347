import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeTorch, loadTorch, type TorchMap, torchWeights } from "../../src/interchange/index.ts";
import {
  bidirectional,
  conv1d,
  dense,
  embedding,
  gru,
  input,
  layerNormalization,
  lstm,
  type Sequential,
  sequential,
  simpleRnn,
} from "../../src/model/index.ts";
import { decodeNpz } from "../../src/storage/foreign.ts";
import { decodeSafetensors, toFloat32Tensor, toTensor } from "../../src/storage/index.ts";
import { errorOf, expectClose } from "./files.ts";

const file = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/torch-files/${name}`, import.meta.url)));

/** The models of scripts/golden/torch_files.py. */
const models: Record<string, { make: () => Sequential; map?: TorchMap }> = {
  stack: {
    make: () =>
      sequential([
        input({ shape: [7, 3] }),
        bidirectional(gru({ units: 4, returnSequences: true }), { name: "first" }),
        bidirectional(gru({ units: 4, returnSequences: true }), { name: "second" }),
        dense({ units: 2, name: "fc" }),
      ]),
    map: { first: "rnn", second: { module: "rnn", layer: 1 } },
  },
  words: {
    make: () =>
      sequential([
        embedding({ inputDim: 11, outputDim: 3 }),
        lstm({ units: 5, returnSequences: true, name: "encoder" }),
        layerNormalization({ name: "norm" }),
        simpleRnn({ units: 4, name: "plain" }),
        dense({ units: 3, activation: "softmax", useBias: false, name: "head.0" }),
      ]),
  },
  waves: {
    make: () =>
      sequential([
        input({ shape: [7, 3] }),
        conv1d({ filters: 4, kernelSize: 3 }),
        gru({ units: 5, returnSequences: true, useBias: false }),
      ]),
    map: { conv1d: "conv", gru: "rnn" },
  },
};

describe.each(Object.keys(models))("%s", (name) => {
  const { make, map } = models[name];

  test("answers as in PyTorch", async () => {
    const arrays = await decodeNpz(file(`${name}.npz`));
    const model = make();
    await loadTorch(model, file(`${name}.safetensors`), { map });
    expectClose(await model.predict(toTensor(arrays.get("x")!, "x")), toFloat32Tensor(arrays.get("y")!, "y"));
  });

  test("goes back as it came, but for the two biases that are one here", async () => {
    const model = make();
    await loadTorch(model, file(`${name}.safetensors`), { map });
    const ours = await torchWeights(model, { map });
    const { tensors } = decodeSafetensors(file(`${name}.safetensors`));
    expect([...ours.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [key, tensor] of ours) {
      const theirs = toFloat32Tensor(tensors.get(key)!, key);
      if (!/(encoder|plain)\.bias/.test(key)) expect(tensor).toEqual(theirs);
      else if (key.includes("bias_hh")) expect(tensor.data.every((value) => value === 0)).toBe(true);
    }
    const other = make();
    await loadTorch(other, await encodeTorch(model, { map }), { map });
    expect(await other.getWeights()).toEqual(await model.getWeights());
  });
});

describe("what does not fit is named", () => {
  const words = () => file("words.safetensors");
  test.each<[string, () => Sequential, TorchMap | undefined, string, string]>([
    [
      "a missing module",
      () => sequential([input({ shape: [null, 3] }), gru({ units: 4 })]),
      undefined,
      "model/weights",
      'Expected the parameter "gru.weight_ih_l0" for layer "gru" in the file, found none. Say in map where the layer is; the file has ',
    ],
    [
      "parameters without a layer",
      () => sequential([input({ shape: [5] }), layerNormalization({ name: "norm" })]),
      undefined,
      "model/weights",
      "Expected a layer for every parameter of the file, found none for ",
    ],
    [
      "another shape",
      () => sequential([embedding({ inputDim: 12, outputDim: 3 })]),
      undefined,
      "model/weights",
      'Expected shape [12, 3] for "embedding/embeddings", found [11, 3]',
    ],
    [
      "a matrix for a vector",
      () => sequential([input({ shape: [null, 3] }), lstm({ units: 5, name: "norm" })]),
      { norm: "embedding" },
      "model/weights",
      '"embedding.weight_ih_l0"',
    ],
    [
      "a cell that PyTorch lacks",
      () => sequential([input({ shape: [null, 3] }), gru({ units: 4, resetAfter: false })]),
      { gru: "encoder" },
      "model/torch-layer",
      "PyTorch has no such layer with resetAfter false, only true",
    ],
    [
      "an activation that PyTorch lacks",
      () => sequential([input({ shape: [null, 3] }), lstm({ units: 5, activation: "relu", name: "encoder" })]),
      undefined,
      "model/torch-layer",
      'with activation "relu", only "tanh"',
    ],
    [
      "a name of no layer",
      () => sequential([input({ shape: [null, 3] }), gru({ units: 4 })]),
      { lstm: "encoder" },
      "usage/option",
      'No layer is called "lstm"',
    ],
  ])("%s", async (what, make, map, code, message) => {
    const strict = what !== "another shape";
    const error = await errorOf(loadTorch(make(), words(), { map, strict }));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test("and left out when that is meant", async () => {
    const model = sequential([input({ shape: [5] }), layerNormalization({ name: "norm" })]);
    await loadTorch(model, words(), { strict: false });
    expect(model.weightPaths).toEqual(["norm/gamma", "norm/beta"]);
  });
});
