/** Softmax of each row, in float64. */
export function softmaxTwin(x: ArrayLike<number>, rows: number): Float64Array {
  const features = x.length / rows;
  const out = new Float64Array(x.length);
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: features }, (_, j) => x[row * features + j]);
    const most = Math.max(...values);
    const total = values.reduce((sum, value) => sum + Math.exp(value - most), 0);
    values.forEach((value, j) => {
      out[row * features + j] = Math.exp(value - most) / total;
    });
  }
  return out;
}
