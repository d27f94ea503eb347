import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { checkParity, encodeKeras, loadKeras, loadKerasWeights, readSamples } from "../../src/interchange/index.ts";
import { readModel } from "../../src/interchange/keras/read-model.ts";
import {
  bidirectional,
  conv1d,
  dense,
  gru,
  input,
  type Json,
  masking,
  maxNorm,
  model,
  sequential,
  sequentialFromConfig,
  unitNorm,
} from "../../src/model/index.ts";
import { encodeHdf5, encodeZip, openKeras } from "../../src/storage/foreign.ts";
import { errorOf, expectClose, kerasFile, samples } from "./files.ts";

const words = {
  optimizer: { name: "adam", learningRate: 0.001, clipnorm: 1 },
  loss: { name: "binaryCrossentropy" },
  metrics: ["accuracy", { name: "auc", numThresholds: 200 }],
};
const curves = {
  optimizer: {
    name: "sgd",
    momentum: 0.5,
    learningRate: { name: "exponentialDecay", initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.5 },
  },
  loss: { name: "sparseCategoricalCrossentropy", fromLogits: false },
  metrics: [],
};

describe("a model that Keras wrote", () => {
  test.each([
    ["keras3-words.keras", "keras3-words.npz", words],
    ["keras3-words.h5", "keras3-words.npz", words],
    ["keras2-words.keras", "keras2-words.npz", words],
    ["keras2-words.h5", "keras2-words.npz", words],
    ["keras3-curves.keras", "keras3-curves.npz", curves],
    ["keras2-curves.h5", "keras2-curves.npz", curves],
    ["keras3-windows.keras", "keras3-windows.npz", null],
    ["keras2-windows.keras", "keras2-windows.npz", null],
    ["keras3-stateful.keras", "keras3-stateful.npz", null],
    ["keras3-cells.keras", "keras3-cells.npz", null],
    ["keras2-cells.keras", "keras2-cells.npz", null],
    ["keras3-shares.keras", "keras3-shares.npz", null],
    ["keras3-normal.keras", "keras3-normal.npz", { loss: { name: "meanSquaredError" } }],
  ])("%s answers as in Keras, and is compiled as it was", async (file, answers, compile) => {
    const { x, y } = await samples(answers);
    const warnings: string[] = [];
    const model = await loadKeras(kerasFile(file), { onWarning: (text) => warnings.push(text) });
    expectClose(await model.predict(x), y);
    if (compile) expect(model.toConfig().compile).toMatchObject(compile);
    else expect(model.isCompiled).toBe(false);
    expect(warnings).toEqual([]);
    model.dispose();
  });

  test.each(["keras3-words.weights.h5", "keras3-words.h5", "keras3-words.keras"])(
    "weights of %s go into a model made in code",
    async (file) => {
      const { x, y } = await samples("keras3-words.npz");
      const whole = await loadKeras(kerasFile("keras3-words.keras"));
      const { layers, ...rest } = whole.toConfig() as { layers: { name?: string }[] };
      // Without the names of the file: its places, or its order, say what belongs where.
      const model = sequentialFromConfig({ ...rest, layers: layers.map(({ name: _, ...layer }) => layer) });
      await loadKerasWeights(model, kerasFile(file));
      expectClose(await model.predict(x), y);
    },
  );

  test("weights of Keras 2 in its old form", async () => {
    const { x, y } = await samples("keras2-words.npz");
    const model = await loadKeras(kerasFile("keras3-words.keras"));
    await loadKerasWeights(model, kerasFile("keras2-words-weights.h5"));
    expectClose(await model.predict(x), y);
  });

  test("weights of another model are refused by the layer", async () => {
    const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
    const fewer = await errorOf(loadKerasWeights(model, kerasFile("keras3-curves.keras")));
    expect([fewer.code, fewer.message]).toEqual([
      "model/weights",
      'Expected shape [4, 3] for "dense/kernel", found [3, 4]',
    ]);
    const none = sequential([input({ shape: [null, 4] }), gru({ units: 3 })]);
    const missing = await errorOf(loadKerasWeights(none, kerasFile("keras3-curves.keras"), { source: "curves.keras" }));
    expect(missing.message).toContain('Expected 3 arrays of layer "gru" in curves.keras, found 0');
    const alone = await errorOf(loadKeras(kerasFile("keras3-words.weights.h5")));
    expect(alone.message).toContain("found weights alone");
  });
});

