// Products of matrices in float64, in row-major order, and the packing that the kernels read, written out once more.

export type Matrix = Float64Array;

/** a (rows x inner) times b (inner x columns), added to c where it is given. */
export function multiply(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
  c?: ArrayLike<number>,
): Matrix {
  const { rows, inner, columns } = shape;
  const out = Float64Array.from({ length: rows * columns }, (_, i) => c?.[i] ?? 0);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) out[i * columns + j] += a[i * inner + k] * b[k * columns + j];
    }
  }
  return out;
}

export function transposed(a: ArrayLike<number>, rows: number, columns: number): Matrix {
  return Float64Array.from({ length: rows * columns }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)]);
}

/** Panels of eight columns, one after another, each with its rows one after another; zeros beyond the last column. */
export function packed(b: ArrayLike<number>, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const panels = Math.ceil(columns / 8);
  const out = new Float32Array(panels * rows * 8);
  let at = 0;
  for (let panel = 0; panel < panels; panel++) {
    for (let row = 0; row < rows; row++) {
      for (let lane = 0; lane < 8; lane++) {
        const column = panel * 8 + lane;
        out[at++] = column < columns ? b[row * columns + column] : 0;
      }
    }
  }
  return out;
}

export function unpacked(panels: ArrayLike<number>, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows * columns);
  let at = 0;
  for (let panel = 0; panel < Math.ceil(columns / 8); panel++) {
    for (let row = 0; row < rows; row++) {
      for (let lane = 0; lane < 8; lane++) {
        const column = panel * 8 + lane;
        if (column < columns) out[row * columns + column] = panels[at];
        at++;
      }
    }
  }
  return out;
}
