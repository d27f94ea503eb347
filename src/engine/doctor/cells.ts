// The steps of the recurrent cells and their gradients, against the cells' formulas and their differences.

import { gruAfterTwin, gruBlendTwin, lstmTwin, resetStateTwin, rnnTwin } from "../kernels/gates.twin.ts";
import {
  type CellShape,
  gateStride,
  gruBlend,
  gruBlendBackward,
  gruGates,
  gruGatesBackward,
  gruStep,
  gruStepBackward,
  lstmStep,
  lstmStepBackward,
  padded,
  rnnStep,
  rnnStepBackward,
  stride,
} from "../kernels/index.ts";
import type { FunctionRef, Module } from "../wasm/index.ts";
import { type Bench, gathered, type Placed, spread } from "./bench.ts";
import { type Check, first, overShapes, type Problems } from "./check.ts";
import { closeBy, numericGradient, sameBits, uniform } from "./numbers.ts";

type Floats = Placed<Float32Array<ArrayBuffer>>;
type Row = ArrayLike<number>;

export interface Cell extends CellShape {
  readonly rows: number;
  readonly features: number;
}

const functions = [
  { activation: "tanh", recurrentActivation: "sigmoid" },
  { activation: "relu", recurrentActivation: "hardSigmoid" },
  { activation: "swish", recurrentActivation: "gelu", sums: true },
] as const;
const sizes = [
  [1, 1],
  [1, 44],
  [3, 33],
  [7, 8],
  [2, 72],
] as const;
export const cells: readonly Cell[] = functions.flatMap((of) =>
  sizes.map(([rows, units], i) => ({ ...of, rows, features: units, units, masked: i % 2 === 1 })),
);

/** One step's arrays: sums of `gates` gates, and as many states as wanted. */
export function step(bench: Bench, cell: Cell, gates: number, states: number) {
  const { rows, units, masked } = cell;
  const width = gateStride(units, gates);
  const state = { rows, features: units, padded: padded(units), stride: stride(units) };
  const sums = Array.from({ length: gates }, (_, g) => uniform(1 + g, rows * units, 2));
  const packed = new Float32Array(rows * width);
  sums.forEach((sum, g) => {
    for (let row = 0; row < rows; row++) {
      packed.set(sum.subarray(row * units, (row + 1) * units), row * width + g * padded(units));
    }
  });
  const values = Array.from({ length: states }, (_, s) => uniform(20 + s, rows * units));
  const mask = Int32Array.from({ length: rows }, (_, row) => (masked && row % 2 === 1 ? 0 : -1));
  return {
    sums,
    values,
    gates: bench.floats(packed),
    states: values.map((value) => bench.floats(spread(value, state))),
    empty: () => bench.floats(rows * state.stride),
    mask: bench.words32(mask),
    alive: (i: number) => mask[Math.floor(i / units)] !== 0,
    real: ({ data }: Floats) => gathered(data, state),
    gate: ({ data }: Floats, g: number) =>
      gathered(data, { rows, features: units, stride: width, from: g * padded(units) }),
  };
}

/** The values of a function of each element's own numbers. */
export const each = (inputs: readonly Row[], of: (i: number, x: Row) => number) =>
  Float64Array.from(inputs[0], (_, i) =>
    of(
      i,
      inputs.map((input) => input[i]),
    ),
  );

/** Its slope for each of them, by differences in float64. */
export function slopes(inputs: readonly Row[], of: (i: number, x: Row) => number): Float64Array[] {
  const found = inputs.map((input) => new Float64Array(input.length));
  for (let i = 0; i < inputs[0].length; i++) {
    const at = numericGradient(
      (x) => of(i, x),
      inputs.map((input) => input[i]),
    );
    at.forEach((slope, k) => {
      found[k][i] = slope;
    });
  }
  return found;
}

type Make = (module: Module, cell: CellShape, part?: boolean) => FunctionRef;
export const caller =
  (bench: Bench, cell: Cell) =>
  (name: string, make: Make, ...values: (number | Floats | Placed<Int32Array<ArrayBuffer>>)[]) =>
    bench.call(`${name} ${JSON.stringify(cell)}`, (module) => make(module, cell), ...values);