interface Config {
  config: { layers: { class_name: string; config: Record<string, unknown> }[] };
}

test("what holds for weights while they are trained comes and goes", async () => {
  const model = await loadKeras(kerasFile("keras3-windows.keras"));
  for (const one of [model, await loadKeras(await encodeKeras(model))]) {
    const { layers } = one.toConfig() as { layers: { config: Record<string, unknown> }[] };
    const { kernelRegularizer, biasConstraint } = layers[4].config;
    expect([kernelRegularizer, biasConstraint]).toEqual([{ name: "l2", l2: 0.02 }, { name: "nonNeg" }]);
    expect(layers[6].config.trainable).toBe(false);
  }
});

test("axes of norms come and go", async () => {
  const model = sequential([
    input({ shape: [5, 2] }),
    conv1d({ filters: 3, kernelSize: 2, kernelConstraint: maxNorm({ maxValue: 1.5, axis: [0, 1] }) }),
    gru({ units: 2, recurrentConstraint: unitNorm({ axis: -1 }), kernelConstraint: "unitNorm" }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const { config } = (await openKeras(await encodeKeras(model))) as unknown as { config: Config };
  const [, convolution, recurrent] = config.config.layers.map((layer) => layer.config as Record<string, unknown>);
  expect(convolution.kernel_constraint).toMatchObject({
    class_name: "MaxNorm",
    config: { max_value: 1.5, axis: [0, 1] },
  });
  expect(recurrent.kernel_constraint).toMatchObject({ class_name: "UnitNorm", config: { axis: 0 } });
  expect(recurrent.recurrent_constraint).toMatchObject({ config: { axis: -1 } });
  const { layers } = (await loadKeras(await encodeKeras(model))).toConfig() as { layers: { config: Json }[] };
  expect(layers.map(({ config }) => config)).toMatchObject([
    {},
    { kernelConstraint: { name: "maxNorm", maxValue: 1.5, axis: [0, 1] } },
    { kernelConstraint: { name: "unitNorm" }, recurrentConstraint: { name: "unitNorm", axis: -1 } },
  ]);
});

describe("encodeKeras", () => {
  test("leaves a momentum of 0 out, which Keras takes as a float alone", async () => {
    const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { config } = await openKeras(await encodeKeras(model));
    expect(JSON.stringify(config)).toContain('"SGD"');
    expect(JSON.stringify(config)).not.toContain('"momentum"');
  });

  test("comes back as it was, to the bit", async () => {
    const model = sequential([
      input({ shape: [5, 3] }),
      masking({ maskValue: -1 }),
      bidirectional(gru({ units: 2, returnSequences: true, resetAfter: false, activation: "gelu" }), {
        mergeMode: "mul",
      }),
      bidirectional(gru({ units: 3, recurrentActivation: "silu" }), {
        backwardLayer: gru({ units: 4, goBackwards: true, name: "back" }),
      }),
      dense({ units: 2, activation: "swish", kernelInitializer: "heNormal" }),
    ]);
    const file = await encodeKeras(model);
    const again = await loadKeras(file);
    expect(await again.getWeights()).toEqual(await model.getWeights());
    expect(Buffer.from(await encodeKeras(model)).equals(Buffer.from(file))).toBe(true);
    const x = [Array.from({ length: 5 }, (_, t) => [t / 7, -t / 3, 1])];
    expect((await again.predict(x)).data).toEqual((await model.predict(x)).data);
  });

  test.each(["keras3-cells.keras", "keras3-shares.keras"])("cells come back too: %s", async (file) => {
    const model = await loadKeras(kerasFile(file));
    const again = await loadKeras(await encodeKeras(model));
    expect(again.toConfig()).toEqual(model.toConfig());
    expect(await again.getWeights()).toEqual(await model.getWeights());
  });

  test("says no option of a layer that Keras does not", async () => {
    for (const name of ["keras3-words.keras", "keras3-curves.keras", "keras3-windows.keras", "keras3-cells.keras"]) {
      const theirs = await openKeras(kerasFile(name));
      const ours = await openKeras(await encodeKeras(await loadKeras(kerasFile(name))));
      const layersOf = (config: unknown) => (config as Config).config.layers;
      layersOf(ours.config).forEach((layer, i) => {
        const keras = layersOf(theirs.config)[i];
        expect(Object.keys(keras.config), layer.class_name).toEqual(expect.arrayContaining(Object.keys(layer.config)));
      });
    }
  });

  test("writes what Keras itself would", async () => {
    const model = await loadKeras(kerasFile("keras3-words.keras"));
    const ours = await openKeras(await encodeKeras(model));
    const theirs = await openKeras(kerasFile("keras3-words.keras"));
    // What Keras writes and does not read, and what says nothing.
    const left = ["shared_object_id", "build_config", "seed", "quantization_config", "input_axes", "output_axes"];
    const plain = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(plain);
      if (typeof value !== "object" || value === null) return value;
      const entries = Object.entries(value).filter(
        ([key, one]) => !left.includes(key) && one !== null && one !== false,
      );
      return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
    };
    type Config = { config: { layers: Record<string, Record<string, unknown>>[] } };
    const [own, keras] = [plain(ours.config), plain(theirs.config)] as Config[];
    own.config.layers.forEach((layer, i) => {
      expect(keras.config.layers[i]).toMatchObject({ class_name: layer.class_name, module: layer.module });
      const { layer: inner, backward_layer: back, ...options } = layer.config;
      expect(keras.config.layers[i].config).toMatchObject(options);
      if (back) expect(keras.config.layers[i].config.backward_layer).toMatchObject(back);
      void inner;
    });
    const group = ["layers/bidirectional/backward_layer/cell", "layers/layer_normalization", "layers/dense"];
    expect(await ours.arrays(group)).toEqual(await theirs.arrays(group));
    ours.close();
    theirs.close();
  });
});

test("what is no bytes, and options that there are not", async () => {
  for (const [given, options] of [
    ["model.keras", {}],
    [undefined, {}],
    [new ArrayBuffer(3), {}],
    [new Uint8Array(3), { maxBytes: -1 }],
    [new Uint8Array(3), { custom_objects: {} }],
  ]) {
    expect((await errorOf(loadKeras(given as never, options as never))).code).toBe("usage/option");
  }
});

test("encodeKeras takes no other options", async () => {
  const net = sequential([input({ shape: [3] }), dense({ units: 1 })]);
  expect((await errorOf(encodeKeras(net, { warn: true } as never))).code).toBe("usage/option");
});

test("layers lie in the order that they have in Keras, which counts the operations of masks too", async () => {
  const [a, b] = [input({ shape: [4, 3], name: "a" }), input({ shape: [4, 3], name: "b" })];
  const [far, near, other] = ["far", "near", "other"].map((name) => dense({ units: 3, activation: "relu", name }));
  const state = gru({ units: 3, name: "first" }).apply(near.apply(far.apply(a)));
  const masked = masking().apply(other.apply(b));
  const net = model({ inputs: [a, b], outputs: gru({ units: 3, name: "last" }).apply([masked, state]) });
  const bytes = await encodeKeras(net);
  const { config } = await openKeras(bytes);
  const { layers } = (config as unknown as { config: { layers: { name: string }[] } }).config;
  // As Keras 3.15 lists them once it has loaded the file: without the operations "a" and "far" would come first.
  const names = ["b", "a", "other", "far", "near", "not_equal", "masking", "first", "any", "last"];
  expect(layers.map(({ name }) => name)).toEqual(names);
  const x = [1, 2].map((k) => Array.from({ length: 24 }, (_, i) => Math.sin(k * i)));
  const data = x.map((values) => new Tensor([2, 4, 3], Float32Array.from(values)));
  const expected = await net.predict(data);
  expect(await (await loadKeras(bytes)).predict(data as never)).toEqual(expected);
  const weights = await net.getWeights();
  await net.setWeights(
    weights.map(
      ({ shape, data }) =>
        new Tensor(
          shape,
          data.map(() => 0),
        ),
    ),
  );
  await loadKerasWeights(net, bytes);
  expect(await net.predict(data)).toEqual(expected);
});

test.each(["keras3-branches.keras", "keras3-branches.h5", "keras2-branches.keras", "keras2-branches.h5"])(
  "%s, with several inputs and outputs, answers as in Keras and comes back",
  async (file) => {
    const stored = await readSamples(kerasFile(file.replace(/\.\w+$/, ".npz")));
    const model = await loadKeras(kerasFile(file));
    expect(await checkParity(model, stored, { absolute: 1e-6 })).toMatchObject({ agrees: true, compared: 8 });
    const again = await loadKeras(await encodeKeras(model));
    expect(await again.predict(stored.x)).toEqual(await model.predict(stored.x));
  },
);

test("a functional model is read into layers and calls, the same from Keras 2 and 3", async () => {
  const wirings = await Promise.all(
    ["keras3-branches.keras", "keras2-branches.keras"].map(async (file) => {
      const { config, version } = await openKeras(kerasFile(file));
      const read = readModel(config as Json, { version: Number.parseInt(version!, 10), warn: () => {} });
      const { layers, calls, inputs, outputs } = read.architecture as unknown as {
        layers: { kind: string; name: string }[];
        calls: { layer: number; inputs: { call: number; index: number }[] }[];
        inputs: { call: number }[];
        outputs: { call: number }[];
      };
      const nameOf = (call: number) => layers[calls[call].layer].name.replace(/_\d+$/, "");
      return {
        calls: calls
          .map((call, i) => `${nameOf(i)}(${call.inputs.map((source) => nameOf(source.call)).join()})`)
          .sort(),
        ends: [inputs, outputs].map((list) => list.map(({ call }) => nameOf(call))),
        places: read.layers.map(({ name, place }) => [name.replace(/_\d+(?=\/|$)/, ""), place]).sort(),
      };
    }),
  );
  expect(wirings[1]).toEqual(wirings[0]);
  expect(wirings[0].ends).toEqual([
    ["left", "right", "other"],
    ["score", "kind"],
  ]);
  expect(wirings[0].calls).toEqual(
    expect.arrayContaining(["reader(table)", "concatenate(reader,reader,dense)", "multiply(head,head)"]),
  );
  // The model in the place of a layer has its own layers' places within its own.
  expect(wirings[0].places.filter(([name]) => name.startsWith("reader/")).map(([, place]) => place)).toEqual([
    "layers/sequential/layers/gru",
    "layers/sequential/layers/lstm",
  ]);
});

test("old forms of a Sequential model: the list alone, no input layer", async () => {
  const layer = {
    class_name: "Dense",
    config: { name: "d", units: 1, activation: "linear", batch_input_shape: [null, 2] },
  };
  const weights = await encodeHdf5({
    groups: ["layers", "layers/dense", "layers/dense/vars"].map((path) => ({ path, texts: {} })),
    tensors: [
      { path: "layers/dense/vars/0", shape: [2, 1], data: Float32Array.of(2, 3) },
      { path: "layers/dense/vars/1", shape: [1], data: Float32Array.of(1) },
    ],
  });
  const file = await encodeZip(
    new Map([
      ["config.json", new TextEncoder().encode(JSON.stringify({ class_name: "Sequential", config: [layer] }))],
      ["model.weights.h5", weights],
    ]),
  );
  const model = await loadKeras(file);
  expect((await model.predict([[10, 100]])).toArray()).toEqual([[321]]);
});
