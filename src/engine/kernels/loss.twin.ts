import type { LossKernel } from "./loss.ts";

// Keras's epsilon, and one less it, as float32 holds them.
const LOW = Math.fround(1e-7);
const HIGH = 1 - 2 ** -23;
const clipped = (p: number) => Math.min(HIGH, Math.max(LOW, p));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The loss of one row of predictions, in float64, as Keras 3 on TensorFlow defines it. `target`: a row, or a class. */
export function lossTwin(loss: LossKernel, p: readonly number[], target: readonly number[] | number): number {
  const y = typeof target === "number" ? p.map((_, j) => (j === target ? 1 : 0)) : target;
  const mean = (of: (p: number, y: number) => number) => sum(p.map((value, j) => of(value, y[j]))) / p.length;
  switch (loss.kind) {
    case "meanSquaredError":
      return mean((a, b) => (a - b) ** 2);
    case "meanAbsoluteError":
      return mean((a, b) => Math.abs(a - b));
    case "huber":
      return mean((a, b) => {
        const d = Math.abs(a - b);
        return d <= loss.delta ? 0.5 * d * d : loss.delta * (d - loss.delta / 2);
      });
    case "binaryCrossentropy":
      if (loss.fromLogits) return mean((z, t) => Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z))));
      return mean((q, t) => -t * Math.log(clipped(q)) - (1 - t) * Math.log(1 - clipped(q)));
    case "categoricalCrossentropy":
    case "sparseCategoricalCrossentropy": {
      if (loss.fromLogits) {
        const most = Math.max(...p);
        const logTotal = most + Math.log(sum(p.map((z) => Math.exp(z - most))));
        return sum(p.map((z, j) => y[j] * (logTotal - z)));
      }
      // Classes as numbers: clipped, then normalised. Rows of targets: the other way round.
      if (typeof target === "number")
        return Math.log(sum(p.map(clipped))) - sum(p.map((q, j) => y[j] * Math.log(clipped(q))));
      const total = sum(p);
      return -sum(p.map((q, j) => y[j] * Math.log(clipped(q / total))));
    }
  }
}
