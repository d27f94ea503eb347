import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { PANEL, padded } from "./layout.ts";

/**
 * The transpose of a weight matrix (rows x columns, columns a multiple of eight), both in panels: `call(from, to)`.
 * Columns of the result beyond `rows` are not written; they are zero from the start. `parts`: the matrix is one of so
 * many that lie one above another, before and after.
 */
export function transpose(module: Module, rows: number, columns: number, parts = 1): FunctionRef {
  return module.function(`transpose ${rows}x${columns} ${parts}`, [I32, I32], (fn, from, to) => {
    const whole = rows - (rows % 4);
    fn.loop(0, columns / 4, 1, (n) => {
      const source = fn.let(from.add(n.shiftRight(1).mul(4 * parts * rows * PANEL)).add(n.and(1).mul(16)));
      const target = fn.let(to.add(n.mul(4 * 4 * PANEL)));
      const place = (k: I32) => target.add(k.shiftRight(3).mul(4 * parts * columns * PANEL)).add(k.and(7).mul(4));
      fn.loop(0, whole, 4, (k) => {
        const at = fn.let(source.add(k.mul(4 * PANEL)));
        const [a, b, c, d] = [0, 1, 2, 3].map((i) => fn.let(F32x4.load(at, i * 4 * PANEL)));
        const ab = fn.let(a.shuffle(b, [0, 4, 1, 5]));
        const cd = fn.let(c.shuffle(d, [0, 4, 1, 5]));
        const ef = fn.let(a.shuffle(b, [2, 6, 3, 7]));
        const gh = fn.let(c.shuffle(d, [2, 6, 3, 7]));
        const out = fn.let(place(k));
        fn.store(out, ab.shuffle(cd, [0, 1, 4, 5]));
        fn.store(out, ab.shuffle(cd, [2, 3, 6, 7]), 4 * PANEL);
        fn.store(out, ef.shuffle(gh, [0, 1, 4, 5]), 8 * PANEL);
        fn.store(out, ef.shuffle(gh, [2, 3, 6, 7]), 12 * PANEL);
      });
      fn.loop(whole, rows, 1, (k) => {
        const at = fn.let(source.add(k.mul(4 * PANEL)));
        const out = fn.let(place(k));
        for (let i = 0; i < 4; i++) fn.store(out, F32.load(at, 4 * i), i * 4 * PANEL);
      });
    });
    return undefined;
  });
}

/** Floats of the transpose in panels. */
export const transposeSize = (rows: number, columns: number): number => padded(rows) * columns;
