// What the steps of cells with softmax need besides, against its formulas and their differences.

import { activationTwin } from "../kernels/activation.twin.ts";
import {
  gruBlend,
  gruBlendBackward,
  gruReset,
  gruResetBackward,
  softmaxOutput,
  softmaxOutputBackward,
} from "../kernels/index.ts";
import { softmaxTwin } from "../kernels/softmax.twin.ts";
import type { Bench } from "./bench.ts";
import { type Cell, caller, cells, each, SLOPE, slopes, step, VALUE } from "./cells.ts";
import { type Check, first, overShapes, type Problems } from "./check.ts";
import { closeBy, numericGradient } from "./numbers.ts";

/** A step whose reset gate comes after the product, in two halves: c = f(a + r*b), h' = z*h + (1-z)*c. */
function reset(bench: Bench, cell: Cell): Problems {
  const call = caller(bench, cell);
  const at = step(bench, cell, 4, 2);
  const [h, dh] = at.states;
  const next = at.empty();
  const { [cell.activation]: f, [cell.recurrentActivation]: gate } = activationTwin;
  const sum = (x: ArrayLike<number>) => x[0] + gate(x[2]) * x[3];
  const value = (i: number, x: ArrayLike<number>) =>
    at.alive(i) ? gate(x[1]) * x[4] + (1 - gate(x[1])) * f(sum(x)) : x[4];
  call("gruReset", gruReset, at.gates, cell.rows);
  const sums = closeBy(
    at.gate(at.gates, 0),
    each(at.sums, (_, x) => sum(x)),
    VALUE,
  );
  call("gruBlend of four", (module, shape) => gruBlend(module, shape, 4), at.gates, h, next, at.mask, cell.rows);
  const inputs = [...at.sums, at.values[0]];
  const blended = closeBy(at.real(next), each(inputs, value), VALUE);
  const back = (name: string, of: typeof gruBlendBackward) =>
    call(name, (module, shape) => of(module, shape, 4), at.gates, h, dh, at.mask, cell.rows);
  back("gruBlendBackward of four", gruBlendBackward);
  call("gruResetBackward", gruResetBackward, at.gates, cell.rows);
  const expected = slopes(inputs, (i, x) => at.values[1][i] * value(i, x));
  const gates = [0, 1, 2, 3].map((g) => closeBy(at.gate(at.gates, g), expected[g], SLOPE));
  return {
    gruReset: first(sums, blended),
    gruResetBackward: first(...gates, closeBy(at.real(dh), expected[4], SLOPE)),
  };
}

/** h' = o*softmax(c') with o kept as its gate, and its gradient beside what comes in for c'. */
function output(bench: Bench, given: Cell): Problems {
  const cell = { ...given, recurrentActivation: "sigmoid" } as const;
  const { rows, units } = cell;
  const call = caller(bench, cell);
  const at = step(bench, cell, 4, 4);
  const [c, next, dh, dc] = at.states;
  const dO = at.empty();
  const [values, before, slope, carried] = at.values;
  // The gate itself, as steps leave it: the derivative of a sigmoid is o(1 - o).
  const o = at.sums[3];
  const all = (o: ArrayLike<number>, c: ArrayLike<number>) =>
    softmaxTwin(c, rows).map((share, i) => (at.alive(i) ? o[i] * share : before[i]));
  call("softmaxOutput", softmaxOutput, at.gates, c, next, at.mask, rows);
  const value = closeBy(at.real(next), all(o, values), VALUE);
  call("softmaxOutputBackward", softmaxOutputBackward, at.gates, c, dh, dc, dO, at.mask, rows);
  const total = (o: ArrayLike<number>, c: ArrayLike<number>) =>
    all(o, c).reduce((sum, h, i) => (at.alive(i) ? sum + h * slope[i] : sum), 0);
  const ofC = numericGradient((c) => total(o, c), values).map((d, i) => d + carried[i]);
  const ofO = numericGradient((o) => total(o, values), o).map((d, i) => d * o[i] * (1 - o[i]));
  const left = Float64Array.from({ length: rows * units }, (_, i) => (at.alive(i) ? 0 : slope[i]));
  return {
    softmaxOutput: value,
    softmaxOutputBackward: first(
      closeBy(at.real(dc), ofC, SLOPE),
      closeBy(at.real(dO), ofO, SLOPE),
      closeBy(at.real(dh), left, SLOPE),
    ),
  };
}

export const softmaxChecks: readonly Check[] = [
  overShapes(["gruReset", "gruResetBackward"], cells, reset),
  overShapes(["softmaxOutput", "softmaxOutputBackward"], cells, output),
];
