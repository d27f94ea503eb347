import { afterAll, describe, expect, test } from "vitest";
import { closeBy, sameBits } from "../../../../test/engine/numbers.ts";
import { StackRun } from "../../../../test/engine/run-stack.ts";
import { dataOf } from "../../../../test/engine/stacks.ts";
import { closeTeam, setThreads } from "../../runtime/index.ts";
import { interpret } from "../interpreter.twin.ts";
import type { FormulaLayer, Stack } from "../stack.twin.ts";
import { cellsByName } from "./cells.twin.ts";

setThreads(2);
afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

const loss = { kind: "meanSquaredError" } as const;

/** Holds a layer between an affine one, whose gradient shows that of the input, and another. */
async function hold(layer: Omit<FormulaLayer, "layer" | "seed">, steps: number, rows: number, tokens: boolean) {
  const stack: Stack = {
    input: tokens
      ? { kind: "tokens", words: 7, features: layer.units, maskZero: true }
      : { kind: "sequence", features: 3 },
    steps,
    layers: [
      ...(tokens ? [] : [{ layer: "affine", units: layer.units, useBias: false } as const]),
      { layer: "formula", seed: 5, ...layer },
      { layer: "affine", units: 2, useBias: true },
    ],
  };
  const { x, y } = dataOf({ stack, rows, loss, seed: 3 });
  const iteration = 4;
  const run = new StackRun(stack, { loss });
  const still = interpret(stack, run.start, { rows, x, y }, { loss });
  const moving = interpret(stack, run.start, { rows, x, y }, { loss, iteration });
  expect(closeBy(await run.predict(x, rows), still.output, 1e-5)).toBe("");
  const trained = await run.train(x, y, { rows, iteration });
  expect(closeBy(trained.losses, [moving.loss], 1e-5)).toBe("");
  const most = Math.max(...[...moving.gradients.values()].map((g) => Math.max(...g.map(Math.abs))));
  for (const [path, found] of await run.gradients()) {
    // What cancels to nothing is off by the rounding of what it cancels.
    expect(closeBy(found, moving.gradients.get(path)!, 1e-4, 5e-3 * most), path).toBe("");
  }
  run.dispose();
}

const plain = { returnSequences: false, goBackwards: false, dropout: 0, recurrentDropout: 0 };

// The last of these once found a gradient that was read when it was gone.
test.each([1, 2, 3, 4, 5, 6, 167357])("random cell %i", (cell) => hold({ ...plain, cell, units: 6 }, 9, 7, false));

describe.each(Object.keys(cellsByName))("%s", (cell) => {
  test.each([5, 8, 33])("%i units", (units) => hold({ ...plain, cell, units }, 9, 5, false));
  test("all outputs, masked, backwards", () =>
    hold({ ...plain, cell, units: 4, returnSequences: true, goBackwards: true }, 11, 17, true));
  test("beside another one that reads the same input", () =>
    hold({ ...plain, cell, units: 6, twice: true }, 9, 5, false));
  test("dropout of input and states", () =>
    hold({ ...plain, cell, units: 6, dropout: 0.3, recurrentDropout: 0.4, returnSequences: true }, 4, 18, false));
  test("the same bits where memory is short and blocks are computed again", async () => {
    const layer = { ...plain, layer: "formula", cell, units: 5, seed: 1, dropout: 0.2 } as const;
    const input = { kind: "sequence", features: 5 } as const;
    const stack: Stack = { input, steps: 70, layers: [layer, { layer: "affine", units: 1, useBias: true }] };
    const { x, y } = dataOf({ stack, rows: 3, loss, seed: 3 });
    const burden = { rows: 3, batchSize: 3, steps: [70], inputBytes: [4 * x.length], targetBytes: [4 * y.length] };
    const found: Map<string, Float32Array>[] = [];
    let memoryBudget = 2 ** 30;
    for (const recomputes of [false, true]) {
      const run = new StackRun(stack, { loss, memoryBudget });
      const plan = await run.executable.plan("train", burden);
      expect(plan.recomputes).toBe(recomputes);
      memoryBudget = plan.need - 1;
      await run.train(x, y, { rows: 3 });
      found.push(await run.gradients());
      run.dispose();
    }
    for (const [path, gradient] of found[1]) expect(sameBits(gradient, found[0].get(path)!), path).toBe("");
  });
  test("one of each", () => hold({ ...plain, cell, units: 1 }, 1, 1, false));
});
