import { afterAll, describe, expect, it } from "vitest";
import { interpret } from "../../src/engine/graph/interpreter.twin.ts";
import { closeTeam } from "../../src/engine/index.ts";
import { type GoldenFiles, golden } from "../golden/load.ts";
import type { LayerCase } from "../golden/records.ts";
import type { WeightValues } from "./compiled-run.ts";
import { type GoldenStack, goldenStack } from "./golden-stack.ts";
import { closeBy } from "./numbers.ts";
import { StackRun } from "./run-stack.ts";
import "./targets.ts";

// The graph's ops, and the float64 interpreter that judges random stacks of them, against Keras on TensorFlow.

const cells = ["gru-reset-after", "gru-reset-before", "lstm", "simple-rnn"] as const;
const files = [
  ...cells.flatMap((cell) => [cell, `${cell}-masks`, `${cell}-wide`] as const),
  "recurrent-activations",
  "recurrent-dropout",
  "layers",
  "stacks",
] as const satisfies (keyof GoldenFiles)[];

afterAll(closeTeam);

function weightsOf(test: LayerCase, { paths, table, stack }: GoldenStack): WeightValues {
  const weights: WeightValues = new Map(
    paths.map((path, i) => [
      path,
      { shape: test.weights[i].tensor.shape, data: Float32Array.from(test.weights[i].tensor.data) },
    ]),
  );
  const { features } = stack.input;
  if (table)
    weights.set("table/embeddings", { shape: [table.length / features, features], data: Float32Array.from(table) });
  return weights;
}

/** What does not agree with the golden's output and gradients. */
function differences(
  test: LayerCase,
  given: GoldenStack,
  found: { output?: ArrayLike<number>; gradients: ReadonlyMap<string, ArrayLike<number>> },
  tolerance: number,
): string[] {
  const wrong: string[] = [];
  const compare = (what: string, is: ArrayLike<number>, wanted: ArrayLike<number>) => {
    const difference = closeBy(is, wanted, tolerance, tolerance);
    if (difference) wrong.push(`${what} ${difference}`);
  };
  if (found.output) compare("output", found.output, test.output.data);
  given.paths.forEach((path, i) => {
    compare(path, found.gradients.get(path)!, test.weightGradients[i].data);
  });
  if (given.table && test.inputGradient) {
    const table = Array.from(found.gradients.get("table/embeddings")!);
    const { features } = given.stack.input;
    const masked = (i: number) => test.mask && test.mask.data[Math.floor(i / features)] === 0;
    const wanted = Array.from(test.inputGradient.data, (value, i) => (masked(i) ? 0 : value));
    expect(wanted).toEqual(Array.from(test.inputGradient.data, (value) => value + 0)); // Keras gives none there either
    compare("input", table.slice(features), wanted);
  }
  return wrong;
}

describe.each(files)("%s", (file) => {
  const cases = golden(file).flatMap((test) => {
    const given = goldenStack(test);
    return given ? [{ name: test.name, test, given }] : [];
  });

  it("has cases", () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases)("the interpreter: $name", ({ test, given }) => {
    const factors = test.training
      ? {
          input: spreadOver(test.inputMasks, test.stateMasks?.length ?? 4),
          state: test.stateMasks?.map((mask) => mask.data),
        }
      : {};
    const batch = { rows: test.input.shape[0], x: given.x, y: [] };
    const found = interpret(given.stack, weightsOf(test, given), batch, { cotangent: test.cotangent.data, factors });
    expect(differences(test, given, found, 1e-7)).toEqual([]);
    expect(found.loss).toBeCloseTo(test.loss, 6);
  });

  // What drops is held against Keras in model/golden-dropout.test.ts.
  const resting = cases.filter(({ test }) => !test.training);
  it.each(resting)("the engine: $name", async ({ test, given }) => {
    const run = new StackRun(given.stack, { loss: { kind: "meanSquaredError" } });
    try {
      const start = weightsOf(test, given);
      for (const weight of run.executable.weights) run.executable.setWeight(weight, start.get(weight.path)!.data);
      const rows = test.input.shape[0];
      const output = await run.predict(given.x, rows);
      expect(closeBy(output, test.output.data, 1e-5)).toBe("");
      if (given.stack.layers.some((layer) => layer.layer === "dropout")) return;
      // Targets from which the squared error's gradient is the golden's cotangent.
      const kept = countedPlaces(test, given, output.length);
      const half = (kept.count * kept.width) / 2;
      const y = Float32Array.from(output, (value, i) => value - half * test.cotangent.data[i]);
      await run.train(given.x, y, { rows });
      const gradients = await run.gradients();
      if (kept.all) expect(differences(test, given, { gradients }, 2e-5)).toEqual([]);
    } finally {
      run.dispose();
    }
  });
});

/** Places over which the engine's loss takes its mean; where a mask reaches the loss, Keras's cotangent does not fit. */
function countedPlaces(test: LayerCase, { stack, x }: GoldenStack, length: number) {
  const shape = test.output.shape;
  const width = shape[shape.length - 1];
  const masks = "maskZero" in stack.input && stack.input.maskZero;
  const sequence = shape.length === 3;
  return { width, count: length / width, all: !(masks && sequence && Array.from(x).some((token) => token === 0)) };
}

/** One mask for each gate, where a case has one for all. */
function spreadOver(masks: LayerCase["inputMasks"], gates: number): ArrayLike<number>[] | undefined {
  if (!masks) return undefined;
  return Array.from({ length: Math.max(gates, masks.length) }, (_, gate) => (masks[gate] ?? masks[0]).data);
}
