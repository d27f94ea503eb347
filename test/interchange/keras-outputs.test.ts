// Models of several outputs: how they are compiled, and that their training goes on, in both directions.

import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { encodeKeras, loadKeras, loadKerasWeights } from "../../src/interchange/index.ts";
import { readTraining, writeTraining } from "../../src/interchange/keras/training.ts";
import {
  adam,
  add,
  dense,
  f1Score,
  gru,
  input,
  type Json,
  type JsonObject,
  type LossName,
  type Metric,
  type MetricName,
  model,
  sequential,
  sgd,
} from "../../src/model/index.ts";
import { decodeNpz, decodeZip, encodeZip, openKeras } from "../../src/storage/foreign.ts";
import { toFloat32Tensor } from "../../src/storage/index.ts";
import { errorOf, expectClose, kerasFile } from "./files.ts";

interface Written {
  readonly config: { readonly input_layers: Json; readonly output_layers: Json };
  readonly compile_config: Readonly<Record<string, Json>>;
}

async function written(bytes: Uint8Array): Promise<Written> {
  const file = await openKeras(bytes);
  file.close();
  return file.config as unknown as Written;
}

/** A file of Keras with another `compile_config`. */
async function compiledAs(name: string, change: (compile: Record<string, Json>) => void): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [entry, { read }] of decodeZip(kerasFile(name))) files.set(entry, await read());
  const config = JSON.parse(new TextDecoder().decode(files.get("config.json")));
  change(config.compile_config);
  return encodeZip(files.set("config.json", new TextEncoder().encode(JSON.stringify(config))));
}

const smooth = { name: "categoricalCrossentropy", fromLogits: false, labelSmoothing: 0.25 };

describe.each([
  [
    "a list",
    "keras3-several",
    ["low", "more", "kind"],
    { low: ["mae", "rmse"], more: [], kind: ["accuracy"] },
    undefined,
  ],
  [
    "a record",
    "keras3-named",
    ["walk", "idle", "kind"],
    { walk: ["mae", "rmse"], idle: [], kind: ["accuracy"] },
    { walk: [], idle: [], kind: [{ name: "auc", numThresholds: 200 }] },
  ],
])("outputs as %s", (_, name, [first, untrained, kind], metrics, weightedMetrics) => {
  const load = (bytes = kerasFile(`${name}.keras`)) => loadKeras(bytes, { onWarning: expect.unreachable });

  test("compiled as in Keras, and again from our own file", async () => {
    const net = await load();
    expect(net.outputNames).toEqual([first, untrained, kind]);
    const { compile } = net.toConfig();
    expect(compile).toMatchObject({
      optimizer: { name: "adam", learningRate: 0.05 },
      loss: { [first]: { name: "meanSquaredError" }, [untrained]: null, [kind]: smooth },
      lossWeights: { [first]: 2, [untrained]: 1, [kind]: 0.5 },
      metrics,
      ...(weightedMetrics ? { weightedMetrics } : {}),
    });
    expect(compile).toEqual((await load(await encodeKeras(net))).toConfig().compile);
  });

  test("a training goes on as in Keras, with the same history", async () => {
    const arrays = await decodeNpz(kerasFile(`${name}.npz`));
    const array = (key: string) => toFloat32Tensor(arrays.get(key)!, key);
    const net = await load();
    const again = await load(await encodeKeras(net));
    expect(await again.getOptimizerState()).toEqual(await net.getOptimizerState());
    for (const one of [net, again]) {
      const { history } = await one.fit(
        array("x"),
        { [first]: array("y0"), [kind]: array("y2") },
        { batchSize: 5, epochs: 2, shuffle: false },
      );
      const keras = [...arrays.keys()].filter((key) => key.startsWith("history/"));
      expect(keras.length).toBeGreaterThan(5);
      for (const key of keras) {
        const own = key.slice("history/".length).replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
        expectClose(new Tensor([2], Float32Array.from(history[own] ?? [])), array(key), 2e-6);
      }
      for (const [i, weight] of (await one.getWeights()).entries()) expectClose(weight, array(`w${i}`), 2e-6);
    }
  });

  test("our file says what Keras's does", async () => {
    const keras = await written(kerasFile(`${name}.keras`));
    const ours = await written(await encodeKeras(await load()));
    expect(ours.config.output_layers).toEqual(keras.config.output_layers);
    expect(ours.config.input_layers).toEqual(keras.config.input_layers);
    const { loss, loss_weights, metrics } = ours.compile_config;
    expect(loss).toMatchObject({ [first]: "mean_squared_error", [untrained]: null });
    expect(loss_weights).toEqual({ [first]: 2, [untrained]: 1, [kind]: 0.5 });
    const rmse = {
      class_name: "RootMeanSquaredError",
      config: { name: "rmse" },
      module: "keras.metrics",
      registered_name: null,
    };
    expect(metrics).toEqual({ [first]: ["mae", rmse], [untrained]: null, [kind]: ["accuracy"] });
  });
});

