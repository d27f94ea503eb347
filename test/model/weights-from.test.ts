import { describe, expect, it } from "vitest";
import {
  attention,
  bidirectional,
  concatenate,
  dense,
  embedding,
  gru,
  input,
  masking,
  model,
  type SymbolicTensor,
  sequential,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";

/** An encoder, a decoder with attention, and the model that is trained of both. */
function translator() {
  const source = input({ shape: [null], name: "source" });
  const target = input({ shape: [null], name: "target" });
  const embedded = embedding({ inputDim: 7, outputDim: 3, maskZero: true }).apply(source);
  const reader = bidirectional(gru({ units: 2, returnSequences: true, returnState: true }));
  const [read, ...ends] = reader.apply<SymbolicTensor[]>(embedded);
  const start = concatenate().apply(ends);
  const words = embedding({ inputDim: 6, outputDim: 3, maskZero: true });
  const writer = gru({ units: 4, returnSequences: true, returnState: true });
  const attend = attention({ useScale: true });
  const scores = dense({ units: 6, activation: "softmax" });
  const write = (target: SymbolicTensor, state: SymbolicTensor, read: SymbolicTensor) => {
    const [written, next] = writer.apply<SymbolicTensor[]>([words.apply(target), state]);
    return { scores: scores.apply(concatenate().apply([attend.apply([written, read]), written])), state: next };
  };
  const trained = model({ inputs: { source, target }, outputs: write(target, start, read).scores, seed: 3 });
  const encoder = model({ inputs: source, outputs: { read, state: start }, seed: 4 });
  const last = input({ shape: [null], name: "last" });
  const state = input({ shape: [4], name: "state" });
  const memory = input({ shape: [null, 4], name: "memory" });
  const step = model({
    inputs: { last, state, memory },
    outputs: write(last, state, masking().apply(memory)),
    seed: 5,
  });
  return { trained, encoder, step };
}

describe("setWeightsFrom", () => {
  it("makes of a trained model a decoder that goes step by step, over padded sources too", async () => {
    const { trained, encoder, step } = translator();
    trained.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
    const source = [
      [3, 2, 5, 1],
      [4, 6, 0, 0],
    ];
    const target = [
      [1, 2, 3],
      [1, 5, 2],
    ];
    await trained.fit({ source, target }, target, { epochs: 5 });
    for (const part of [encoder, step]) await part.setWeightsFrom(trained);
    const whole = await trained.predict({ source, target });
    let { read, state } = await encoder.predict(source);
    for (let place = 0; place < 3; place++) {
      const last = target.map((row) => [row[place]]);
      const next = await step.predict({ last, state, memory: read });
      state = next.state;
      for (const row of [0, 1]) {
        const expected = whole.data.subarray((row * 3 + place) * 6, (row * 3 + place + 1) * 6);
        expect(closeBy(next.scores.data.subarray(row * 6, row * 6 + 6), expected, 1e-6)).toBe("");
      }
    }
  });

  it("finds layers by the names they were given, and not by those that were counted", async () => {
    const named = (name?: string) => sequential([input({ shape: [2] }), dense({ units: 3, name })], { seed: 1 });
    const [a, b] = [named("scores"), named("scores")];
    await a.setWeights([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [1, 2, 3],
    ]);
    await b.setWeightsFrom(a);
    expect(await b.getWeights()).toEqual(await a.getWeights());
    await expect(named().setWeightsFrom(named())).rejects.toMatchObject({
      code: "model/weights",
      message: expect.stringContaining('found no "dense"'),
    });
  });

  it("refuses layers that are missing, of another kind or of another shape, and changes nothing", async () => {
    const shared = dense({ units: 2, name: "shared" });
    const own = sequential([input({ shape: [3] }), shared, dense({ units: 1, name: "own" })]);
    const wide = sequential([input({ shape: [4] }), shared, dense({ units: 1, name: "own" })]);
    const alone = sequential([input({ shape: [3] }), shared]);
    const other = sequential([input({ shape: [null, 3] }), gru({ units: 2, name: "shared" })]);
    const before = await own.getWeights();
    await expect(own.setWeightsFrom(alone)).rejects.toMatchObject({ code: "model/weights" });
    await expect(own.setWeightsFrom(wide)).rejects.toThrow('Expected shape [3, 2] for "shared/kernel", found [4, 2]');
    await expect(alone.setWeightsFrom(other)).rejects.toThrow('Expected 2 weights for layer "shared", found 3');
    await expect(own.setWeightsFrom(3 as never)).rejects.toThrow("Expected a model to take weights from, found 3");
    const unbuilt = sequential([dense({ units: 2 })]);
    await expect(own.setWeightsFrom(unbuilt)).rejects.toMatchObject({ code: "model/not-built" });
    expect(await own.getWeights()).toEqual(before);
  });
});
