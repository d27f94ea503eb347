import { F32, F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/** Bytes of the moments of some columns: the mean of each, its sum of squared distances from it, and the rows counted. */
export const momentBytes = (features: number): number => 4 * (2 * padded(features) + 4);

/** Where the parts of moments lie within them. */
const partsOf = (features: number) => ({ squares: 4 * padded(features), count: 8 * padded(features) });

/**
 * The moments of each feature over the rows that count, in two passes: `call(x, mask, moments, rows, steps)`. Rows of a
 * step are added up first, then the steps, so that long sums lose few digits.
 */
export function columnMoments(module: Module, features: number, masked: boolean): FunctionRef {
  const name = `columnMoments ${features} ${masked}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, x, mask, moments, rows, steps) => {
    const { squares, count } = partsOf(features);
    const counted = fn.variable(I32, rows.mul(steps));
    if (masked) {
      counted.set(I32.of(0));
      eachRow(fn, rows.mul(steps), [[mask, 1]], (at) => counted.set(counted.get.sub(I32.load(at))));
    }
    const all = fn.let(counted.get.toF64().toF32());
    fn.store(moments, all, count);
    const share = fn.let(F32.of(1).div(all.max(1)).splat());
    vectors(fn, padded(features), (j) => {
      /** The sum of a function of this column's vector. */
      const sum = (of: (value: F32x4) => F32x4): F32x4 => {
        const total = fn.variable(F32x4, F32x4.splat(0));
        const from = fn.variable(I32, x.add(j));
        const word = fn.variable(I32, mask);
        fn.loop(0, steps, 1, () => {
          const part = fn.variable(F32x4, F32x4.splat(0));
          fn.loop(0, rows, 1, () => {
            const value = of(fn.let(F32x4.load(from.get)));
            part.set(part.get.add(masked ? I32x4.loadSplat(word.get).keep(value) : value));
            from.set(from.get.add(4 * stride(features)));
            if (masked) word.set(word.get.add(4));
          });
          total.set(total.get.add(part.get));
        });
        return total.get;
      };
      const to = fn.let(moments.add(j));
      const mean = fn.let(sum((value) => value).mul(share));
      fn.store(to, mean);
      fn.store(
        to,
        sum((value) => {
          const d = fn.let(value.sub(mean));
          return d.mul(d);
        }),
        squares,
      );
    });
    return undefined;
  });
}

/**
 * Takes the moments of more rows into those of some (Chan, Golub and LeVeque 1979): `call(moments, more)`.
 */
export function joinMoments(module: Module, features: number): FunctionRef {
  return module.function(`joinMoments ${features}`, [I32, I32], (fn, moments, more) => {
    const { squares, count } = partsOf(features);
    const [before, added] = [moments, more].map((at) => fn.let(F32.load(at, count)));
    const all = fn.let(before.add(added));
    const share = fn.let(added.div(all.max(1)));
    const [part, weight] = [share, before.mul(share)].map((value) => fn.let(value.splat()));
    fn.store(moments, all, count);
    vectors(fn, padded(features), (j) => {
      const [to, from] = [fn.let(moments.add(j)), fn.let(more.add(j))];
      const distance = fn.let(F32x4.load(from).sub(F32x4.load(to)));
      fn.store(to, distance.mulAdd(part, F32x4.load(to)));
      const sum = F32x4.load(to, squares).add(F32x4.load(from, squares));
      fn.store(to, fn.let(distance.mul(distance)).mulAdd(weight, sum), squares);
    });
    return undefined;
  });
}

/** The variance from moments, in place of their sums of squares; zero where no row counts: `call(moments)`. */
export function varianceOf(module: Module, features: number): FunctionRef {
  return module.function(`varianceOf ${features}`, [I32], (fn, moments) => {
    const { squares, count } = partsOf(features);
    const share = fn.let(F32.of(1).div(F32.load(moments, count).max(1)).splat());
    vectors(fn, padded(features), (j) => {
      const at = fn.let(moments.add(j));
      fn.store(at, F32x4.load(at, squares).mul(share), squares);
    });
    return undefined;
  });
}

/** factors = gains / sqrt(variance + epsilon) for each feature: `call(variance, gains, factors)`. */
export function normalFactors(module: Module, features: number, epsilon: number): FunctionRef {
  return module.function(`normalFactors ${features} ${epsilon}`, [I32, I32, I32], (fn, variance, gains, factors) => {
    vectors(fn, padded(features), (j) => {
      const deviation = F32x4.load(variance.add(j)).add(fn.splat(epsilon)).sqrt();
      fn.store(factors.add(j), F32x4.load(gains.add(j)).div(deviation));
    });
    return undefined;
  });
}

/** y = (x - mean) * factor + shift for each feature: `call(x, mean, factors, shifts, y, rows)`. */
export function normalizeColumns(module: Module, features: number): FunctionRef {
  const name = `normalizeColumns ${features}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, x, mean, factors, shifts, y, rows) => {
    const pointers = [
      [x, stride(features)],
      [y, stride(features)],
    ] as const;
    eachRow(fn, rows, pointers, (from, to) =>
      vectors(fn, padded(features), (j) => {
        const centered = F32x4.load(from.add(j)).sub(F32x4.load(mean.add(j)));
        fn.store(to.add(j), centered.mulAdd(F32x4.load(factors.add(j)), F32x4.load(shifts.add(j))));
      }),
    );
    return undefined;
  });
}

