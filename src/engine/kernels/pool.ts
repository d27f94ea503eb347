import { F32, F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";
import { realVectors } from "./softmax.ts";

/** All bits where any feature of a row differs from a value: `call(x, mask, rows)`. */
export function differsMask(module: Module, features: number, value: number): FunctionRef {
  return module.function(`differsMask ${features} ${value}`, [I32, I32, I32], (fn, x, mask, rows) => {
    const pointers = [
      [x, stride(features)],
      [mask, 1],
    ] as const;
    eachRow(fn, rows, pointers, (row, maskAt) => {
      const same = fn.variable(I32x4, I32x4.splat(-1));
      const skipped = fn.splat(value);
      realVectors(fn, row, features, skipped, (v) => same.set(same.get.and(v.equals(skipped))));
      const differs = same.get.xor(I32x4.splat(-1)).anyTrue();
      fn.store(maskAt, I32.of(0).sub(differs));
    });
    return undefined;
  });
}

/** One over the number of steps of each row that count, or 1 where none does: `call(mask, shares, rows, steps)`. */
export function stepShares(module: Module, masked: boolean): FunctionRef {
  return module.function(`stepShares ${masked}`, [I32, I32, I32, I32], (fn, mask, shares, rows, steps) => {
    fn.loop(0, rows, 1, (row) => {
      const count = fn.variable(I32, masked ? I32.of(0) : steps);
      if (masked) {
        fn.loop(0, steps, 1, (step) => {
          const word = I32.load(mask.add(step.mul(rows).add(row).mul(4)));
          count.set(count.get.sub(word));
        });
      }
      const share = F32.of(1).div(count.get.toF64().toF32().max(1));
      fn.store(shares.add(row.mul(4)), share);
    });
    return undefined;
  });
}

/** The mean over the steps that count: `call(x, mask, shares, y, rows, steps)`. */
export function meanSteps(module: Module, features: number, masked: boolean): FunctionRef {
  const name = `meanSteps ${features} ${masked}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, x, mask, shares, y, rows, steps) => {
    fn.fill(y, rows.mul(4 * stride(features)));
    const [from, word] = [fn.variable(I32, x), fn.variable(I32, mask)];
    fn.loop(0, steps, 1, () => {
      eachRow(fn, rows, [[y, stride(features)]], (to) => {
        const alive = masked ? fn.let(I32x4.loadSplat(word.get)) : undefined;
        vectors(fn, padded(features), (j) => {
          const value = F32x4.load(from.get.add(j));
          fn.store(to.add(j), F32x4.load(to.add(j)).add(alive ? alive.keep(value) : value));
        });
        from.set(from.get.add(4 * stride(features)));
        word.set(word.get.add(4));
      });
    });
    const pointers = [
      [y, stride(features)],
      [shares, 1],
    ] as const;
    eachRow(fn, rows, pointers, (to, shareAt) => {
      const share = fn.let(F32x4.loadSplat(shareAt));
      vectors(fn, padded(features), (j) => fn.store(to.add(j), F32x4.load(to.add(j)).mul(share)));
    });
    return undefined;
  });
}

/** Hands the mean's gradient to its steps: `call(dx, mask, shares, dy, rows, steps)`. */
export function meanStepsBackward(module: Module, features: number, masked: boolean, add: boolean): FunctionRef {
  const name = `meanStepsBackward ${features} ${masked} ${add}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, dx, mask, shares, dy, rows, steps) => {
    const [to, word] = [fn.variable(I32, dx), fn.variable(I32, mask)];
    fn.loop(0, steps, 1, () => {
      const pointers = [
        [dy, stride(features)],
        [shares, 1],
      ] as const;
      eachRow(fn, rows, pointers, (from, shareAt) => {
        const share = fn.let(F32x4.loadSplat(shareAt));
        const alive = masked ? fn.let(I32x4.loadSplat(word.get)) : undefined;
        vectors(fn, padded(features), (j) => {
          const part = F32x4.load(from.add(j)).mul(share);
          const value = alive ? alive.keep(part) : part;
          fn.store(to.get.add(j), add ? F32x4.load(to.get.add(j)).add(value) : value);
        });
        to.set(to.get.add(4 * stride(features)));
        word.set(word.get.add(4));
      });
    });
    return undefined;
  });
}

/** The largest of each feature over all steps: `call(x, y, rows, steps)`. */
export function maxSteps(module: Module, features: number): FunctionRef {
  return module.function(`maxSteps ${features}`, [I32, I32, I32, I32], (fn, x, y, rows, steps) => {
    fn.copy(y, x, rows.mul(4 * stride(features)));
    const from = fn.variable(I32, x.add(rows.mul(4 * stride(features))));
    fn.loop(1, steps, 1, () =>
      eachRow(fn, rows, [[y, stride(features)]], (to) => {
        vectors(fn, padded(features), (j) => {
          const [value, best] = [fn.let(F32x4.load(from.get.add(j))), fn.let(F32x4.load(to.add(j)))];
          fn.store(to.add(j), value.greater(best).select(value, best));
        });
        from.set(from.get.add(4 * stride(features)));
      }),
    );
    return undefined;
  });
}

/**
 * Hands the gradient of the largest to the steps that hold it, in equal shares as TensorFlow does:
 * `call(x, y, dy, dx, rows, steps)`.
 */
export function maxStepsBackward(module: Module, features: number, add: boolean): FunctionRef {
  const name = `maxStepsBackward ${features} ${add}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, x, y, dy, dx, rows, steps) => {
    const pointers = [
      [x, stride(features)],
      [y, stride(features)],
      [dy, stride(features)],
      [dx, stride(features)],
    ] as const;
    const distance = fn.let(rows.mul(4 * stride(features)));
    eachRow(fn, rows, pointers, (xRow, yRow, dyRow, dxRow) =>
      vectors(fn, padded(features), (j) => {
        const best = fn.let(F32x4.load(yRow.add(j)));
        const held = fn.variable(F32x4, F32x4.splat(0));
        const from = fn.variable(I32, xRow.add(j));
        fn.loop(0, steps, 1, () => {
          held.set(held.get.add(F32x4.load(from.get).equals(best).keep(fn.splat(1))));
          from.set(from.get.add(distance));
        });
        const share = fn.let(F32x4.load(dyRow.add(j)).div(held.get.max(fn.splat(1))));
        from.set(xRow.add(j));
        const to = fn.variable(I32, dxRow.add(j));
        fn.loop(0, steps, 1, () => {
          const value = F32x4.load(from.get).equals(best).keep(share);
          fn.store(to.get, add ? F32x4.load(to.get).add(value) : value);
          from.set(from.get.add(distance));
          to.set(to.get.add(distance));
        });
      }),
    );
    return undefined;
  });
}
