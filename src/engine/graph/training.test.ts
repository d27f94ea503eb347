import { afterAll, describe, expect, it } from "vitest";
import { closeBy, sameBits, uniform } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import type { UpdateRule } from "../kernels/index.ts";
import { updateTwin } from "../kernels/optimizer.twin.ts";
import { closeTeam } from "../runtime/index.ts";
import { interpret } from "./interpreter.twin.ts";
import type { Layer, Stack } from "./stack.twin.ts";
import type { Clipping } from "./update.ts";

// Whole training steps: gradients through clipping and the optimizer into the weights, several in a row.

const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
const rmsprop = { kind: "rmsprop", rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false } as const;
const norm = (values: Float64Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

afterAll(closeTeam);

type Twin = Map<string, { shape: readonly number[]; data: Float64Array }>;

/** Some steps by the engine and by the twin; what differs. */
async function compare(
  stack: Stack,
  options: { rule: UpdateRule; clipping?: Clipping; decay?: number; steps: number; rows: number },
): Promise<string[]> {
  const { rule, clipping, decay = 0, steps, rows } = options;
  const run = new StackRun(stack, { loss: binary, rule, clipping, decays: decay !== 0 });
  const { x, y } = sampleData(stack, rows);
  const slots = { sgd: 1, rmsprop: 1, adam: 2 }[rule.kind];
  const twin: Twin = new Map(
    [...run.start].map(([path, { shape, data }]) => [path, { shape, data: Float64Array.from(data) }]),
  );
  const state = new Map(
    [...twin].map(([path, { data }]) => [path, Array.from(data, () => new Array(slots).fill(0) as number[])]),
  );
  for (let step = 1; step <= steps; step++) {
    const bias = rule.kind === "adam" ? Math.sqrt(1 - rule.beta2 ** step) / (1 - rule.beta1 ** step) : 1;
    const rate = Math.fround(0.02 * bias);
    await run.train(x, y, { rows, rate, decay, iteration: step });
    const { gradients } = interpret(stack, twin, { rows, x, y }, { loss: binary, iteration: step });
    const all = Math.sqrt([...gradients.values()].reduce((sum, g) => sum + norm(g) ** 2, 0));
    for (const [path, { data }] of twin) {
      const gradient = gradients.get(path)!;
      const limit = clipping?.limit ?? 0;
      const factor =
        clipping?.kind === "norm"
          ? limit / Math.max(limit, norm(gradient))
          : clipping?.kind === "globalNorm"
            ? limit / Math.max(limit, all)
            : 1;
      gradient.forEach((value, i) => {
        const scaled = clipping?.kind === "value" ? Math.max(-limit, Math.min(limit, value)) : value * factor;
        const next = updateTwin(
          rule,
          { weight: data[i], slots: state.get(path)![i] },
          scaled,
          rate,
          Math.fround(decay),
        );
        data[i] = next.weight;
        state.get(path)![i] = [...next.slots];
      });
    }
  }
  const wrong: string[] = [];
  for (const [path, data] of await run.weights()) {
    const difference = closeBy(data, twin.get(path)!.data, 1e-4);
    if (difference) wrong.push(`${path} ${difference}`);
  }
  run.dispose();
  return wrong;
}

const sgd = { kind: "sgd", momentum: 0.9, nesterov: false } as const;
const small = samples["masked tokens, GRU twice, dropout"];

describe("several steps of training", () => {
  it.each<[string, UpdateRule, Clipping | undefined, number]>([
    ["sgd", sgd, undefined, 0],
    ["sgd, each element clipped", sgd, { kind: "value", limit: 0.003 }, 0],
    ["sgd, each weight's norm clipped", sgd, { kind: "norm", limit: 0.02 }, 0],
    ["sgd, the norm of all clipped", sgd, { kind: "globalNorm", limit: 0.05 }, 0],
    ["sgd, a norm that is never reached", sgd, { kind: "globalNorm", limit: 1000 }, 0],
    ["sgd, weights decay", sgd, undefined, 0.01],
    ["rmsprop, clipped", rmsprop, { kind: "norm", limit: 0.1 }, 0.001],
    ["adam, clipped, weights decay", adam, { kind: "globalNorm", limit: 0.1 }, 0.004],
  ])("%s", async (_, rule, clipping, decay) => {
    expect(await compare(small, { rule, clipping, decay, steps: 4, rows: 21 })).toEqual([]);
  });

  it("weights that fill many blocks, each clipped to its own norm", async () => {
    const stack: Stack = {
      input: { kind: "tokens", words: 3000, features: 20, maskZero: false },
      steps: 3,
      layers: [
        { layer: "flatten" },
        { layer: "affine", units: 300, useBias: true },
        { layer: "activation", function: "tanh" },
        { layer: "affine", units: 1, useBias: true },
        { layer: "activation", function: "sigmoid" },
      ],
    };
    for (const clipping of [
      { kind: "norm", limit: 0.01 },
      { kind: "globalNorm", limit: 0.01 },
    ] as const) {
      expect(await compare(stack, { rule: sgd, clipping, steps: 2, rows: 9 })).toEqual([]);
    }
  });
});

describe("weights that are not trained", () => {
  it.each(Object.entries(samples))("stay, and the others get the same gradients: %s", async (_, stack) => {
    const { x, y } = sampleData(stack, 33);
    const whole = new StackRun(stack, { loss: binary });
    await whole.train(x, y, { rows: 33 });
    const gradients = await whole.gradients();
    const paths = whole.executable.weights.map((weight) => weight.path);
    for (const frozen of paths) {
      const run = new StackRun(stack, { loss: binary }, 1, (path) => path !== frozen);
      await run.train(x, y, { rows: 33 });
      const after = await run.weights();
      expect(sameBits(after.get(frozen)!, run.start.get(frozen)!.data), frozen).toBe("");
      const before = await whole.weights();
      for (const path of paths.filter((other) => other !== frozen)) {
        expect(closeBy(after.get(path)!, before.get(path)!, 1e-6), `${path} beside ${frozen}`).toBe("");
      }
      run.dispose();
    }
    expect(gradients.size).toBe(paths.length);
    whole.dispose();
  });
});

it("totals are sums over rows and batches, as the twin counts them", async () => {
  for (const stack of Object.values(samples)) {
    const [rows, batchSize] = [53, 20];
    const { x, y } = sampleData(stack, rows);
    const metrics = [
      { kind: "squaredError" },
      { kind: "binaryAccuracy", threshold: 0.5 },
      { kind: "confusion", threshold: 0.4 },
    ] as const;
    const run = new StackRun(stack, { loss: binary, metrics });
    const { output, loss } = interpret(stack, run.start, { rows, x, y }, { loss: binary });
    const { totals, losses, batches } = await run.evaluate(x, y, rows, batchSize);
    const squares = output.reduce((sum, p, i) => sum + (p - y[i]) ** 2, 0);
    const right = output.reduce((sum, p, i) => sum + (Number(p > 0.5) === y[i] ? 1 : 0), 0);
    const count = (positive: boolean, is: number) =>
      output.reduce((sum, p, i) => sum + (p > 0.4 === positive && y[i] === is ? 1 : 0), 0);
    const expected = [loss * rows, rows, squares, rows, right, rows, count(true, 1), count(true, 0), count(false, 1)];
    expect(closeBy(totals, expected, 1e-6)).toBe("");
    expect([batches, losses.length]).toEqual([3, 3]);
    run.dispose();
  }
});

describe("gradients that vanish on a long way back", () => {
  const cell = {
    activation: "tanh",
    recurrentActivation: "sigmoid",
    useBias: false,
    returnSequences: false,
    goBackwards: false,
    dropout: 0,
    recurrentDropout: 0,
    seed: 1,
  } as const;
  const head: Layer[] = [
    { layer: "affine", units: 1, useBias: true },
    { layer: "activation", function: "sigmoid" },
  ];
  it.each(["gruAfter", "gruBefore", "lstm", "simpleRnn"] as const)(
    "%s: as in float64, without a denormal",
    async (layer) => {
      for (const input of [
        { kind: "sequence", features: 3 },
        { kind: "tokens", words: 9, features: 3, maskZero: true },
        { kind: "tokens", words: 9, features: 3, maskZero: false },
      ] as const) {
        for (const goBackwards of [false, true]) {
          const rows = 18;
          const stack: Stack = { input, steps: 160, layers: [{ ...cell, layer, units: 5, goBackwards }, ...head] };
          const { x, y } = sampleData(stack, rows);
          const run = new StackRun(stack, { loss: binary });
          // A small recurrent kernel: the gradient shrinks below 1e-30 after a few dozen steps.
          const recurrent = run.start.get("0/recurrent_kernel")!;
          recurrent.data.set(uniform(7, recurrent.data.length, 0.02));
          run.reset();
          const twin = interpret(stack, run.start, { rows, x, y }, { loss: binary });
          await run.train(x, y, { rows });
          for (const [path, gradient] of await run.gradients()) {
            expect(closeBy(gradient, twin.gradients.get(path)!, 1e-4), `${path} ${goBackwards}`).toBe("");
            expect(gradient.every((value) => value === 0 || Math.abs(value) > 1e-36)).toBe(true);
          }
          run.dispose();
        }
      }
    },
  );
});
