import { F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { PANEL } from "./layout.ts";

export interface OuterShape {
  /** Columns of A that are read: rows of C. */
  readonly inner: number;
  /** Columns of G and C, a multiple of eight. */
  readonly columns: number;
  readonly strideA: number;
  readonly strideG: number;
  /** Floats from one panel of C to the next. */
  readonly strideC?: number;
}

/**
 * C += transpose(A) * G, the gradient of a weight matrix, with C in panels: `call(a, g, c, rows)`. Each element is one
 * chain over the rows in their order. Chunks of a few hundred rows keep what is read in the second-level cache.
 */
export function outer(module: Module, shape: OuterShape): FunctionRef {
  const { inner, columns, strideA, strideG, strideC = inner * PANEL } = shape;
  const name = `outer ${inner}x${columns} ${strideA} ${strideG} ${strideC}`;
  return module.function(name, [I32, I32, I32, I32], (fn, a, g, c, rows) => {
    fn.if(rows, () =>
      fn.loop(0, columns / PANEL, 1, (panel) => {
        const gColumn = fn.let(g.add(panel.mul(4 * PANEL)));
        const cPanel = fn.let(c.add(panel.mul(4 * strideC)));
        const whole = inner - (inner % 4);
        fn.loop(0, whole, 4, (k) =>
          accumulate(fn, a.add(k.mul(4)), gColumn, cPanel.add(k.mul(4 * PANEL)), rows, 4, strideA, strideG),
        );
        if (whole < inner) {
          accumulate(
            fn,
            a.add(4 * whole),
            gColumn,
            cPanel.add(whole * 4 * PANEL),
            rows,
            inner - whole,
            strideA,
            strideG,
          );
        }
      }),
    );
    return undefined;
  });
}

function accumulate(fn: Fn, a: I32, g: I32, c: I32, rows: I32, height: number, strideA: number, strideG: number): void {
  const cAt = fn.let(c);
  const sums = Array.from({ length: height }, (_, k) =>
    [0, 1].map((v) => fn.variable(F32x4, F32x4.load(cAt, k * 4 * PANEL + v * 16))),
  );
  const aAt = fn.variable(I32, a);
  const gAt = fn.variable(I32, g);
  const end = fn.let(aAt.get.add(rows.mul(4 * strideA)));
  fn.repeatWhile(() => {
    const gs = [0, 16].map((offset) => fn.let(F32x4.load(gAt.get, offset)));
    sums.forEach((pair, k) => {
      const factor = fn.let(F32x4.loadSplat(aAt.get, 4 * k));
      pair.forEach((sum, v) => {
        sum.set(factor.mulAdd(gs[v], sum.get));
      });
    });
    aAt.set(aAt.get.add(4 * strideA));
    gAt.set(gAt.get.add(4 * strideG));
    return aAt.get.lessUnsigned(end);
  });
  sums.forEach((pair, k) => {
    pair.forEach((sum, v) => {
      fn.store(cAt, sum.get, k * 4 * PANEL + v * 16);
    });
  });
}
