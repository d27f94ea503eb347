import { EPSILON, LEAST_VARIANCE, type LossKernel } from "./loss-kinds.ts";

// Keras's epsilon, and one less it, as float32 holds them.
const LOW = Math.fround(EPSILON);
const HIGH = 1 - 2 ** -23;
const clipped = (p: number) => Math.min(HIGH, Math.max(LOW, p));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function binaryCrossentropy(q: number, t: number, fromLogits: boolean): number {
  return fromLogits ? softplus(q) - q * t : -t * Math.log(clipped(q)) - (1 - t) * Math.log(1 - clipped(q));
}

/** The loss of one row of predictions, in float64, as Keras 3 on TensorFlow defines it. `target`: a row, or a class. */
export function lossTwin(loss: LossKernel, p: readonly number[], target: readonly number[] | number): number {
  const y = typeof target === "number" ? p.map((_, j) => (j === target ? 1 : 0)) : target;
  const mean = (of: (p: number, y: number) => number) => sum(p.map((value, j) => of(value, y[j]))) / p.length;
  const label = (t: number) => (t === 0 ? -1 : t);
  switch (loss.kind) {
    case "meanSquaredError":
      return mean((a, b) => (a - b) ** 2);
    case "meanAbsoluteError":
      return mean((a, b) => Math.abs(a - b));
    case "meanAbsolutePercentageError":
      return mean((a, b) => (100 * Math.abs(a - b)) / Math.max(Math.abs(b), LOW));
    case "meanSquaredLogarithmicError":
      return mean((a, b) => (Math.log1p(Math.max(a, LOW)) - Math.log1p(Math.max(b, LOW))) ** 2);
    case "logCosh":
      return mean((a, b) => Math.abs(a - b) + Math.log1p(Math.exp(-2 * Math.abs(a - b))) - Math.LN2);
    case "hinge":
      return mean((a, b) => Math.max(0, 1 - label(b) * a));
    case "squaredHinge":
      return mean((a, b) => Math.max(0, 1 - label(b) * a) ** 2);
    case "categoricalHinge": {
      const wrong = Math.max(...p.map((a, j) => (1 - y[j]) * a));
      return Math.max(0, 1 + wrong - sum(p.map((a, j) => y[j] * a)));
    }
    case "poisson":
      return mean((a, b) => a - b * Math.log(a + LOW));
    case "klDivergence": {
      const bounded = (x: number) => Math.min(1, Math.max(LOW, x));
      return sum(p.map((a, j) => bounded(y[j]) * Math.log(bounded(y[j]) / bounded(a))));
    }
    case "huber":
      return mean((a, b) => {
        const d = Math.abs(a - b);
        return d <= loss.delta ? 0.5 * d * d : loss.delta * (d - loss.delta / 2);
      });
    case "quantile": {
      const features = p.length / loss.quantiles.length;
      const each = (a: number, j: number) => {
        const [quantile, d] = [loss.quantiles[Math.floor(j / features)], y[j % features] - a];
        return Math.max(quantile * d, (quantile - 1) * d);
      };
      return sum(p.map(each)) / p.length;
    }
    case "gaussianNll": {
      const each = (t: number, j: number) => {
        const raw = p[y.length + j];
        const variance = loss.variance === "log" ? Math.exp(raw) : softplus(raw) + LEAST_VARIANCE;
        return (Math.log(variance) + (t - p[j]) ** 2 / variance + (loss.full ? Math.log(2 * Math.PI) : 0)) / 2;
      };
      return sum(y.map(each)) / y.length;
    }
    case "binaryCrossentropy": {
      const share = loss.labelSmoothing ?? 0;
      return mean((q, t) => binaryCrossentropy(q, t * (1 - share) + share / 2, loss.fromLogits));
    }
    case "binaryFocalCrossentropy":
      return mean((given, t) => {
        const q = loss.fromLogits ? sigmoid(given) : given;
        const weight = loss.applyClassBalancing ? t * loss.alpha + (1 - t) * (1 - loss.alpha) : 1;
        const right = t * q + (1 - t) * (1 - q);
        return weight * (1 - right) ** loss.gamma * binaryCrossentropy(given, t, loss.fromLogits);
      });
    case "categoricalFocalCrossentropy": {
      const most = Math.max(...p);
      const raw = loss.fromLogits ? p.map((z) => Math.exp(z - most)) : p;
      const each = (q: number, j: number) => -y[j] * loss.alpha * (1 - q) ** loss.gamma * Math.log(q);
      return sum(raw.map((value) => clipped(value / sum(raw))).map(each));
    }
    case "formula":
      throw new Error("what a user has written is held against its own definition");
    case "categoricalCrossentropy":
    case "sparseCategoricalCrossentropy": {
      const share = loss.kind === "categoricalCrossentropy" ? (loss.labelSmoothing ?? 0) : 0;
      const t = y.map((value) => value * (1 - share) + share / p.length);
      if (loss.fromLogits) {
        const most = Math.max(...p);
        const logTotal = most + Math.log(sum(p.map((z) => Math.exp(z - most))));
        return sum(p.map((z, j) => t[j] * (logTotal - z)));
      }
      // Classes as numbers: clipped, then normalised. Rows of targets: the other way round.
      if (typeof target === "number")
        return Math.log(sum(p.map(clipped))) - sum(p.map((q, j) => t[j] * Math.log(clipped(q))));
      const total = sum(p);
      return -sum(p.map((q, j) => t[j] * Math.log(clipped(q / total))));
    }
  }
}
