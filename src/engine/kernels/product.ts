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
 * that V8 lifts above the arithmetic still fits sixteen registers), or where registers hold 256 bits six or four over
 * two panels; what is left two at a time and one, over more columns.
 */
export function product(module: Module, shape: ProductShape): FunctionRef {
  return module.function(`product ${nameOf(shape)}`, [I32, I32, I32, I32], (fn, a, b, c, rows) => {
    overTiles(fn, shape, { a, b, c, rows });
    return undefined;
  });
}

export interface WindowShape extends ProductShape {
  /** Floats from what one tap reads of a panel of B to what the next one reads. Default: they lie one after another. */
  readonly tapB?: number;
}

/**
 * A sum of products, one for each tap of a window that lies over the rows of A: C += A(0) * B(0) + A(1) * B(1)..., where
 * A(i) begins `distance` bytes behind A(i - 1), and at least one tap: `call(a, b, c, rows, taps, distance)`. Each element
 * is one chain, tap after tap.
 */
export function windowProduct(module: Module, shape: WindowShape): FunctionRef {
  const { inner, tapB = inner * PANEL } = shape;
  const name = `windowProduct ${nameOf(shape)} ${tapB}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, a, b, c, rows, taps, distance) => {
    overTiles(fn, shape, { a, b, c, rows, window: { taps, distance, skipB: 4 * (tapB - inner * PANEL) } });
    return undefined;
  });
}

function nameOf({ inner, columns, strideA, strideC, strideB = inner * PANEL, accumulate }: ProductShape): string {
  return `${inner}x${columns} ${strideA} ${strideB} ${strideC} ${accumulate}`;
}

/** The taps of a window: how many, and the bytes between two of them in A and, beyond the rows read, in B. */
interface Window {
  readonly taps: I32;
  readonly distance: I32;
  readonly skipB: number;
}

/** Where the matrices lie. */
interface Places {
  readonly a: I32;
  readonly b: I32;
  readonly c: I32;
  readonly rows: I32;
  readonly window?: Window;
}

/** Registers side by side in a tile of so many rows: what keeps the sums, and what one step reads, in sixteen. */
const REGISTERS = { 6: 2, 5: 2, 4: 2, 2: 4, 1: 7 } as const;

/** Covers C with tiles. */
function overTiles(fn: Fn, shape: ProductShape, { a, b, c, rows, window }: Places): void {
  const { inner, columns, strideA, strideC, strideB = inner * PANEL, accumulate } = shape;
  const { wide } = fn.target;
  const size = { inner, offsetA: 4 * strideA, offsetC: 4 * strideC, panelOffsetB: 4 * strideB, accumulate, window };
  const panels = columns / PANEL;
  /** Rows from `from` up to `to`, so many at a time, over all panels. */
  const tiles = (from: I32, to: I32, height: keyof typeof REGISTERS) =>
    fn.if(from.less(to), () => {
      const aFirst = fn.let(a.add(from.mul(size.offsetA)));
      const cFirst = fn.let(c.add(from.mul(size.offsetC)));
      const width = REGISTERS[height] * (wide ? 2 : 1);
      // An odd number of vectors ends in the middle of a panel: then two tiles make a period.
      const period = (width % 2) + 1;
      const periodPanels = (width * period) / 2;
      const over = (panel: I32, vectors: number) => {
        const bPanel = fn.let(b.add(panel.mul(size.panelOffsetB)));
        const cPanel = fn.let(cFirst.add(panel.mul(4 * PANEL)));
        for (let first = 0; first < vectors; first += width) {
          const tile = tileOf(size, height, first, Math.min(width, vectors - first));
          const aRow = fn.variable(I32, aFirst);
          const cRow = fn.variable(I32, cPanel);
          fn.loop(from, to, height, () => {
            multiply(fn, aRow.get, bPanel, cRow.get, tile);
            aRow.set(aRow.get.add(height * size.offsetA));
            cRow.set(cRow.get.add(height * size.offsetC));
          });
        }
      };
      const rest = panels % periodPanels;
      fn.loop(0, panels - rest, periodPanels, (panel) => over(panel, period * width));
      if (rest > 0) over(I32.of(panels - rest), 2 * rest);
    });
  // Of an odd number of rows five go first: all others come out in sixes and fours.
  const fives = wide ? fn.let(rows.and(1).and(I32.of(4).less(rows)).mul(5)) : I32.of(0);
  const sixes = wide ? fn.let(fives.add(rowsBySix(rows.sub(fives)))) : I32.of(0);
  const fours = fn.let(sixes.add(rows.sub(sixes).and(-4)));
  const twos = fn.let(fours.add(rows.sub(fours).and(-2)));
  if (wide) {
    tiles(I32.of(0), fives, 5);
    tiles(fives, sixes, 6);
  }
  tiles(sixes, fours, 4);
  tiles(fours, twos, 2);
  tiles(twos, rows, 1);
}

/** How many of an even number of rows are taken by six, so that the rest goes by four. */
function rowsBySix(rows: I32): I32 {
  const sixes = rows.divUnsigned(6);
  const fewer = rows.sub(sixes.mul(6)).equals(2).and(I32.of(0).less(sixes));
  return sixes.sub(fewer).mul(6);
}

interface Tile {
  readonly inner: number;
  readonly rows: number;
  /** Bytes from row to row of A and C. */
  readonly offsetA: number;
  readonly offsetC: number;
  /** Where each vector of four columns lies, in bytes from b in its first row, and from c. */
  readonly vectors: readonly { readonly b: number; readonly c: number }[];
  readonly accumulate: boolean;
  readonly window: Window | undefined;
}

/** The tile of some vectors that lie side by side, from the panels at b. */
function tileOf(
  size: Omit<Tile, "rows" | "vectors"> & { readonly panelOffsetB: number },
  rows: number,
  first: number,
  count: number,
): Tile {
  const vectors = Array.from({ length: count }, (_, i) => first + i).map((v) => ({
    b: Math.floor(v / 2) * size.panelOffsetB + (v % 2) * 16,
    c: v * 16,
  }));
  return { ...size, rows, vectors };
}

/** One tile of C: rows x (4 * vectors). */
export function multiply(fn: Fn, a: I32, b: I32, c: I32, tile: Tile): void {
  const rows = Array.from({ length: tile.rows }, (_, i) => i);
  const { vectors } = tile;
  const sums = rows.map((row) =>
    vectors.map((v) => fn.variable(F32x4, tile.accumulate ? F32x4.load(c, row * tile.offsetC + v.c) : fn.splat(0))),
  );
  const aAt = fn.variable(I32, a);
  const bAt = fn.variable(I32, b);
  const next = () => {
    const bs = vectors.map((v) => fn.let(F32x4.load(bAt.get, v.b)));
    for (const row of rows) {
      const factor = fn.let(F32x4.loadSplat(aAt.get, row * tile.offsetA));
      bs.forEach((value, v) => {
        sums[row][v].set(factor.mulAdd(value, sums[row][v].get));
      });
    }
    aAt.set(aAt.get.add(4));
    bAt.set(bAt.get.add(4 * PANEL));
  };
  /** A row of A against its rows of B. */
  const along = (from: I32) => {
    if (tile.inner === 1) {
      next();
      return;
    }
    const end = fn.let(from.add(4 * tile.inner));
    fn.repeatWhile(() => {
      next();
      return aAt.get.lessUnsigned(end);
    });
  };
  if (tile.window) {
    const { taps, distance, skipB } = tile.window;
    const tapAt = fn.variable(I32, a);
    const left = fn.variable(I32, taps);
    fn.repeatWhile(() => {
      aAt.set(tapAt.get);
      along(tapAt.get);
      tapAt.set(tapAt.get.add(distance));
      if (skipB !== 0) bAt.set(bAt.get.add(skipB));
      left.set(left.get.sub(1));
      return left.get;
    });
  } else along(a);
  rows.forEach((row) => {
    vectors.forEach((v, i) => {
      fn.store(c, sums[row][i].get, row * tile.offsetC + v.c);
    });
  });
}
