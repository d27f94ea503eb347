// What random models found in files of Keras, one by one.

import { expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { encodeKeras, loadKeras, loadKerasWeights } from "../../src/interchange/index.ts";
import {
  bidirectional,
  concatenate,
  dense,
  gru,
  gruCell,
  input,
  type Json,
  lstmCell,
  model,
  orthogonal,
  rnn,
  sequential,
  simpleRnnCell,
  varianceScaling,
} from "../../src/model/index.ts";
import { encodeHdf5, openKeras } from "../../src/storage/foreign.ts";
import { expectClose, kerasFile, samples } from "./files.ts";

interface Layer {
  readonly name: string;
  readonly class_name: string;
  readonly config: { readonly [option: string]: Json } & { readonly layer?: Layer; readonly backward_layer?: Layer };
  readonly inbound_nodes: readonly { readonly kwargs: { readonly initial_state?: Json } }[];
}

async function configOf(bytes: Uint8Array) {
  const file = await openKeras(bytes);
  file.close();
  const { config } = file.config as unknown as { config: { layers: readonly Layer[]; output_layers: Json } };
  return config;
}

const sequence = new Tensor(
  [2, 3, 2],
  Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
);

test("layers that were frozen afterwards stay so in a file of Keras", async () => {
  const net = sequential([
    input({ shape: [3, 2] }),
    bidirectional(gru({ units: 2 })),
    dense({ units: 2 }),
    dense({ units: 1 }),
  ]);
  for (const layer of net.layers.slice(0, -1)) layer.trainable = false;
  const bytes = await encodeKeras(net);
  expect((await configOf(bytes)).layers[1].config.layer?.config.trainable).toBe(false);
  expect((await loadKeras(bytes)).trainablePaths).toEqual(["dense_1/kernel", "dense_1/bias"]);
});

test("a way back of a layer that goes backwards is written out, since Keras would go backwards twice", async () => {
  const net = sequential([
    input({ shape: [3, 2] }),
    bidirectional(gru({ units: 2, goBackwards: true, useBias: false, returnSequences: true }), { mergeMode: "sum" }),
  ]);
  const bytes = await encodeKeras(net);
  const { config } = (await configOf(bytes)).layers[1];
  expect(config.layer?.config).toMatchObject({ go_backwards: true });
  expect(config.backward_layer).toMatchObject({
    class_name: "GRU",
    config: { go_backwards: false, use_bias: false, name: "backward_gru" },
  });
  expect(await (await loadKeras(bytes)).predict(sequence)).toEqual(await net.predict(sequence));
});

test("cells and directions with different numbers of weights", async () => {
  const cells = [lstmCell({ units: 2 }), gruCell({ units: 3, useBias: false }), simpleRnnCell({ units: 2 })];
  const net = sequential([
    input({ shape: [3, 2] }),
    rnn(cells, { returnSequences: true, name: "rnn" }),
    bidirectional(gru({ units: 2, useBias: false }), {
      backwardLayer: gru({ units: 2, goBackwards: true }),
      name: "bidirectional",
    }),
  ]);
  const bytes = await encodeKeras(net);
  const file = await openKeras(bytes);
  const cell = (name: string) => `layers/rnn/cell/cells/${name}`;
  const ways = ["forward", "backward"].map((way) => `layers/bidirectional/${way}_layer/cell`);
  const found = await file.arrays([...["lstm_cell", "gru_cell", "simple_rnn_cell"].map(cell), ...ways]);
  file.close();
  expect(found.map((arrays) => arrays.length)).toEqual([3, 2, 3, 2, 3]);
  const again = await loadKeras(bytes);
  // A layer that is held and has no name gets none.
  expect(again.toConfig()).toEqual(net.toConfig());
  expect(await again.predict(sequence)).toEqual(await net.predict(sequence));
});

test("calls of an inner functional model are counted from 1 where the outer one ends", async () => {
  const inside = input({ shape: [2] });
  const inner = model({ inputs: inside, outputs: dense({ units: 2 }).apply(inside), name: "inner" });
  const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
  const first = inner.apply(a);
  const net = model({ inputs: [a, b], outputs: [inner.apply(first), first, inner.apply(b)] });
  const bytes = await encodeKeras(net);
  const { layers, output_layers } = await configOf(bytes);
  const nodes = JSON.stringify(layers.find(({ name }) => name === "inner")?.inbound_nodes);
  expect(output_layers).toHaveLength(3);
  // Beside what the layers are called with, from 0.
  expect(nodes).toContain('["inner",0,0]');
  expect((output_layers as [string, number, number][]).map(([, call]) => call).sort()).toEqual([1, 2, 3]);
  const x = { a: [[1, 2]], b: [[3, -1]] };
  expect(await (await loadKeras(bytes)).predict(x)).toEqual(await net.predict(x));
});

test("weights alone of a list of one cell, which has a folder for it", async () => {
  const tensors = [
    { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { shape: [3, 3], data: new Float32Array(9).fill(0.1) },
    { shape: [3], data: Float32Array.of(7, 8, 9) },
  ].map((one, i) => ({ path: `layers/rnn/cell/cells/simple_rnn_cell/vars/${i}`, ...one }));
  const parts = "layers/rnn/cell/cells/simple_rnn_cell/vars".split("/");
  const groups = parts.map((_, i) => ({ path: parts.slice(0, i + 1).join("/"), texts: {} }));
  const net = sequential([input({ shape: [3, 2] }), rnn([simpleRnnCell({ units: 3 })])]);
  await loadKerasWeights(net, await encodeHdf5({ groups, tensors }));
  expect((await net.getWeights()).map(({ data }) => data)).toEqual(tensors.map(({ data }) => data));
});

test("states of stacked cells are written as a list for each cell", async () => {
  const x = input({ shape: [3, 2], name: "x" });
  const state = (units: number) => dense({ units }).apply(gru({ units: 2 }).apply(x));
  const cells = [gruCell({ units: 3 }), lstmCell({ units: 2 })];
  const net = model({ inputs: x, outputs: rnn(cells, { name: "stack" }).apply([x, state(3), state(2), state(2)]) });
  const bytes = await encodeKeras(net);
  const stack = (await configOf(bytes)).layers.find(({ name }) => name === "stack");
  const states = stack?.inbound_nodes[0].kwargs.initial_state as Json[][];
  expect(states.map((one) => one.length)).toEqual([1, 2]);
  expect(await (await loadKeras(bytes)).predict(sequence)).toEqual(await net.predict(sequence));
});

test("initializers: all options come back, and vectors start from what Keras can make", async () => {
  const scaling = varianceScaling({ scale: 0.5, mode: "fanAvg", distribution: "uniform" });
  const net = sequential([
    input({ shape: [2] }),
    dense({ units: 2, kernelInitializer: scaling, biasInitializer: orthogonal() }),
  ]);
  const bytes = await encodeKeras(net);
  const { config } = (await configOf(bytes)).layers[1];
  expect(config).toMatchObject({
    kernel_initializer: { config: { scale: 0.5, mode: "fan_avg", distribution: "uniform" } },
    bias_initializer: { class_name: "Zeros" },
  });
  const [, layer] = (await loadKeras(bytes)).toConfig().layers as { config: Json }[];
  expect(layer.config).toMatchObject({ kernelInitializer: scaling.config });
});

test("in an .h5 file what is not trained stands behind what is, also within an inner model", async () => {
  const { x, y } = await samples("keras3-frozen.npz");
  const net = await loadKeras(kerasFile("keras3-frozen.h5"));
  expectClose(await net.predict(x), y);
});

test("an inner model that Keras wrote, with calls counted both ways, and given a record", async () => {
  const { x, y } = await samples("keras3-calls.npz");
  const net = await loadKeras(kerasFile("keras3-calls.keras"));
  const [first, second, third] = (await net.predict(x)) as unknown as Tensor[];
  expectClose(await concatenated([first, second, third]), y);
});

/** Rows side by side. */
async function concatenated(tensors: readonly Tensor[]): Promise<Tensor> {
  const inputs = tensors.map(({ shape }) => input({ shape: [shape[1]] }));
  return model({ inputs, outputs: concatenate().apply(inputs) }).predict(tensors as Tensor[]);
}