/** One row of a step in two parts against the whole: what comes out in the arrays that `of` names. */
function inParts(
  bench: Bench,
  cell: Cell,
  name: string,
  make: Make,
  of: () => { readonly values: readonly (Floats | Placed<Int32Array<ArrayBuffer>>)[]; readonly out: readonly Floats[] },
): string {
  if (cell.rows > 1) return "";
  const [whole, parts] = [of(), of()];
  const call = caller(bench, cell);
  call(`${name} of a row`, make, ...whole.values, 1);
  const end = 4 * padded(cell.units);
  const middle = 32 * Math.floor(padded(cell.units) / 16);
  const part: Make = (module, shape) => make(module, shape, true);
  for (const [from, to] of [
    [0, middle],
    [middle, end],
  ]) {
    call(`${name} of a part`, part, ...parts.values, from, to);
  }
  return first(...parts.out.map(({ data }, i) => sameBits(data, whole.out[i].data)));
}

export const VALUE = 2e-6;
export const SLOPE = 4e-6;

function gruAfter(bench: Bench, cell: Cell): Problems {
  const call = caller(bench, cell);
  const at = step(bench, cell, 4, 2);
  const [h, dh] = at.states;
  const next = at.empty();
  const inputs = [...at.sums, at.values[0]];
  const value = (i: number, x: Row) => (at.alive(i) ? gruAfterTwin([x[0], x[1], x[2], x[3]], x[4], cell) : x[4]);
  call("gruStep", gruStep, at.gates, h, next, at.mask, cell.rows);
  const forward = closeBy(at.real(next), each(inputs, value), VALUE);
  call("gruStepBackward", gruStepBackward, at.gates, h, dh, at.mask, cell.rows);
  const expected = slopes(inputs, (i, x) => at.values[1][i] * value(i, x));
  const gates = [0, 1, 2, 3].map((g) => closeBy(at.gate(at.gates, g), expected[g], SLOPE));
  const parts = inParts(bench, cell, "gruStep", gruStep, () => {
    const { gates, states, empty, mask } = step(bench, cell, 4, 1);
    const out = empty();
    return { values: [gates, states[0], out, mask], out: [gates, out] };
  });
  return { gruStep: first(forward, parts), gruStepBackward: first(...gates, closeBy(at.real(dh), expected[4], SLOPE)) };
}

function gruBefore(bench: Bench, cell: Cell): Problems {
  const call = caller(bench, cell);
  const dropped = cell.units % 2 === 1;
  const at = step(bench, cell, 3, 4);
  const [h, dh, dReset, kept] = at.states;
  const [next, reset, again] = [at.empty(), at.empty(), at.empty()];
  const keep = (i: number) => (dropped ? at.values[3][i] : 1);
  call("gruGates", (module, shape) => gruGates(module, shape, dropped), at.gates, h, kept, reset, cell.rows);
  const resetOf = (i: number, x: Row) => resetStateTwin(x[0], x[1], keep(i), cell);
  const resetInputs = [at.sums[2], at.values[0]];
  const gates = closeBy(at.real(reset), each(resetInputs, resetOf), VALUE);
  call("gruBlend", (module, shape) => gruBlend(module, shape), at.gates, h, next, at.mask, cell.rows);
  const inputs = [at.sums[0], at.sums[1], at.values[0]];
  const value = (i: number, x: Row) => (at.alive(i) ? gruBlendTwin([x[0], x[1]], x[2], cell) : x[2]);
  const blend = closeBy(at.real(next), each(inputs, value), VALUE);

  call("gruBlendBackward", (module, shape) => gruBlendBackward(module, shape), at.gates, h, dh, at.mask, cell.rows);
  const [da, dz, carried] = slopes(inputs, (i, x) => at.values[1][i] * value(i, x));
  const blendBackward = first(
    closeBy(at.gate(at.gates, 0), da, SLOPE),
    closeBy(at.gate(at.gates, 1), dz, SLOPE),
    closeBy(at.real(dh), carried, SLOPE),
  );
  const before = Float64Array.from(at.real(dh));
  const back: Make = (module, shape) => gruGatesBackward(module, shape, dropped);
  call("gruGatesBackward", back, at.gates, h, kept, dReset, dh, again, cell.rows);
  const [dr, through] = slopes(resetInputs, (i, x) => at.values[2][i] * resetOf(i, x));
  const total = before.map((slope, i) => slope + through[i]);
  const gatesBackward = first(
    closeBy(at.gate(at.gates, 2), dr, SLOPE),
    closeBy(at.real(dh), total, SLOPE),
    sameBits(at.real(again), at.real(reset)),
  );
  return { gruGates: gates, gruBlend: blend, gruBlendBackward: blendBackward, gruGatesBackward: gatesBackward };
}

