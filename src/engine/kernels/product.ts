import { F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { PANEL } from "./layout.ts";

export interface ProductShape {
  /** Length of the sums: columns of A that are read, rows of B. */
  readonly inner: number;
  /** Columns of C, a multiple of eight. */
  readonly columns: number;
  /** Floats from one row of A, and of C, to the next. */
  readonly strideA: number;
  readonly strideC: number;
  /** Floats from one panel of B to the next; more than inner * 8 when B is a window of a taller matrix. */
  readonly strideB?: number;
  /** Add to what C holds, or start from zero. */
  readonly accumulate: boolean;
}

/**
 * C += A * B for any number of rows of A, with B in panels: `call(a, b, c, rows)`, addresses in bytes.
 *
 * Each element is one chain of multiply-adds in the order of the inner index, whatever the tile, so a row's result does
 * not depend on how many rows come with it. Rows are taken four at a time over one panel (eight accumulators, and all
 * that V8 lifts above the arithmetic still fits sixteen registers); rows left over one at a time over 28 columns.
 */
export function product(module: Module, shape: ProductShape): FunctionRef {
  const { inner, columns, strideA, strideC, strideB = inner * PANEL, accumulate } = shape;
  const name = `product ${inner}x${columns} ${strideA} ${strideB} ${strideC} ${accumulate}`;
  return module.function(name, [I32, I32, I32, I32], (fn, a, b, c, rows) => {
    const rowA = 4 * strideA;
    const rowC = 4 * strideC;
    const whole = fn.let(rows.and(-4));
    const left = (columns / 4) % 14;
    fn.if(whole, () =>
      fn.loop(0, columns / PANEL, 1, (panel) => {
        const bPanel = fn.let(b.add(panel.mul(4 * strideB)));
        const cColumn = fn.let(c.add(panel.mul(4 * PANEL)));
        const tile = { rows: 4, vectors: 2, offsetA: rowA, offsetC: rowC, offsetB: 16, panelOffsetB: 4 * strideB };
        const aRow = fn.variable(I32, a);
        const cRow = fn.variable(I32, cColumn);
        fn.loop(0, whole, 4, () => {
          multiply(fn, aRow.get, bPanel, cRow.get, inner, 0, tile, accumulate);
          aRow.set(aRow.get.add(4 * rowA));
          cRow.set(cRow.get.add(4 * rowC));
        });
      }),
    );
    fn.loop(whole, rows, 1, (row) => {
      const aRow = fn.let(a.add(row.mul(rowA)));
      const cRow = fn.let(c.add(row.mul(rowC)));
      const tile = { rows: 1, offsetA: rowA, offsetC: rowC, offsetB: 16, panelOffsetB: 4 * strideB };
      // Seven vectors end in the middle of a panel, so two blocks of seven make a period of seven panels.
      fn.loop(0, Math.floor(columns / 56), 1, (period) => {
        const bPeriod = fn.let(b.add(period.mul(7 * 4 * strideB)));
        const cPeriod = fn.let(cRow.add(period.mul(7 * 4 * PANEL)));
        for (const first of [0, 7])
          multiply(fn, aRow, bPeriod, cPeriod, inner, first, { ...tile, vectors: 7 }, accumulate);
      });
      const done = Math.floor(columns / 56) * 7;
      const bRest = b.add(done * 4 * strideB);
      const cRest = cRow.add(done * 4 * PANEL);
      for (let first = 0; first < left; first += 7) {
        multiply(fn, aRow, bRest, cRest, inner, first, { ...tile, vectors: Math.min(7, left - first) }, accumulate);
      }
    });
    return undefined;
  });
}

interface Tile {
  readonly rows: number;
  /** Vectors of four columns. */
  readonly vectors: number;
  readonly offsetA: number;
  readonly offsetC: number;
  readonly offsetB: number;
  readonly panelOffsetB: number;
}

/** One tile of C: rows x (4 * vectors), from vector `first` of the panels at b. */
function multiply(fn: Fn, a: I32, b: I32, c: I32, inner: number, first: number, tile: Tile, accumulate: boolean): void {
  const rows = Array.from({ length: tile.rows }, (_, i) => i);
  const vectors = Array.from({ length: tile.vectors }, (_, i) => first + i);
  const sums = rows.map((row) =>
    vectors.map((v) => fn.variable(F32x4, accumulate ? F32x4.load(c, row * tile.offsetC + v * 16) : F32x4.splat(0))),
  );
  const aAt = fn.variable(I32, a);
  const bAt = fn.variable(I32, b);
  const end = fn.let(a.add(4 * inner));
  fn.repeatWhile(() => {
    const bs = vectors.map((v) => fn.let(F32x4.load(bAt.get, Math.floor(v / 2) * tile.panelOffsetB + (v % 2) * 16)));
    for (const row of rows) {
      const factor = fn.let(F32x4.loadSplat(aAt.get, row * tile.offsetA));
      bs.forEach((value, v) => {
        sums[row][v].set(factor.mulAdd(value, sums[row][v].get));
      });
    }
    aAt.set(aAt.get.add(4));
    bAt.set(bAt.get.add(4 * PANEL));
    return aAt.get.lessUnsigned(end);
  });
  rows.forEach((row) => {
    vectors.forEach((v, i) => {
      fn.store(c, sums[row][i].get, row * tile.offsetC + v * 16);
    });
  });
}
