import { F32, F32x4, type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { mixLanes, mixScalar } from "./dropout.ts";
import { exp, tanh } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";
import { realVectors } from "./softmax.ts";

// Between the steps of two sequences of the same rows, [step][row][feature] each: for every row a table of pairs,
// [row][step of the one][step of the other], its lines padded to whole vectors.

/** Floats of a line of pairs. */
export const pairWidth = (steps: number): number => 4 * Math.ceil(steps / 4);

/** Bytes of a line of pairs. */
const lineBytes = (steps: I32): I32 => steps.add(3).and(-4).mul(4);

/** Runs a body for each row and step of the one sequence: its place, the row of the other one, its line. */
function eachLine(
  fn: Fn,
  places: {
    readonly a: I32;
    readonly b: I32;
    readonly table: I32;
    readonly rows: I32;
    readonly steps: I32;
    readonly others: I32;
  },
  features: { readonly a: number; readonly b: number },
  body: (line: { a: I32; b: I32; line: I32; row: I32; step: I32 }) => void,
): void {
  const { a, b, table, rows, steps, others } = places;
  const bytes = fn.let(lineBytes(others));
  const distance = fn.let(rows.mul(4 * stride(features.a)));
  fn.loop(0, rows, 1, (row) => {
    const other = fn.let(b.add(row.mul(4 * stride(features.b))));
    fn.loop(0, steps, 1, (step) => {
      const own = fn.let(a.add(row.mul(4 * stride(features.a))).add(step.mul(distance)));
      const line = fn.let(table.add(row.mul(steps).add(step).mul(bytes)));
      body({ a: own, b: other, line, row, step });
    });
  });
}

/** The products of every step of a with every step of b, times a factor: `call(a, b, table, rows, steps, others, factor)`. */
export function pairProducts(module: Module, features: number): FunctionRef {
  const parameters = [I32, I32, I32, I32, I32, I32, F32] as const;
  return module.function(`pairProducts ${features}`, parameters, (fn, a, b, table, rows, steps, others, factor) => {
    const distance = fn.let(rows.mul(4 * stride(features)));
    eachLine(fn, { a, b, table, rows, steps, others }, { a: features, b: features }, ({ a, b, line }) => {
      const some = (first: I32, count: number) => {
        const from = fn.let(b.add(first.mul(distance)));
        const at = Array.from({ length: count }, (_, i) => fn.let(from.add(distance.mul(i))));
        const sums = at.map(() => fn.variable(F32x4, F32x4.splat(0)));
        realVectors(fn, a, features, F32x4.splat(0), (value, j) =>
          sums.forEach((sum, i) => {
            sum.set(value.mulAdd(F32x4.load(at[i].add(j)), sum.get));
          }),
        );
        sums.forEach((sum, i) => {
          fn.store(line.add(first.mul(4)), sum.get.sum().mul(factor), 4 * i);
        });
      };
      const whole = fn.let(others.and(-4));
      fn.loop(0, whole, 4, (first) => some(first, 4));
      fn.loop(whole, others, 1, (first) => some(first, 1));
    });
    return undefined;
  });
}

/**
 * Sums over one of the sequences, weighted by pairs: `call(table, source, to, rows, steps, inner, outerBytes,
 * innerBytes, rowBytes)` gives to(step) = sum over i of table(row, step, i) * source(i), where a step further is
 * `outerBytes` in the table and i + 1 `innerBytes`; `add` adds to what is there. Pads become zero.
 */
export function pairSums(module: Module, features: number, add = false): FunctionRef {
  const parameters = Array.from({ length: 9 }, () => I32);
  return module.function(`pairSums ${features} ${add}`, parameters, (fn, ...given) => {
    const [table, source, to, rows, steps, inner, outerBytes, innerBytes, rowBytes] = given;
    const distance = fn.let(rows.mul(4 * stride(features)));
    fn.loop(0, rows, 1, (row) => {
      const start = fn.let(row.mul(4 * stride(features)));
      fn.loop(0, steps, 1, (step) => {
        const line = fn.let(table.add(row.mul(rowBytes)).add(step.mul(outerBytes)));
        const out = fn.let(to.add(start).add(step.mul(distance)));
        const block = (byte: I32, count: number) => {
          const sums = Array.from({ length: count }, () => fn.variable(F32x4, F32x4.splat(0)));
          const from = fn.variable(I32, source.add(start).add(byte));
          const weight = fn.variable(I32, line);
          fn.loop(0, inner, 1, () => {
            const factor = fn.let(F32x4.loadSplat(weight.get));
            sums.forEach((sum, i) => {
              sum.set(factor.mulAdd(F32x4.load(from.get, 16 * i), sum.get));
            });
            from.set(from.get.add(distance));
            weight.set(weight.get.add(innerBytes));
          });
          const place = fn.let(out.add(byte));
          sums.forEach((sum, i) => {
            const index = (byte.known ?? 0) / 16 + i;
            const last = byte.known !== undefined && 4 * (index + 1) > features;
            const value = last ? tailMask(features, index).keep(sum.get) : sum.get;
            fn.store(place, add ? F32x4.load(place, 16 * i).add(value) : value, 16 * i);
          });
        };
        // Whole blocks of four vectors that hold no pad, and what is left.
        const whole = features - (features % 16);
        fn.loop(0, 4 * whole, 64, (byte) => block(byte, 4));
        if (whole < padded(features)) block(I32.of(4 * whole), (padded(features) - whole) / 4);
      });
    });
    return undefined;
  });
}

/** What stands in the score of a step that does not count: as in Keras, so low that it has no share. */
const LOW = -1e9;

/**
 * Each line's scores become shares: `call(table, mask, rows, steps, others)`. Steps that the mask leaves out, or that lie
 * ahead (`causal`), get none; where all are left out, all have equal shares.
 */
export function pairSoftmax(module: Module, { masked, causal }: { masked: boolean; causal: boolean }): FunctionRef {
  const name = `pairSoftmax ${masked} ${causal}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, table, mask, rows, steps, others) => {
    const bytes = fn.let(lineBytes(others));
    fn.loop(0, rows, 1, (row) =>
      fn.loop(0, steps, 1, (step) => {
        const line = fn.let(table.add(row.mul(steps).add(step).mul(bytes)));
        if (masked) {
          fn.loop(0, others, 1, (i) => {
            const word = I32.load(mask.add(i.mul(rows).add(row).mul(4)));
            fn.if(word.isZero(), () => fn.store(line.add(i.mul(4)), F32.of(LOW)));
          });
        }
        if (causal) fn.loop(step.add(1), others, 1, (i) => fn.store(line.add(i.mul(4)), F32.of(LOW)));
        fn.loop(others.mul(4), bytes, 4, (j) => fn.store(line.add(j), F32.of(-3.4e38)));
        const top = fn.variable(F32x4, F32x4.splat(-3.4e38));
        fn.loop(0, bytes, 16, (j) => top.set(F32x4.load(line.add(j)).max(top.get)));
        const lanes = [0, 1, 2, 3].map((lane) => top.get.lane(lane));
        const most = fn.let(lanes[0].max(lanes[1]).max(lanes[2].max(lanes[3])).splat());
        const sums = fn.variable(F32x4, F32x4.splat(0));
        fn.loop(0, bytes, 16, (j) => {
          const below = fn.let(F32x4.load(line.add(j)).sub(most));
          const share = fn.let(below.less(fn.splat(-87)).drop(exp(fn, below)));
          fn.store(line.add(j), share);
          sums.set(sums.get.add(share));
        });
        const inverse = fn.let(F32.of(1).div(sums.get.sum()).splat());
        fn.loop(0, bytes, 16, (j) => fn.store(line.add(j), F32x4.load(line.add(j)).mul(inverse)));
      }),
    );
    return undefined;
  });
}

/** The scores' gradient in place of the shares': `call(shares, gradients, lines, others)`. */
export function pairSoftmaxBackward(module: Module): FunctionRef {
  return module.function("pairSoftmaxBackward", [I32, I32, I32, I32], (fn, shares, gradients, lines, others) => {
    const bytes = fn.let(lineBytes(others));
    fn.loop(0, lines, 1, (index) => {
      const [share, gradient] = [shares, gradients].map((at) => fn.let(at.add(index.mul(bytes))));
      // Pads have no share, and what stands in their gradients must not count.
      fn.loop(others.mul(4), bytes, 4, (j) => fn.store(gradient.add(j), F32.of(0)));
      const sums = fn.variable(F32x4, F32x4.splat(0));
      fn.loop(0, bytes, 16, (j) => sums.set(F32x4.load(share.add(j)).mulAdd(F32x4.load(gradient.add(j)), sums.get)));
      const mean = fn.let(sums.get.sum().splat());
      fn.loop(0, bytes, 16, (j) => {
        const value = F32x4.load(gradient.add(j))
          .sub(mean)
          .mul(F32x4.load(share.add(j)));
        fn.store(gradient.add(j), value);
      });
    });
    return undefined;
  });
}

/** to = a * b over all lines: `call(to, a, b, lines, others)`. */
export function multiplyPairs(module: Module): FunctionRef {
  return module.function("multiplyPairs", [I32, I32, I32, I32, I32], (fn, to, a, b, lines, others) => {
    fn.loop(0, lines.mul(lineBytes(others)), 16, (j) =>
      fn.store(to.add(j), F32x4.load(a.add(j)).mul(F32x4.load(b.add(j)))),
    );
    return undefined;
  });
}

/** The sum of a * b over all lines, without pads: `call(a, b, sum, lines, others)` adds to the sum. */
export function sumPairs(module: Module): FunctionRef {
  return module.function("sumPairs", [I32, I32, I32, I32, I32], (fn, a, b, sum, lines, others) => {
    const bytes = fn.let(lineBytes(others));
    const total = fn.variable(F32, F32.load(sum));
    fn.loop(0, lines, 1, (index) => {
      const part = fn.variable(F32, F32.of(0));
      const at = fn.let(index.mul(bytes));
      fn.loop(at, at.add(others.mul(4)), 4, (j) => part.set(part.get.add(F32.load(a.add(j)).mul(F32.load(b.add(j))))));
      total.set(total.get.add(part.get));
    });
    fn.store(sum, total.get);
    return undefined;
  });
}

/**
 * Keep factors for all pairs, 0 or 1 / (1 - rate), by the row's number in the batch and the place within its table:
 * `call(table, order, keyFirst, keySecond, rows, steps, others)`.
 */
export function pairDropout(module: Module, rate: number): FunctionRef {
  const parameters = Array.from({ length: 7 }, () => I32);
  return module.function(
    `pairDropout ${rate}`,
    parameters,
    (fn, table, order, keyFirst, keySecond, rows, steps, others) => {
      const bytes = fn.let(steps.mul(lineBytes(others)));
      const second = fn.let(I32x4.splat(keySecond));
      const threshold = fn.splatInteger(Math.round(rate * 16777216));
      eachRow(fn, rows, [[order, 1]], (number) => {
        const row = fn.let(I32.load(number));
        const start = mixScalar(fn, keyFirst.add(row.mul(0x9e3779b1 | 0)));
        const element = fn.variable(I32x4, I32x4.splat(start).add(I32x4.of(0, 1, 2, 3)));
        const line = fn.let(table.add(number.sub(order).shiftRight(2).mul(bytes)));
        fn.loop(0, bytes, 16, (j) => {
          const bits = mixLanes(fn, mixLanes(fn, element.get).xor(second)).shiftRightUnsigned(8);
          fn.store(line.add(j), threshold.greater(bits).drop(fn.splat(1 / (1 - rate))));
          element.set(element.get.add(fn.splatInteger(4)));
        });
      });
      return undefined;
    },
  );
}

/**
 * Scores of sums: the sum over the features of gain * tanh(factor * (a + b)), for every step of a with every step of b:
 * `call(a, b, gains, factor, table, rows, steps, others)`.
 */
export function pairTanh(module: Module, features: number): FunctionRef {
  const parameters = [I32, I32, I32, F32, I32, I32, I32, I32] as const;
  return module.function(`pairTanh ${features}`, parameters, (fn, a, b, gains, factor, table, rows, steps, others) => {
    const distance = fn.let(rows.mul(4 * stride(features)));
    const by = fn.let(factor.splat());
    eachLine(fn, { a, b, table, rows, steps, others }, { a: features, b: features }, ({ a, b, line }) =>
      fn.loop(0, others, 1, (i) => {
        const other = fn.let(b.add(i.mul(distance)));
        const sum = fn.variable(F32x4, F32x4.splat(0));
        // Gains have zeros in their pads.
        vectors(fn, padded(features), (j) => {
          const x = fn.let(
            F32x4.load(a.add(j))
              .add(F32x4.load(other.add(j)))
              .mul(by),
          );
          sum.set(tanh(fn, x).mulAdd(F32x4.load(gains.add(j)), sum.get));
        });
        fn.store(line.add(i.mul(4)), sum.get.sum());
      }),
    );
    return undefined;
  });
}

/**
 * Adds the gradients of such scores to those of a, b and the gains, and the product with a + b to that of the factor,
 * feature by feature: `call(a, b, gains, factor, table, da, db, dGains, dFactor, rows, steps, others)`.
 */
export function pairTanhBackward(module: Module, features: number, wanted: { a: boolean; b: boolean }): FunctionRef {
  const parameters = [I32, I32, I32, F32, I32, I32, I32, I32, I32, I32, I32, I32] as const;
  const name = `pairTanhBackward ${features} ${wanted.a} ${wanted.b}`;
  return module.function(name, parameters, (fn, ...given) => {
    const [a, b, gains, factor, table, da, db, dGains, dFactor, rows, steps, others] = given;
    const distance = fn.let(rows.mul(4 * stride(features)));
    const by = fn.let(factor.splat());
    const [toA, toB] = [da.sub(a), db.sub(b)].map((at) => fn.let(at));
    eachLine(fn, { a, b, table, rows, steps, others }, { a: features, b: features }, ({ a, b, line }) =>
      vectors(fn, padded(features), (j) => {
        const [own, gain] = [fn.let(F32x4.load(a.add(j))), fn.let(F32x4.load(gains.add(j)))];
        const zero = () => fn.variable(F32x4, F32x4.splat(0));
        const [ofGain, ofFactor, ofOwn] = [zero(), zero(), zero()];
        const other = fn.variable(I32, b.add(j));
        fn.loop(line, line.add(others.mul(4)), 4, (at) => {
          const through = fn.let(F32x4.loadSplat(at));
          const sum = fn.let(own.add(F32x4.load(other.get)));
          const y = fn.let(tanh(fn, fn.let(sum.mul(by))));
          const slope = fn.let(y.negMulAdd(y, fn.splat(1)).mul(gain.mul(through)));
          ofGain.set(ofGain.get.add(y.mul(through)));
          ofFactor.set(ofFactor.get.add(slope.mul(sum)));
          if (wanted.a) ofOwn.set(ofOwn.get.add(slope.mul(by)));
          const target = fn.let(other.get.add(toB));
          if (wanted.b) fn.store(target, F32x4.load(target).add(slope.mul(by)));
          other.set(other.get.add(distance));
        });
        // The sums of a line cancel, and so lose less than one chain over all lines would.
        const add = (to: I32, sum: F32x4) => fn.store(to, F32x4.load(to).add(sum));
        add(fn.let(dGains.add(j)), ofGain.get);
        add(fn.let(dFactor.add(j)), ofFactor.get);
        if (wanted.a) add(fn.let(a.add(toA).add(j)), ofOwn.get);
      }),
    );
    return undefined;
  });
}

/** Multiplies all lines by a number: `call(table, factor, lines, others)`. */
export function scalePairs(module: Module): FunctionRef {
  return module.function("scalePairs", [I32, F32, I32, I32], (fn, table, factor, lines, others) => {
    const by = fn.let(factor.splat());
    fn.loop(0, lines.mul(lineBytes(others)), 16, (j) => fn.store(table.add(j), F32x4.load(table.add(j)).mul(by)));
    return undefined;
  });
}