function lstm(bench: Bench, cell: Cell): Problems {
  const call = caller(bench, cell);
  const at = step(bench, cell, 4, 4);
  const [h, c, dh, dc] = at.states;
  const [nextH, nextC] = [at.empty(), at.empty()];
  const inputs = [...at.sums, at.values[1], at.values[0]];
  const value = (i: number, x: Row) =>
    at.alive(i) ? lstmTwin([x[0], x[1], x[2], x[3]], x[4], cell) : ([x[5], x[4]] as const);
  call("lstmStep", lstmStep, at.gates, h, c, nextH, nextC, at.mask, cell.rows);
  const forward = [nextH, nextC].map((state, k) =>
    closeBy(
      at.real(state),
      each(inputs, (i, x) => value(i, x)[k]),
      VALUE,
    ),
  );
  call("lstmStepBackward", lstmStepBackward, at.gates, c, nextC, dh, dc, at.mask, cell.rows);
  const expected = slopes(inputs, (i, x) => {
    const [newH, newC] = value(i, x);
    return at.values[2][i] * newH + at.values[3][i] * newC;
  });
  const gates = [0, 1, 2, 3].map((g) => closeBy(at.gate(at.gates, g), expected[g], SLOPE));
  const states = [closeBy(at.real(dc), expected[4], SLOPE), closeBy(at.real(dh), expected[5], SLOPE)];
  const parts = inParts(bench, cell, "lstmStep", lstmStep, () => {
    const { gates, states, empty, mask } = step(bench, cell, 4, 2);
    const [newH, newC] = [empty(), empty()];
    return { values: [gates, ...states, newH, newC, mask], out: [gates, newH, newC] };
  });
  return { lstmStep: first(...forward, parts), lstmStepBackward: first(...gates, ...states) };
}

function simpleRnn(bench: Bench, cell: Cell): Problems {
  const call = caller(bench, cell);
  const at = step(bench, cell, 1, 2);
  const [h, dh] = at.states;
  const next = at.empty();
  const inputs = [at.sums[0], at.values[0]];
  const value = (i: number, x: Row) => (at.alive(i) ? rnnTwin([x[0]], cell) : x[1]);
  call("rnnStep", rnnStep, at.gates, h, next, at.mask, cell.rows);
  const forward = closeBy(at.real(next), each(inputs, value), VALUE);
  call("rnnStepBackward", rnnStepBackward, at.gates, next, dh, at.mask, cell.rows);
  const [da, carried] = slopes(inputs, (i, x) => at.values[1][i] * value(i, x));
  const backward = first(closeBy(at.gate(at.gates, 0), da, SLOPE), closeBy(at.real(dh), carried, SLOPE));
  const parts = inParts(bench, cell, "rnnStep", rnnStep, () => {
    const { gates, states, empty, mask } = step(bench, cell, 1, 1);
    const out = empty();
    return { values: [gates, states[0], out, mask], out: [out] };
  });
  return { rnnStep: first(forward, parts), rnnStepBackward: backward };
}

export const cellChecks: readonly Check[] = [
  overShapes(["gruStep", "gruStepBackward"], cells, gruAfter),
  overShapes(["gruGates", "gruBlend", "gruBlendBackward", "gruGatesBackward"], cells, gruBefore),
  overShapes(["lstmStep", "lstmStepBackward"], cells, lstm),
  overShapes(["rnnStep", "rnnStepBackward"], cells, simpleRnn),
];