describe("what may stand in a compile_config", () => {
  const losses = async (name: string, change: (compile: Record<string, Json>) => void) => {
    const told: string[] = [];
    const net = await loadKeras(await compiledAs(name, change), { onWarning: (text) => told.push(text) });
    return { compile: net.toConfig().compile as Record<string, Json> | null, told };
  };

  test("one loss for all, and one each in Keras's order, which is that of the names", async () => {
    const all = await losses("keras3-named.keras", (compile) => {
      Object.assign(compile, { loss: "mse", loss_weights: null, metrics: null, weighted_metrics: null });
    });
    const mse = { name: "meanSquaredError" };
    expect(all).toMatchObject({ compile: { loss: { walk: mse, idle: mse, kind: mse } }, told: [] });
    const each = await losses("keras3-named.keras", (compile) => {
      const metrics = [["mse"], null, "mape"];
      Object.assign(compile, { loss: ["mae", null, "MSE"], loss_weights: [3, 1, 2], metrics, weighted_metrics: [] });
    });
    expect(each).toMatchObject({
      compile: {
        loss: { walk: mse, idle: { name: "meanAbsoluteError" }, kind: null },
        lossWeights: { walk: 2, idle: 3, kind: 1 },
        metrics: { walk: ["meanAbsolutePercentageError"], idle: ["mse"], kind: [] },
      },
      told: [],
    });
  });

  test("what is not known is said: of a metric alone, of a loss for the whole", async () => {
    const metric = await losses("keras3-several.keras", (compile) => {
      compile.metrics = { low: ["mae", "cosine_similarity"], more: ["mae"] };
    });
    expect(metric.compile).toMatchObject({ metrics: { low: ["mae"], more: [], kind: [] } });
    expect(metric.told).toEqual([
      expect.stringContaining('A metric is left out: Gruvy has nothing for the metric "cosine_similarity"'),
      expect.stringContaining('The metrics of the output "more" are left out'),
    ]);
    for (const [change, message] of [
      [{ loss: ["mse", null] }, "a list of 2"],
      [{ loss: { low: "mse", high: "mae" } }, 'the loss of an output "high"'],
      [{ loss: [null, null, null] }, "the loss null"],
      [{ loss: "ctc" }, 'Unknown loss "ctc"'],
      [{ loss_weights: [1] }, "loss_weights for 3 outputs"],
      [{ loss_weights: ["a", 1, 1] }, "loss weight of low"],
    ] as const) {
      const { compile, told } = await losses("keras3-several.keras", (given) => {
        Object.assign(given, change);
      });
      expect(compile, message).toBeNull();
      expect(told).toEqual([expect.stringMatching(`^The model is not compiled: .*`)]);
      expect(told[0]).toContain(message);
    }
  });
});

