import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { encodeKeras, loadKeras } from "../../src/interchange/index.ts";
import { adam, adamw, dense, exponentialDecay, input, rmsprop, sequential, sgd } from "../../src/model/index.ts";
import { decodeNpz, decodeZip, encodeZip, openKeras } from "../../src/storage/foreign.ts";
import { toFloat32Tensor, toTensor } from "../../src/storage/index.ts";
import { expectClose, kerasFile, samples } from "./files.ts";

describe("what the optimizer remembers", () => {
  test.each([
    ["float32", "keras3-trained", 4, 5],
    ["float64", "keras3-doubles", 3, 4],
  ])("a training that Keras began in %s goes on here as it would there", async (_, name, iterations, batchSize) => {
    const { x, y } = await samples(`${name}.npz`);
    const target = toFloat32Tensor((await decodeNpz(kerasFile(`${name}.npz`))).get("target")!, "target");
    const net = await loadKeras(kerasFile(`${name}.keras`), { onWarning: expect.unreachable });
    expect((await net.getOptimizerState()).iterations).toBe(iterations);
    // And comes back.
    const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
    expect(await again.getOptimizerState()).toEqual(await net.getOptimizerState());
    for (const one of [net, again]) {
      await one.fit(x, target, { batchSize, epochs: 3 });
      expectClose(await one.predict(x), y, 1e-5);
    }
  });

  test("a functional model goes on, with averages and gathered gradients, as in Keras", async () => {
    const arrays = await decodeNpz(kerasFile("keras3-going-on.npz"));
    const array = (name: string) => toFloat32Tensor(arrays.get(name)!, name);
    const net = await loadKeras(kerasFile("keras3-going-on.keras"), { onWarning: expect.unreachable });
    // Two of three gradients have been gathered.
    expect((await net.getOptimizerState()).iterations).toBe(8);
    const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
    expect(await again.getOptimizerState()).toEqual(await net.getOptimizerState());
    for (const one of [net, again]) {
      const options = { batchSize: 5, epochs: 5, shuffle: false };
      const { history } = await one.fit([array("x0"), array("x1")] as never, array("target"), options);
      expectClose(new Tensor([5], Float32Array.from(history.loss)), array("loss"));
      const weights = await one.getWeights();
      for (const [i, weight] of weights.entries()) expectClose(weight, array(`w${i}`));
    }
  });

  test("a rate that a callback has changed goes with it", async () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1 })]);
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "mse" });
    await net.fit([[1]], [[2]]);
    net.learningRate = 0.25;
    const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
    expect(again.learningRate).toBe(0.25);

    const decay = exponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 });
    net.compile({ optimizer: adam({ learningRate: decay }), loss: "mse" });
    await net.fit([[1]], [[2]]);
    net.learningRate = 0.25;
    const told: string[] = [];
    await encodeKeras(net, { onWarning: (text) => told.push(text) });
    expect(told).toEqual([expect.stringContaining("0.25, which took its place, is not written")]);
  });

  test("what a file of another form remembers is not read, and that is said", async () => {
    const told: string[] = [];
    const net = await loadKeras(kerasFile("keras3-trained.h5"), { onWarning: (text) => told.push(text) });
    expect(told).toEqual([expect.stringMatching("^The optimizer starts anew")]);
    expect((await net.getOptimizerState()).iterations).toBe(0);
  });

  test.each([
    ["sgd", sgd({ momentum: 0.5 })],
    ["rmsprop", rmsprop({ momentum: 0.5, centered: true })],
    [
      "a schedule",
      adamw({ learningRate: exponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 }) }),
    ],
    ["nothing but its steps", sgd()],
  ])("%s goes on to the same bits", async (_, optimizer) => {
    const net = sequential([input({ shape: [2] }), dense({ units: 3, trainable: false }), dense({ units: 1 })]);
    net.compile({ optimizer, loss: "mse" });
    const [x, y] = [
      [
        [1, 2],
        [3, 4],
      ],
      [[0], [1]],
    ];
    await net.fit(x, y, { epochs: 2 });
    const again = await loadKeras(await encodeKeras(net));
    expect(await again.getOptimizerState()).toEqual(await net.getOptimizerState());
    for (const one of [net, again]) await one.fit(x, y, { epochs: 2, shuffle: false });
    expect(await again.getWeights()).toEqual(await net.getWeights());
  });

  test("what was frozen since the model was compiled is left out, and the rest goes on", async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 3 }), dense({ units: 1 })]);
    net.compile({ optimizer: adam(), loss: "mse" });
    await net.fit([[1, 2]], [[0]], { epochs: 3 });
    net.layers[1].trainable = false;
    const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
    const { iterations, tensors } = await again.getOptimizerState();
    expect([iterations, [...tensors.keys()].map((name) => name.replace(/^\w+\//, ""))]).toEqual([
      3,
      ["dense_1/kernel", "dense_1/bias", "dense_1/kernel", "dense_1/bias"],
    ]);
    const before = (await net.getOptimizerState()).tensors;
    for (const [name, tensor] of tensors) expect(tensor).toEqual(before.get(name));
  });

  test("what was freed since has nothing to go on from, and that is said", async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 3, trainable: false }), dense({ units: 1 })]);
    net.compile({ optimizer: adam(), loss: "mse" });
    await net.fit([[1, 2]], [[0]]);
    net.layers[1].trainable = true;
    const told: string[] = [];
    await loadKeras(await encodeKeras(net), { onWarning: (text) => told.push(text) });
    expect(told).toEqual([
      expect.stringContaining("The optimizer starts anew: Expected 10 arrays of the optimizer, found 6"),
    ]);
  });

  test("before its first step it has the two numbers that Keras writes", async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    net.compile({ optimizer: sgd({ learningRate: 0.25 }), loss: "mse" });
    const file = await openKeras(await encodeKeras(net));
    const [arrays] = await file.arrays(["optimizer"]);
    expect(arrays.map((array) => toTensor(array, "").data[0])).toEqual([0, 0.25]);
    file.close();
  });

  test("what does not fit is said, and it starts anew", async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    net.compile({ optimizer: adam(), loss: "mse" });
    await net.fit([[1, 2]], [[0]]);
    const files = new Map<string, Uint8Array>();
    for (const [name, entry] of decodeZip(await encodeKeras(net))) files.set(name, await entry.read());
    const text = new TextDecoder().decode(files.get("config.json")).replace('"amsgrad":false', '"amsgrad":true');
    const warnings: string[] = [];
    const other = await loadKeras(await encodeZip(files.set("config.json", new TextEncoder().encode(text))), {
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toEqual([expect.stringContaining("The optimizer starts anew: Expected 8 arrays")]);
    expect((await other.getOptimizerState()).iterations).toBe(0);
    expect(await other.getWeights()).toEqual(await net.getWeights());
  });
});
