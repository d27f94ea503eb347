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
  const height = module.target.wide ? 6 : 4;
  const width = module.target.wide ? 2 : 1;
  return module.function(name, [I32, I32, I32, I32], (fn, a, g, c, rows) => {
    const over = (panel: I32, panels: number) => {
      const gColumn = fn.let(g.add(panel.mul(4 * PANEL)));
      const cPanel = fn.let(c.add(panel.mul(4 * strideC)));
      const tile = { rows, panels, strideA, strideG, strideC };
      const whole = inner - (inner % height);
      fn.loop(0, whole, height, (k) =>
        accumulate(fn, a.add(k.mul(4)), gColumn, cPanel.add(k.mul(4 * PANEL)), { ...tile, height }),
      );
      // The last rows of C, in tiles that still keep eight sums.
      let done = whole;
      for (const some of [4, 3, 2, 1]) {
        if (inner - done < some) continue;
        accumulate(fn, a.add(4 * done), gColumn, cPanel.add(done * 4 * PANEL), { ...tile, height: some });
        done += some;
      }
    };
    const panels = columns / PANEL;
    fn.if(rows, () => {
      fn.loop(0, panels - (panels % width), width, (panel) => over(panel, width));
      if (panels % width > 0) over(I32.of(panels - 1), 1);
    });
    return undefined;
  });
}

interface OuterTile {
  readonly rows: I32;
  /** Rows and panels of C. */
  readonly height: number;
  readonly panels: number;
  readonly strideA: number;
  readonly strideG: number;
  readonly strideC: number;
}

function accumulate(fn: Fn, a: I32, g: I32, c: I32, tile: OuterTile): void {
  const { rows, height, panels, strideA, strideG, strideC } = tile;
  const cAt = fn.let(c);
  const vectors = Array.from({ length: 2 * panels }, (_, v) => ({
    inG: 16 * v,
    inC: Math.floor(v / 2) * 4 * strideC + (v % 2) * 16,
  }));
  const sums = Array.from({ length: height }, (_, k) =>
    vectors.map(({ inC }) => fn.variable(F32x4, F32x4.load(cAt, k * 4 * PANEL + inC))),
  );
  const aAt = fn.variable(I32, a);
  const gAt = fn.variable(I32, g);
  const end = fn.let(aAt.get.add(rows.mul(4 * strideA)));
  fn.repeatWhile(() => {
    const gs = vectors.map(({ inG }) => fn.let(F32x4.load(gAt.get, inG)));
    sums.forEach((row, k) => {
      const factor = fn.let(F32x4.loadSplat(aAt.get, 4 * k));
      row.forEach((sum, v) => {
        sum.set(factor.mulAdd(gs[v], sum.get));
      });
    });
    aAt.set(aAt.get.add(4 * strideA));
    gAt.set(gAt.get.add(4 * strideG));
    return aAt.get.lessUnsigned(end);
  });
  sums.forEach((row, k) => {
    vectors.forEach(({ inC }, v) => {
      fn.store(cAt, row[v].get, k * 4 * PANEL + inC);
    });
  });
}
