import { type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { PANEL } from "./layout.ts";
import { multiply } from "./product.ts";

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
  const { wide } = module.target;
  const [most, pair] = wide ? [12, 2] : [7, 1];
  /** Panels of a block taken at once, so that the vectors of all blocks fill tiles. */
  const group = blocks % 3 === 0 ? (most / 6) | 0 : 3;
  const groups = new Set([...(wide ? [] : [7]), group, 1]);
  const row = { inner, rows: 1, offsetA: 0, offsetC: 0, accumulate: true, window: undefined };
  return module.function(name, [I32, I32, I32, I32, I32], (fn, a, b, c, from, to) => {
    const at = (panel: I32, panels: number) => {
      const vectors = Array.from({ length: 2 * blocks * panels }, (_, i) => {
        const [block, v] = [Math.floor(i / (2 * panels)), i % (2 * panels)];
        const inBlock = block * (columns / PANEL) + Math.floor(v / 2);
        return { b: inBlock * panelBytes + (v % 2) * 16, c: block * 4 * columns + v * 16 };
      });
      const tiles = Math.ceil(vectors.length / most);
      const size = pair * Math.ceil(vectors.length / tiles / pair);
      const bAt = fn.let(b.add(panel.mul(panelBytes)));
      const cAt = fn.let(c.add(panel.mul(4 * PANEL)));
      for (let first = 0; first < vectors.length; first += size) {
        const some = vectors.slice(first, first + size);
        multiply(fn, a, bAt, cAt, { ...row, vectors: some });
      }
    };
    let done = from;
    for (const panels of groups) {
      const end = fn.let(done.add(to.sub(done).divUnsigned(panels).mul(panels)));
      fn.loop(done, end, panels, (panel) => at(panel, panels));
      done = end;
    }
    return undefined;
  });
}
