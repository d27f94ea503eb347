// What a short training says at its end, and one that was resumed.
import { expect, it } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  adam,
  type Callback,
  constant,
  dense,
  dropout,
  gru,
  input,
  lstm,
  type Sequential,
  sequential,
  sgd,
  type TrainingState,
} from "../../src/model/index.ts";
import { numbers } from "./data.ts";

const x = numbers(3, 64, 5, 2);
const last = new Tensor(
  [64, 1],
  Float32Array.from({ length: 64 }, (_, row) => x.data[row * 10 + 8]),
);
const made = (bias: number, learningRate: number): Sequential => {
  const biasInitializer = constant(bias);
  const layer = lstm({ units: 6, biasInitializer, unitForgetBias: false });
  const net = sequential([input({ shape: [5, 2] }), layer, dense({ units: 1 })]);
  net.compile({ optimizer: adam({ learningRate }), loss: "mse" });
  return net;
};
const findingsOf = async (net: Sequential, options: object) => (await net.fit(x, last, options)).findings;

it("names shut gates and dead units after some steps, in one epoch or two, and nothing of healthy ones", async () => {
  for (const options of [{ epochs: 2, batchSize: 16 }, { batchSize: 4 }]) {
    const shut = (await findingsOf(made(-40, 1e-4), options)).join("\n");
    expect(shut).toMatch("The output gate of layer lstm is shut in 100 % of its values");
    expect(shut).toMatch("6 of 6 units of layer lstm are dead");
    expect(await findingsOf(made(0, 1e-4), options)).toEqual([]);
    expect(await findingsOf(made(0, 0.03), options)).toEqual([]);
  }
});

it("names shut gates of a longer training, though the loss fell", async () => {
  const shut = sequential([
    input({ shape: [5, 2] }),
    gru({ units: 6, biasInitializer: constant(-20) }),
    dense({ units: 1 }),
  ]);
  shut.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "mse" });
  const { findings, history } = await shut.fit(x, last, { epochs: 7, batchSize: 2 });
  expect(history.loss.at(-1)).toBeLessThan(0.95 * history.loss[0]);
  expect(findings.join("\n")).toMatch(/^The update gate of layer gru is shut in 100 %/);
  expect(await findingsOf(made(0, 0.01), { epochs: 7, batchSize: 2 })).toEqual([]);
});

it("says of a loss that stands still, or does not fall, that it does so", async () => {
  const still = async (epochs: number, batchSize: number, rate = 0): Promise<string> => {
    const net = sequential([input({ shape: [5, 2] }), gru({ units: 3 }), dropout({ rate }), dense({ units: 1 })]);
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    return (await findingsOf(net, { epochs, batchSize })).join("\n");
  };
  expect(await still(2, 8)).toMatch(/^The loss has not moved in 2 epochs: /);
  expect(await still(6, 8, 0.5)).toMatch(/^(The loss has not fallen in 6 epochs: .*|)$/);
  expect(await findingsOf(made(0, 0.01), { epochs: 1, batchSize: 1 })).toEqual([]);
});

it("finds the same in a resumed training", async () => {
  const options = { epochs: 6, batchSize: 8 };
  const states: TrainingState[] = [];
  // The rate of the first epoch lets the loss leap; the others bring it back.
  const leap: Callback = {
    name: "leap",
    onEpochBegin: (epoch, trainer) => {
      trainer.learningRate = epoch === 1 ? 30 : 0.001;
    },
    getState: () => ({}),
  };
  const keep: Callback = { onStanding: async (_, trainer) => void states.push(await trainer.getState()) };
  const whole = await findingsOf(made(0, 0.001), { ...options, callbacks: [leap, keep] });
  expect(whole.join("\n")).toMatch("gradients explode");
  for (const state of [states[3], states.at(-2)]) {
    const resumeFrom = { ...state!, run: JSON.parse(JSON.stringify(state!.run)) };
    expect(await findingsOf(made(0, 0.001), { ...options, callbacks: [leap], resumeFrom })).toEqual(whole);
  }
});