test("outputs of one layer have one name in Keras, and are told apart by their places", async () => {
  const [a, b] = [input({ shape: [3], name: "a" }), input({ shape: [3], name: "b" })];
  const head = dense({ units: 1, name: "head" });
  const net = model({ inputs: [a, b], outputs: [head.apply(a), head.apply(b), add().apply([a, b])] });
  net.compile({ loss: ["mse", "mae", null], lossWeights: [1, 2, 0], metrics: [["mae"], [], []] });
  const bytes = await encodeKeras(net, { onWarning: expect.unreachable });
  const { compile_config } = await written(bytes);
  expect(compile_config).toMatchObject({
    loss: ["mean_squared_error", "mean_absolute_error", null],
    loss_weights: [1, 2, 0],
    metrics: [["mae"], null, null],
    weighted_metrics: null,
  });
  const again = await loadKeras(bytes, { onWarning: expect.unreachable });
  expect(again.toConfig().compile).toEqual(net.toConfig().compile);
});

test("names of inputs and outputs that are not those of layers come back", async () => {
  const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
  const [p, q] = [dense({ units: 1, name: "p" }).apply(a), dense({ units: 1, name: "q" }).apply(b)];
  const net = model({ inputs: { second: b, first: a }, outputs: { z: p, y: q } });
  const again = await loadKeras(await encodeKeras(net));
  expect([again.inputNames, again.outputNames]).toEqual([
    ["second", "first"],
    ["z", "y"],
  ]);
  const x = { first: [[1, 2]], second: [[3, 4]] };
  expect(await again.predict(x)).toEqual(await net.predict(x));
  // Those of layers stay a list, which Keras takes data by name for too.
  const like = model({ inputs: { a, b }, outputs: [p, q] });
  const { config } = await written(await encodeKeras(like));
  expect(config.input_layers).toEqual([
    ["a", 0, 0],
    ["b", 0, 0],
  ]);
});

test("the weight of a single loss, and metrics that Keras lacks", async () => {
  const net = sequential([input({ shape: [2] }), dense({ units: 3, activation: "softmax" })]);
  net.compile({ optimizer: sgd(), loss: "categoricalCrossentropy", lossWeights: 2, metrics: ["smape", "rmse"] });
  const told: string[] = [];
  const bytes = await encodeKeras(net, { onWarning: (text) => told.push(text) });
  expect(told).toEqual(['The file does not have the metric "smape", which Keras lacks.']);
  expect((await written(bytes)).compile_config.loss_weights).toEqual([2]);
  expect((await loadKeras(bytes)).toConfig().compile).toMatchObject({ lossWeights: 2, metrics: ["rmse"] });
});

test.each([
  "meanAbsolutePercentageError",
  "klDivergence",
  "logCosh",
  { name: "huber", delta: 0.5 },
  { name: "binaryCrossentropy", labelSmoothing: 0.1 },
  { name: "binaryFocalCrossentropy", gamma: 1, alpha: 0.5, applyClassBalancing: true },
  { name: "categoricalFocalCrossentropy", gamma: 3, fromLogits: true },
])("the loss %j comes back", async (loss) => {
  const net = sequential([input({ shape: [2] }), dense({ units: 2 })]);
  net.compile({ optimizer: adam(), loss: loss as never });
  const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
  expect(again.toConfig().compile).toEqual(net.toConfig().compile);
});

test.each([
  "r2Score",
  "logCosh",
  "klDivergence",
  "mape",
  { name: "topKCategoricalAccuracy", k: 2 },
  { name: "auc", numThresholds: 50 },
])("the metric %j comes back", async (metric) => {
  const net = sequential([input({ shape: [2] }), dense({ units: 3 })]);
  net.compile({ loss: "mse", metrics: ["accuracy"] });
  const config = { ...(net.toConfig().compile as object), metrics: [metric] };
  const { modelFromConfig } = await import("../../src/model/index.ts");
  const own = modelFromConfig({ ...net.toConfig(), compile: config });
  const again = await loadKeras(await encodeKeras(own), { onWarning: expect.unreachable });
  const plain = (value: unknown) => JSON.stringify(value).replace("mape", "meanAbsolutePercentageError");
  expect(plain(again.toConfig().compile)).toBe(plain(own.toConfig().compile));
});

