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
 * two panels; rows left over one at a time over 28 columns.
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

/** Covers C with tiles. */
function overTiles(fn: Fn, shape: ProductShape, { a, b, c, rows, window }: Places): void {
  const { inner, columns, strideA, strideC, strideB = inner * PANEL, accumulate } = shape;
  const { wide } = fn.target;
  const size = { inner, offsetA: 4 * strideA, offsetC: 4 * strideC, panelOffsetB: 4 * strideB, accumulate, window };
  /** Rows from `from` up to `to`, so many at a time, over all panels. */
  const tiles = (from: I32, to: I32, height: number) =>
    fn.if(from.less(to), () => {
      const aFirst = fn.let(a.add(from.mul(size.offsetA)));
      const cFirst = fn.let(c.add(from.mul(size.offsetC)));
      const over = (panel: I32, width: number) => {
        const bPanel = fn.let(b.add(panel.mul(size.panelOffsetB)));
        const aRow = fn.variable(I32, aFirst);
        const cRow = fn.variable(I32, cFirst.add(panel.mul(4 * PANEL)));
        fn.loop(from, to, height, () => {
          multiply(fn, aRow.get, bPanel, cRow.get, tileOf(size, height, 0, 2 * width));
          aRow.set(aRow.get.add(height * size.offsetA));
          cRow.set(cRow.get.add(height * size.offsetC));
        });
      };
      const panels = columns / PANEL;
      const width = wide ? 2 : 1;
      fn.loop(0, panels - (panels % width), width, (panel) => over(panel, width));
      if (panels % width > 0) over(I32.of(panels - 1), 1);
    });
  const sixes = wide ? fn.let(rowsBySix(rows)) : I32.of(0);
  const whole = fn.let(sixes.add(rows.sub(sixes).and(-4)));
  if (wide) tiles(I32.of(0), sixes, 6);
  tiles(sixes, whole, 4);
  fn.loop(whole, rows, 1, (row) => {
    const aRow = fn.let(a.add(row.mul(size.offsetA)));
    const cRow = fn.let(c.add(row.mul(size.offsetC)));
    // Seven vectors end in the middle of a panel, so two blocks of seven make a period of seven panels.
    fn.loop(0, Math.floor(columns / 56), 1, (period) => {
      const bPeriod = fn.let(b.add(period.mul(7 * size.panelOffsetB)));
      const cPeriod = fn.let(cRow.add(period.mul(7 * 4 * PANEL)));
      for (const first of [0, 7]) multiply(fn, aRow, bPeriod, cPeriod, tileOf(size, 1, first, 7));
    });
    const done = Math.floor(columns / 56) * 7;
    const bRest = b.add(done * size.panelOffsetB);
    const cRest = cRow.add(done * 4 * PANEL);
    const left = (columns / 4) % 14;
    for (let first = 0; first < left; first += 7) {
      multiply(fn, aRow, bRest, cRest, tileOf(size, 1, first, Math.min(7, left - first)));
    }
  });
}

/** How many rows are taken by six, so that the rest goes by four: one six less where two or three would be left. */
function rowsBySix(rows: I32): I32 {
  const sixes = rows.divUnsigned(6);
  const rest = rows.sub(sixes.mul(6));
  const fewer = I32.of(1).less(rest).and(rest.less(4)).and(I32.of(0).less(sixes));
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
function multiply(fn: Fn, a: I32, b: I32, c: I32, tile: Tile): void {
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

export interface PartShape {
  readonly inner: number;
  /** Columns of a block, a multiple of eight, and how many blocks lie side by side in C. */
  readonly columns: number;
  readonly blocks: number;
}

/**
 * C += A * B for one row of A and some panels of each of C's blocks: `call(a, b, c, from, to)`, panels counted within
 * a block. What several threads do to one row; each element is the chain that `product` gives.
 */
export function productPart(module: Module, { inner, columns, blocks }: PartShape): FunctionRef {
  const name = `productPart ${inner}x${columns} ${blocks}`;
  const panelBytes = 4 * PANEL * inner;
  const most = module.target.wide ? 12 : 7;
  /** Panels of a block taken at once, so that the vectors of all blocks fill tiles. */
  const group = blocks % 3 === 0 ? (most / 6) | 0 : 3;
  const row = { inner, rows: 1, offsetA: 0, offsetC: 0, accumulate: true, window: undefined };
  return module.function(name, [I32, I32, I32, I32, I32], (fn, a, b, c, from, to) => {
    const at = (panel: I32, panels: number) => {
      const vectors = Array.from({ length: 2 * blocks * panels }, (_, i) => {
        const [block, v] = [Math.floor(i / (2 * panels)), i % (2 * panels)];
        const inBlock = block * (columns / PANEL) + Math.floor(v / 2);
        return { b: inBlock * panelBytes + (v % 2) * 16, c: block * 4 * columns + v * 16 };
      });
      const tiles = Math.ceil(vectors.length / most);
      const size = 2 * Math.ceil(vectors.length / tiles / 2);
      const bAt = fn.let(b.add(panel.mul(panelBytes)));
      const cAt = fn.let(c.add(panel.mul(4 * PANEL)));
      for (let first = 0; first < vectors.length; first += size) {
        const some = vectors.slice(first, first + size);
        multiply(fn, a, bAt, cAt, { ...row, vectors: some });
      }
    };
    const whole = fn.let(from.add(to.sub(from).divUnsigned(group).mul(group)));
    fn.loop(from, whole, group, (panel) => at(panel, group));
    if (group > 1) fn.loop(whole, to, 1, (panel) => at(panel, 1));
    return undefined;
  });
}
