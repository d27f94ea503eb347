import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { dense, linearWarmup, sequential } from "../../src/model/index.ts";
import { scheduleFromConfig } from "../../src/model/schedules.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import type { OptimizerCase } from "../golden/records.ts";
import { camel, optimizerOf, scheduleOf } from "./keras.ts";

const WEIGHT = 1e-6;
const SLOT = 1e-5;
const [rows, columns, units] = [3, 4, 5];

/** The matrix with a column of zeros, so that it stands beside the vector in one dense layer: kernel and bias. */
function widened(matrix: Tensor): Tensor {
  const data = new Float32Array(rows * units);
  matrix.data.forEach((value, i) => {
    data[Math.floor(i / columns) * units + (i % columns)] = value;
  });
  return new Tensor([rows, units], data);
}

const narrowed = ({ data }: Tensor): number[] => Array.from<number>(data).filter((_, i) => i % units < columns);

/**
 * Rows 0 to 2 of the input are unit vectors, row 3 is zero. The output's gradient is then the kernel's in rows 0 to 2,
 * and with the bias's less their sum in row 3, the bias's comes out as well.
 */
const x = new Tensor([4, rows], Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0));

function outputGradient([kernel, bias]: readonly Tensor[]): Float64Array {
  const wide = widened(kernel).data;
  const last = Array.from(bias.data, (value, j) => value - wide[j] - wide[units + j] - wide[2 * units + j]);
  return Float64Array.from([...wide, ...last]);
}

async function hold(record: OptimizerCase): Promise<void> {
  const { variables, gradients, after, learningRates, slots } = record;
  const model = sequential([dense({ units })]);
  model.compile({ optimizer: optimizerOf(record), loss: "meanSquaredError" });
  await model.prepare(x, undefined, false);
  await model.setWeights([widened(variables[0]), variables[1]]);
  for (const [step, wanted] of gradients.entries()) {
    expect(Math.abs(model.learningRate / learningRates[step] - 1)).toBeLessThan(1e-8);
    const output = await model.predict(x);
    const slope = outputGradient(wanted);
    const target = Float32Array.from(output.data, (value, i) => value - (output.data.length / 2) * slope[i]);
    await model.fit(x, new Tensor(output.shape, target), { batchSize: 4 });
    const [kernel, bias] = await model.getWeights();
    expect(closeBy(narrowed(kernel), after[step][0].data, WEIGHT), `matrix after step ${step + 1}`).toBe("");
    expect(closeBy(bias.data, after[step][1].data, WEIGHT), `vector after step ${step + 1}`).toBe("");
  }
  const { iterations, tensors } = await model.getOptimizerState();
  expect(iterations).toBe(gradients.length);
  const names = new Set(slots.map(({ path }) => path.replace(/^.*variable_[01]_/, "")));
  expect(new Set([...tensors.keys()].map((key) => key.split("/")[0]))).toEqual(new Set([...names].map(camel)));
  for (const { path, tensor } of slots) {
    const [, variable, name] = /variable_([01])_(.*)$/.exec(path)!;
    const found = tensors.get(`${camel(name)}/dense/${variable === "0" ? "kernel" : "bias"}`)!;
    expect(closeBy(variable === "0" ? narrowed(found) : found.data, tensor.data, SLOT), path).toBe("");
  }
  model.dispose();
}

describe("optimizers", () => {
  const cases = [...golden("optimizers"), ...golden("optimizers-more")];
  test.each(cases.map((record) => [record.name, record] as const))("%s", (_, record) => hold(record));
});

describe("schedules", () => {
  const ours = ["ExponentialDecay", "CosineDecay", "PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay"];
  test.each(golden("schedules").filter(({ className }) => ours.includes(className)))("$name", (record) => {
    const schedule = scheduleOf(record);
    for (const [i, step] of record.steps.entries()) {
      expect(Math.abs(schedule.at(step) - record.values[i]), `at step ${step}`).toBeLessThan(1e-9);
    }
  });
});

describe("linearWarmup, which Keras has within CosineDecay alone", () => {
  interface Case {
    readonly name: string;
    readonly config: Parameters<typeof linearWarmup>[0];
    readonly values: readonly number[];
  }
  const file = new URL("../golden/torch-files/schedules.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };
  test.each(cases)("$name: the rates of PyTorch", ({ config, values }) => {
    const schedule = linearWarmup(config);
    for (const [step, value] of values.entries()) {
      expect(Math.abs(schedule.at(step) - value), `at step ${step}`).toBeLessThan(1e-9);
    }
    expect(scheduleFromConfig(schedule.config).at(2)).toBe(schedule.at(2));
  });
});
