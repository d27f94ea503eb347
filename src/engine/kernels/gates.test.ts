import { describe, expect, it } from "vitest";
import { Bench, gathered, type Placed, spread } from "../../../test/engine/kernel.ts";
import { closeBy, numericGradient, sameBits, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import type { FunctionRef, Module } from "../wasm/index.ts";
import { type CellShape, gateStride } from "./cell-rows.ts";
import { type Functions, gruAfterTwin, gruBlendTwin, lstmTwin, resetStateTwin, rnnTwin } from "./gates.twin.ts";
import { gruBlend, gruBlendBackward, gruGates, gruGatesBackward } from "./gru-before.ts";
import { gruStep, gruStepBackward } from "./gru-gates.ts";
import { rareKernels } from "./late.ts";
import { padded, stride } from "./layout.ts";
import { lstmStep, lstmStepBackward } from "./lstm-gates.ts";
import { rnnStep, rnnStepBackward } from "./rnn-gates.ts";

await rareKernels.load();

type Numbers = Float32Array;
type Make = (module: Module, shape: CellShape) => FunctionRef;

const functions: readonly (Functions & { readonly sums?: boolean })[] = [
  { activation: "tanh", recurrentActivation: "sigmoid" },
  { activation: "sigmoid", recurrentActivation: "hardSigmoid" },
  { activation: "relu", recurrentActivation: "tanh" },
  { activation: "elu", recurrentActivation: "linear" },
  { activation: "linear", recurrentActivation: "exponential" },
  { activation: "gelu", recurrentActivation: "swish", sums: true },
];
const sizes = [
  [1, 1],
  [2, 3],
  [3, 5],
  [1, 17],
  [7, 8],
  [2, 33],
  [1, 72],
];
const cases = functions.flatMap((of, index) =>
  sizes.map(([rows, units]) => ({ ...of, rows, units, masked: (rows + units + index) % 2 === 0 })),
);

describe.each(targets)("%s", (_, target) => {
  const bench = new Bench(target);

  /** Arrays of one step: `gates` blocks a row, and as many states as wanted, all with zeros in their pads. */
  function step(test: (typeof cases)[number], gates: number, states: number, seed = 1) {
    const { rows, units, masked } = test;
    bench.clear();
    const state = { rows, features: units, padded: padded(units), stride: stride(units) };
    const width = gateStride(units, gates);
    const sums = Array.from({ length: gates }, (_, g) => uniform(seed + g, rows * units, 2));
    const packed = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      sums.forEach((gate, g) => {
        packed.set(gate.subarray(row * units, (row + 1) * units), row * width + g * padded(units));
      });
    }
    const values = Array.from({ length: states }, (_, s) => uniform(seed + 10 + s, rows * units));
    // Masks with holes: a row in three stands still.
    const mask = Int32Array.from({ length: rows }, (_, row) =>
      masked && row % 3 === 1 - (rows === 1 ? 1 : 0) ? 0 : -1,
    );
    return {
      sums,
      gates: bench.floats(packed),
      states: values.map((value) => ({ value, at: bench.floats(spread(value, state)) })),
      empty: () => bench.floats(rows * state.stride),
      mask: bench.words32(mask),
      alive: (i: number) => mask[Math.floor(i / units)] !== 0,
      real: (placed: Placed<Numbers>) => gathered(placed.data, state),
      gate: (placed: Placed<Numbers>, g: number) =>
        gathered(placed.data, { rows, features: units, stride: width, from: g * padded(units) }),
      /** Every pad of the gates' gradients is zero, or products of them would go wrong. */
      padsAreZero: (placed: Placed<Numbers>) =>
        placed.data.every(
          (value, i) => (i % width) % padded(units) < units || i % width >= gates * padded(units) || value === 0,
        ),
    };
  }
  const call = (make: Make, test: CellShape, ...values: (number | Placed<Numbers | Int32Array>)[]) =>
    bench.call(`${make.name} ${JSON.stringify(test)}`, (module) => make(module, test), ...values);
  /** Gradients of every element's function of its own sums and states, by differences. */
  const gradients = (inputs: Numbers[], f: (i: number, x: Float64Array) => number) => {
    const found = inputs.map((input) => new Float64Array(input.length));
    for (let i = 0; i < inputs[0].length; i++) {
      const slope = numericGradient(
        (x) => f(i, x),
        Float64Array.from(inputs, (input) => input[i]),
      );
      slope.forEach((value, k) => {
        found[k][i] = value;
      });
    }
    return found;
  };

  it.each(cases)("GRU, reset after: %o", (test) => {
    const at = step(test, 4, 2);
    const [h, dh] = at.states;
    const next = at.empty();
    call(gruStep, test, at.gates, h.at, next, at.mask, test.rows);
    const value = (i: number, x: ArrayLike<number>) =>
      at.alive(i) ? gruAfterTwin([x[0], x[1], x[2], x[3]], x[4], test) : x[4];
    const inputs = [...at.sums, h.value];
    const expected = h.value.map((_, i) =>
      value(
        i,
        inputs.map((input) => input[i]),
      ),
    );
    expect(closeBy(at.real(next), expected, 1e-6)).toBe("");
    call(gruStepBackward, test, at.gates, h.at, dh.at, at.mask, test.rows);
    const slopes = gradients(inputs, (i, x) => dh.value[i] * value(i, x));
    for (let g = 0; g < 4; g++) expect(closeBy(at.gate(at.gates, g), slopes[g], 2e-6), `gate ${g}`).toBe("");
    expect(closeBy(at.real(dh.at), slopes[4], 2e-6)).toBe("");
    expect(at.padsAreZero(at.gates)).toBe(true);
  });

  it.each(cases)("GRU, reset before: %o", (test) => {
    const dropped = test.units % 2 === 1;
    const gatesOf: Make = (module, shape) => gruGates(module, shape, dropped);
    const backOf: Make = (module, shape) => gruGatesBackward(module, shape, dropped);
    const at = step(test, 3, 4);
    const [h, dh, dReset, kept] = at.states;
    const [next, reset] = [at.empty(), at.empty()];
    const keep = (i: number) => (dropped ? kept.value[i] : 1);
    call(gatesOf, test, at.gates, h.at, kept.at, reset, test.rows);
    const expectedReset = h.value.map((value, i) => resetStateTwin(at.sums[2][i], value, keep(i), test));
    expect(closeBy(at.real(reset), expectedReset, 1e-6)).toBe("");
    call(gruBlend, test, at.gates, h.at, next, at.mask, test.rows);
    const value = (i: number, x: ArrayLike<number>) => (at.alive(i) ? gruBlendTwin([x[0], x[1]], x[2], test) : x[2]);
    const inputs = [at.sums[0], at.sums[1], h.value];
    expect(
      closeBy(
        at.real(next),
        h.value.map((_, i) =>
          value(
            i,
            inputs.map((input) => input[i]),
          ),
        ),
        1e-6,
      ),
    ).toBe("");

    call(gruBlendBackward, test, at.gates, h.at, dh.at, at.mask, test.rows);
    const slopes = gradients(inputs, (i, x) => dh.value[i] * value(i, x));
    for (let g = 0; g < 2; g++) expect(closeBy(at.gate(at.gates, g), slopes[g], 2e-6), `gate ${g}`).toBe("");
    expect(closeBy(at.real(dh.at), slopes[2], 2e-6)).toBe("");

    const before = Float64Array.from(at.real(dh.at));
    const again = at.empty();
    call(backOf, test, at.gates, h.at, kept.at, dReset.at, dh.at, again, test.rows);
    const through = gradients(
      [at.sums[2], h.value],
      (i, x) => dReset.value[i] * resetStateTwin(x[0], x[1], keep(i), test),
    );
    expect(closeBy(at.gate(at.gates, 2), through[0], 2e-6)).toBe("");
    expect(
      closeBy(
        at.real(dh.at),
        before.map((v, i) => v + through[1][i]),
        2e-6,
      ),
    ).toBe("");
    expect(sameBits(at.real(again), at.real(reset))).toBe("");
    expect(at.padsAreZero(at.gates)).toBe(true);
  });

  it.each(cases)("LSTM: %o", (test) => {
    const at = step(test, 4, 4);
    const [h, c, dh, dc] = at.states;
    const [nextH, nextC] = [at.empty(), at.empty()];
    call(lstmStep, test, at.gates, h.at, c.at, nextH, nextC, at.mask, test.rows);
    const value = (i: number, x: ArrayLike<number>): [number, number] =>
      at.alive(i) ? lstmTwin([x[0], x[1], x[2], x[3]], x[4], test) : [x[5], x[4]];
    const inputs = [...at.sums, c.value, h.value];
    const both =
      h.value.length === 0
        ? []
        : Array.from(h.value, (_, i) =>
            value(
              i,
              inputs.map((input) => input[i]),
            ),
          );
    expect(
      closeBy(
        at.real(nextH),
        both.map(([v]) => v),
        1e-6,
      ),
    ).toBe("");
    expect(
      closeBy(
        at.real(nextC),
        both.map(([, v]) => v),
        1e-6,
      ),
    ).toBe("");
    call(lstmStepBackward, test, at.gates, c.at, nextC, dh.at, dc.at, at.mask, test.rows);
    const slopes = gradients(inputs, (i, x) => {
      const [newH, newC] = value(i, x);
      return dh.value[i] * newH + dc.value[i] * newC;
    });
    for (let g = 0; g < 4; g++) expect(closeBy(at.gate(at.gates, g), slopes[g], 2e-6), `gate ${g}`).toBe("");
    expect(closeBy(at.real(dc.at), slopes[4], 2e-6)).toBe("");
    expect(closeBy(at.real(dh.at), slopes[5], 2e-6)).toBe("");
    expect(at.padsAreZero(at.gates)).toBe(true);
  });

  it.each(cases)("simple RNN: %o", (test) => {
    const at = step(test, 1, 2);
    const [h, dh] = at.states;
    const next = at.empty();
    call(rnnStep, test, at.gates, h.at, next, at.mask, test.rows);
    const value = (i: number, x: ArrayLike<number>) => (at.alive(i) ? rnnTwin([x[0]], test) : x[1]);
    const inputs = [at.sums[0], h.value];
    expect(
      closeBy(
        at.real(next),
        h.value.map((_, i) =>
          value(
            i,
            inputs.map((input) => input[i]),
          ),
        ),
        1e-6,
      ),
    ).toBe("");
    call(rnnStepBackward, test, at.gates, next, dh.at, at.mask, test.rows);
    const slopes = gradients(inputs, (i, x) => dh.value[i] * value(i, x));
    expect(closeBy(at.gate(at.gates, 0), slopes[0], 2e-6)).toBe("");
    expect(closeBy(at.real(dh.at), slopes[1], 2e-6)).toBe("");
    expect(at.padsAreZero(at.gates)).toBe(true);
  });

  const plain = { rows: 2, units: 5, masked: false, activation: "tanh", recurrentActivation: "sigmoid" } as const;
  const plainGates: Make = (module, shape) => gruGates(module, shape, false);
  const plainGatesBackward: Make = (module, shape) => gruGatesBackward(module, shape, false);
  /** Each cell's backward step on gradients of this size; gives all gate gradients and state gradients. */
  function backwardOf(size: number): Record<string, Numbers[]> {
    const small = (at: Placed<Numbers>) => at.data.set(at.data.map((value) => value * size));
    const after = step(plain, 4, 2);
    small(after.states[1].at);
    call(gruStep, plain, after.gates, after.states[0].at, after.empty(), after.mask, 2);
    call(gruStepBackward, plain, after.gates, after.states[0].at, after.states[1].at, after.mask, 2);
    const gruAfter = [after.gates.data.slice(), after.states[1].at.data.slice()];
    const before = step(plain, 3, 4);
    for (const state of before.states.slice(1, 3)) small(state.at);
    const [h, dh, dReset, kept] = before.states.map((state) => state.at);
    const scratch = before.empty();
    call(plainGates, plain, before.gates, h, kept, scratch, 2);
    call(gruBlend, plain, before.gates, h, before.empty(), before.mask, 2);
    call(gruBlendBackward, plain, before.gates, h, dh, before.mask, 2);
    call(plainGatesBackward, plain, before.gates, h, kept, dReset, dh, scratch, 2);
    const gruBefore = [before.gates.data.slice(), dh.data.slice()];
    const long = step(plain, 4, 4);
    for (const state of long.states.slice(2)) small(state.at);
    const [lh, lc, ldh, ldc] = long.states.map((state) => state.at);
    const nextC = long.empty();
    call(lstmStep, plain, long.gates, lh, lc, long.empty(), nextC, long.mask, 2);
    call(lstmStepBackward, plain, long.gates, lc, nextC, ldh, ldc, long.mask, 2);
    const lstm = [long.gates.data.slice(), ldc.data.slice()];
    const simple = step(plain, 1, 2);
    small(simple.states[1].at);
    const next = simple.empty();
    call(rnnStep, plain, simple.gates, simple.states[0].at, next, simple.mask, 2);
    call(rnnStepBackward, plain, simple.gates, next, simple.states[1].at, simple.mask, 2);
    return { gruAfter, gruBefore, lstm, simpleRnn: [simple.gates.data.slice()] };
  }

  it("gradients near the denormals become zero, never a denormal", () => {
    for (const size of [1e-31, 1e-38, 1e-44]) {
      for (const [cell, arrays] of Object.entries(backwardOf(size))) {
        for (const array of arrays)
          expect(
            array.every((value) => value === 0),
            `${cell} ${size}`,
          ).toBe(true);
      }
    }
    for (const [cell, arrays] of Object.entries(backwardOf(1e-29))) {
      const values = arrays.flatMap((array) => [...array]);
      expect(
        values.some((value) => value !== 0),
        cell,
      ).toBe(true);
      expect(
        values.every((value) => value === 0 || Math.abs(value) >= 1e-30),
        cell,
      ).toBe(true);
    }
  });

  it("a NaN gradient stays to be seen", () => {
    for (const [cell, [gates]] of Object.entries(backwardOf(Number.NaN))) {
      expect([...gates].some(Number.isNaN), cell).toBe(true);
    }
  });
});