/**
 * Adds up what a batch's normalization needs on its way back: the gradients of each feature, and their products with what
 * is one deviation from the mean: `call(x, mean, inverse, dy, sums, rows)`, the products `padded` floats behind.
 */
export function normalSums(module: Module, features: number): FunctionRef {
  return module.function(
    `normalSums ${features}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, x, mean, inverse, dy, sums, rows) => {
      vectors(fn, padded(features), (j) => {
        const [center, factor, to] = [
          fn.let(F32x4.load(mean.add(j))),
          fn.let(F32x4.load(inverse.add(j))),
          fn.let(sums.add(j)),
        ];
        const sum = fn.variable(F32x4, F32x4.load(to));
        const products = fn.variable(F32x4, F32x4.load(to, 4 * padded(features)));
        const pointers = [
          [x.add(j), stride(features)],
          [dy.add(j), stride(features)],
        ] as const;
        eachRow(fn, rows, pointers, (xAt, dyAt) => {
          const through = fn.let(F32x4.load(dyAt));
          sum.set(sum.get.add(through));
          products.set(F32x4.load(xAt).sub(center).mul(factor).mulAdd(through, products.get));
        });
        fn.store(to, sum.get);
        fn.store(to, products.get, 4 * padded(features));
      });
      return undefined;
    },
  );
}

/**
 * dx = factor * (dy - (sum + normal * products) / count), where normal = (x - mean) * inverse; of rows that do not count
 * factor * dy alone: `call(x, mask, mean, inverse, factors, dy, sums, share, dx, rows)` with `share` = 1 / count.
 */
export function normalizeColumnsBackward(module: Module, features: number, masked: boolean, add: boolean): FunctionRef {
  const name = `normalizeColumnsBackward ${features} ${masked} ${add}`;
  const parameters = [I32, I32, I32, I32, I32, I32, I32, F32, I32, I32] as const;
  return module.function(name, parameters, (fn, x, mask, mean, inverse, factors, dy, sums, share, dx, rows) => {
    const pointers = [
      [x, stride(features)],
      [dy, stride(features)],
      [dx, stride(features)],
      [mask, masked ? 1 : 0],
    ] as const;
    const part = fn.let(share.splat());
    eachRow(fn, rows, pointers, (xRow, dyRow, dxRow, maskAt) => {
      const own = masked ? fn.let(I32x4.loadSplat(maskAt).keep(part)) : part;
      vectors(fn, padded(features), (j) => {
        const normal = F32x4.load(xRow.add(j))
          .sub(F32x4.load(mean.add(j)))
          .mul(F32x4.load(inverse.add(j)));
        const at = fn.let(sums.add(j));
        const common = normal.mulAdd(F32x4.load(at, 4 * padded(features)), F32x4.load(at));
        const value = fn.let(
          fn
            .let(common)
            .negMulAdd(own, F32x4.load(dyRow.add(j)))
            .mul(F32x4.load(factors.add(j))),
        );
        fn.store(dxRow.add(j), add ? F32x4.load(dxRow.add(j)).add(value) : value);
      });
    });
    return undefined;
  });
}

/** to = momentum * to + (1 - momentum) * from: `call(to, from)`. */
export function approach(module: Module, features: number, momentum: number): FunctionRef {
  return module.function(`approach ${features} ${momentum}`, [I32, I32], (fn, to, from) => {
    vectors(fn, padded(features), (j) => {
      const kept = F32x4.load(to.add(j)).mul(fn.splat(momentum));
      fn.store(to.add(j), F32x4.load(from.add(j)).mulAdd(fn.splat(1 - momentum), kept));
    });
    return undefined;
  });
}