describe("weights alone, of several outputs", () => {
  /** The layers of keras3-named.keras, whose outputs Keras has in the order of their names: more, kind, low. */
  const made = (names: readonly (string | undefined)[]) => {
    const [shared, low, more, kind] = names.map((name) => (name === undefined ? {} : { name }));
    const x = input({ shape: [4, 3] });
    const state = gru({ units: 3, ...shared }).apply(x);
    const heads = [
      dense({ units: 1, ...low }),
      dense({ units: 1, ...more }),
      dense({ units: 3, activation: "softmax", ...kind }),
    ];
    return model({ inputs: x, outputs: heads.map((head) => head.apply(state)) });
  };

  test.each([
    [["shared", "low", "more", "kind"]],
    [[undefined, "low", "more", "kind"]],
    [["shared", "low", "more", undefined]],
  ])("go to the layers of their names: %j", async (names) => {
    const arrays = await decodeNpz(kerasFile("keras3-named.npz"));
    const x = toFloat32Tensor(arrays.get("x")!, "x");
    const whole = await loadKeras(kerasFile("keras3-named.keras"));
    const { walk, idle, kind } = (await whole.predict(x)) as unknown as Record<string, Tensor>;
    const net = made(names);
    await loadKerasWeights(net, kerasFile("keras3-named.keras"));
    expect(await net.predict(x)).toEqual([walk, idle, kind]);
  });

  test("without the names of the file they lie in the order of the model", async () => {
    // More, kind, low: the second and third do not fit.
    const error = await errorOf(loadKerasWeights(made(["a", "b", "c", "d"]), kerasFile("keras3-named.keras")));
    expect(error.message).toContain('Expected shape [3, 1] for "c/kernel", found [3, 3]');
  });
});

describe("f1Score, which Keras has of one-hot rows and with other defaults", () => {
  const outputs = { keras: { names: ["dense"], byName: false }, own: ["dense"] };
  const saved = (units: number, loss: LossName, metrics: (MetricName | Metric)[]) => {
    const net = sequential([input({ shape: [2] }), dense({ units })]);
    net.compile({ loss, metrics });
    const told: string[] = [];
    const compile = net.toConfig().compile as JsonObject;
    const found = writeTraining(compile, { ...outputs, targets: net.targets }, (text) => told.push(text)) as JsonObject;
    return { found, metrics: found.metrics, told };
  };
  const f1 = (config: object) => [expect.objectContaining({ class_name: "F1Score", config })];

  test("says what Keras would do otherwise", () => {
    const mean = saved(3, "categoricalCrossentropy", ["f1Score"]);
    expect(mean.metrics).toEqual(f1({ name: "f1_score", average: "macro", threshold: null }));
    const own = f1Score({ average: "micro", threshold: 0.25 });
    const several = saved(3, "categoricalCrossentropy", [own]);
    expect(several.metrics).toEqual(f1({ name: "f1_score", average: "micro", threshold: 0.25 }));
    expect(readTraining(several.found, outputs, expect.unreachable).metrics).toEqual([own.config]);
    // A single output is a yes above 0.5 here, and in Keras whatever it is.
    const single = saved(1, "binaryCrossentropy", ["f1Score"]);
    expect(single.metrics).toEqual(f1({ name: "f1_score", average: "macro", threshold: 0.5 }));
    expect([...mean.told, ...several.told, ...single.told]).toEqual([]);
  });

  test("is left out where targets are class numbers", () => {
    const { metrics, told } = saved(3, "sparseCategoricalCrossentropy", ["f1Score", "accuracy"]);
    expect(metrics).toEqual(["accuracy"]);
    expect(told).toEqual(['The file does not have the metric "f1Score", which Keras has of one-hot rows alone.']);
  });

  test("one number a class is another thing than ours", () => {
    const metric = (average: Json) => ({
      module: "keras.metrics",
      class_name: "F1Score",
      config: { name: "f1_score", dtype: "float32", average, threshold: null },
    });
    const told: string[] = [];
    const given = { loss: "mse", metrics: [metric("weighted"), metric(null)] };
    const { metrics } = readTraining(given, outputs, (text) => told.push(text));
    expect(metrics).toEqual([{ name: "f1Score", average: "weighted" }]);
    expect(told).toEqual([expect.stringContaining("Gruvy has nothing for the option average of F1Score null")]);
  });
});
