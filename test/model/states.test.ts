import { describe, expect, test } from "vitest";
import { random, Tensor } from "../../src/base/index.ts";
import { Executable, InputOp, TimeAxis, type Value, type Weight } from "../../src/engine/index.ts";
import { graph } from "../../src/model/graph.ts";
import {
  type AnyLayer,
  bidirectional,
  gru,
  gruCell,
  input,
  layerNormLstmCell,
  lstm,
  lstmCell,
  rnn,
  sequential,
  simpleRnn,
} from "../../src/model/index.ts";
import type { BuildContext, Symbolic } from "../../src/model/layers/layer.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import { numbers } from "./data.ts";
import { layersAtRest } from "./keras.ts";

// What recurrent layers start from and end with, as layers of a model with several inputs and outputs see it.

type Start = (weight: Weight, index: number) => ArrayLike<number>;

/** A layer built on inputs that are given: computes each of its outputs. */
class Built {
  private readonly layer: AnyLayer;
  private readonly start: Start;

  constructor(layer: AnyLayer, start: Start) {
    this.layer = layer;
    this.start = start;
  }

  async outputs(x: Tensor, states: readonly Tensor[] = []): Promise<Tensor[]> {
    const [rows, steps, features] = x.shape;
    const count = this.build(x, states).values.length;
    const found: Tensor[] = [];
    for (let output = 0; output < count; output++) {
      const { values, weights } = this.build(x, states);
      const value = values[output];
      const executable = new Executable({ outputs: [{ value }] });
      weights.forEach((weight, i) => {
        executable.setWeight(weight, this.start(weight, i));
      });
      const inputs = [x, ...states].map(({ data }) => Float32Array.from(data));
      const outcome = await executable.run("predict", { rows, batchSize: rows, steps: [steps], inputs });
      const shape = value.axis ? [rows, steps, value.features] : [rows, value.features];
      found.push(new Tensor(shape, outcome.outputs![0]));
      executable.dispose();
    }
    expect(features).toBeGreaterThan(0);
    return found;
  }

  private build(x: Tensor, states: readonly Tensor[]): { values: Value[]; weights: Weight[] } {
    const weights: Weight[] = [];
    const context: BuildContext = {
      name: "layer",
      seed: 0,
      use: 0,
      batchSize: undefined,
      trainable: true,
      initialize: (weight) => void weights.push(weight),
      warn: () => {},
      align: (a, b) => a === b,
      graph,
    };
    const axis = new TimeAxis(0);
    const first: Symbolic = { value: new InputOp(0, "sequence", x.shape[2], axis).output, steps: null };
    const others = states.map(
      ({ shape }, i): Symbolic => ({ value: new InputOp(1 + i, "vector", shape[1]).output, steps: null }),
    );
    const all = this.layer.buildAll([first, ...others], context);
    return { values: all.map(({ value }) => value), weights };
  }
}

const drawn: Start = ({ shape }, index) => {
  const source = random(7, 1, index);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => source.uniform(i) - 0.5);
};

const files = ["gru-reset-after", "gru-reset-before", "lstm", "simple-rnn", "rnn"] as const;
describe.each(files)("the states behind the last step are Keras's: %s", (file) => {
  const cases = golden(file).filter(({ state, mask }) => state && state.length > 0 && !mask);
  test.each(cases.map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const [layer] = layersAtRest(
      record.layers.map((one) => ({ ...one, config: { ...one.config, return_state: true } })),
    );
    const built = new Built(layer, (_, index) => record.weights[index].tensor.data);
    const [output, ...states] = await built.outputs(record.input);
    expect(closeBy(output.data, record.output.data, 1e-5)).toBe("");
    expect(states.length).toBe(record.state!.length);
    states.forEach((state, i) => {
      expect(state.shape).toEqual(record.state![i].shape);
      expect(closeBy(state.data, record.state![i].data, 1e-5), `state ${i}`).toBe("");
    });
  });
});

const all = { returnSequences: true, returnState: true };
const layers: [string, AnyLayer][] = [
  ["gru", gru({ units: 5, ...all })],
  ["lstm", lstm({ units: 4, ...all })],
  ["simple rnn", simpleRnn({ units: 3, ...all })],
  ["stacked cells", rnn([gruCell({ units: 3 }), lstmCell({ units: 2 })], all)],
  ["cells as formulas", rnn([layerNormLstmCell({ units: 3 }), gruCell({ units: 2 })], all)],
];

test.each(layers)("%s: a sequence goes on from the states that its beginning has left", async (_, layer) => {
  const [rows, steps] = [5, 11];
  const x = numbers(1, rows, steps, 2);
  const part = (from: number, to: number) =>
    new Tensor(
      [rows, to - from, 2],
      Float32Array.from({ length: rows * (to - from) * 2 }, (_, i) => {
        const row = Math.floor(i / (2 * (to - from)));
        return x.data[row * 2 * steps + 2 * from + (i % (2 * (to - from)))];
      }),
    );
  const built = new Built(layer, drawn);
  const whole = await built.outputs(x);
  const begun = await built.outputs(part(0, 4));
  const ended = await built.outputs(part(4, steps), begun.slice(1));
  ended.slice(1).forEach((state, i) => {
    expect(sameBits(state.data, whole[1 + i].data), `state ${i}`).toBe("");
  });
});

test("states of both directions, the first's before the second's", async () => {
  const layer = bidirectional(lstm({ units: 3, ...all }), { mergeMode: "sum" });
  const built = new Built(layer, drawn);
  const x = numbers(1, 4, 6, 2);
  const found = await built.outputs(x);
  expect(found.map(({ shape }) => shape)).toEqual([[4, 6, 3], ...new Array(4).fill([4, 3])]);
  const first = await new Built(lstm({ units: 3, ...all }), drawn).outputs(x);
  expect(sameBits(found[1].data, first[1].data)).toBe("");
  const given = found.slice(1);
  const again = await built.outputs(x, given);
  const forth = await new Built(lstm({ units: 3, ...all }), drawn).outputs(x, given.slice(0, 2));
  expect(sameBits(again[1].data, forth[1].data)).toBe("");
  expect(closeBy(again[4].data, found[4].data, 1e-4)).not.toBe("");
});

test("a stack of layers takes one output", () => {
  expect(() => sequential([input({ shape: [3, 1] }), gru({ units: 2, returnState: true }) as never])).toThrow(
    /one output at place 1, found gru with 2/,
  );
  const both = bidirectional(lstm({ units: 2, returnState: true }));
  expect(() => sequential([input({ shape: [3, 1] }), both as never])).toThrow(
    /one output at place 1, found bidirectional with 5/,
  );
});

test("states that do not fit are refused", async () => {
  const built = new Built(lstm({ units: 3, ...all }), drawn);
  const x = numbers(1, 4, 6, 2);
  const message = /initialState of 2 rows of 3, 3 features, found 3/;
  await expect(built.outputs(x, [numbers(1, 4, 3)])).rejects.toThrow(message);
  await expect(built.outputs(x, [numbers(1, 4, 3), numbers(1, 4, 2)])).rejects.toThrow(/found 3, 2/);
});
