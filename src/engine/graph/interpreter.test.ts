import { describe, expect, it } from "vitest";
import { closeBy, numericGradient, uniform } from "../../../test/engine/numbers.ts";
import { interpret } from "./interpreter.twin.ts";
import type { CellName, Layer, RecurrentLayer, Stack } from "./stack.twin.ts";
import { Tape } from "./tape.twin.ts";

// The judge is judged: the interpreter's gradients against finite differences of its own values.

it("every operation of the tape has the gradient of its value", () => {
  const start = { a: uniform(1, 12), b: uniform(2, 8), c: uniform(3, 12), bias: uniform(4, 4) };
  /** One number from all operations; writes the gradients of its inputs. */
  const run = (a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>, bias: ArrayLike<number>) => {
    const tape = new Tape();
    const nodes = [tape.node(3, 4, a), tape.node(4, 2, b), tape.node(3, 4, c), tape.node(1, 4, bias)];
    const [na, nb, nc, nbias] = nodes;
    const sum = tape.add(tape.times(na, nc), nbias);
    const curved = tape.map(sum, Math.sin, Math.cos);
    const product = tape.multiply(tape.softmax(curved), nb);
    const chosen = tape.select([true, false, true], tape.columns(curved, 1, 2), product);
    const wide = tape.beside([chosen, tape.rowsOf(product, [2, 0, 2]), chosen]);
    const weights = uniform(9, 18);
    let total = 0;
    wide.value.forEach((value, i) => {
      total += weights[i] * value;
      wide.gradient[i] = weights[i];
    });
    tape.back();
    return { total, gradients: nodes.map((node) => node.gradient) };
  };
  const { a, b, c, bias } = start;
  const { gradients } = run(a, b, c, bias);
  expect(
    closeBy(
      gradients[0],
      numericGradient((x) => run(x, b, c, bias).total, a),
      1e-6,
    ),
  ).toBe("");
  expect(
    closeBy(
      gradients[1],
      numericGradient((x) => run(a, x, c, bias).total, b),
      1e-6,
    ),
  ).toBe("");
  expect(
    closeBy(
      gradients[2],
      numericGradient((x) => run(a, b, x, bias).total, c),
      1e-6,
    ),
  ).toBe("");
  expect(
    closeBy(
      gradients[3],
      numericGradient((x) => run(a, b, c, x).total, bias),
      1e-6,
    ),
  ).toBe("");
});

const plain: Omit<RecurrentLayer, "layer" | "units"> = {
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  returnSequences: true,
  goBackwards: false,
  dropout: 0.3,
  recurrentDropout: 0.3,
  seed: 4,
};
const gates: Record<CellName, number> = { gruAfter: 3, gruBefore: 3, lstm: 4, simpleRnn: 1 };

describe.each(Object.keys(gates) as CellName[])("%s", (cell) => {
  it.each([false, true])(
    "gradients of all weights, with masks, dropout and layers around it; backwards: %s",
    (goBackwards) => {
      const layers: Layer[] = [
        { layer: "dropout", rate: 0.2, seed: 8 },
        { ...plain, layer: cell, units: 3, goBackwards },
        {
          ...plain,
          layer: cell,
          units: 2,
          returnSequences: false,
          activation: "elu",
          recurrentActivation: "swish",
          dropout: 0,
        },
        { layer: "affine", units: 3, useBias: true },
        { layer: "activation", function: "softmax" },
      ];
      const stack: Stack = { input: { kind: "tokens", words: 4, features: 2, maskZero: true }, steps: 4, layers };
      const shapes: [string, number[]][] = [["table/embeddings", [4, 2]]];
      for (const [index, [rows, units]] of [
        [1, [2, 3]],
        [2, [3, 2]],
      ] as const) {
        const width = gates[cell] * units;
        shapes.push([`${index}/kernel`, [rows, width]], [`${index}/recurrent_kernel`, [units, width]]);
        shapes.push([`${index}/bias`, cell === "gruAfter" ? [2, width] : [width]]);
      }
      shapes.push(["3/kernel", [2, 3]], ["3/bias", [3]]);
      const values = new Map(
        shapes.map(([path, shape], i) => [
          path,
          {
            shape,
            data: uniform(
              i,
              shape.reduce((a, b) => a * b),
            ) as ArrayLike<number>,
          },
        ]),
      );
      const batch = { rows: 3, x: [1, 2, 0, 3, 0, 0, 2, 1, 3, 0, 1, 0], y: [0, 2, 1] };
      const options = { loss: { kind: "sparseCategoricalCrossentropy", fromLogits: false }, iteration: 3 } as const;
      const found = interpret(stack, values, batch, options);
      for (const [path, { shape, data }] of values) {
        const of = (x: ArrayLike<number>) =>
          interpret(stack, new Map(values).set(path, { shape, data: x }), batch, options).loss;
        expect(closeBy(found.gradients.get(path)!, numericGradient(of, data), 1e-6, 0.01), path).toBe("");
      }
    },
  );
});
