import type { ActivationName } from "./activation.ts";

const elu = (scale: number, alpha: number) => (x: number) => (x > 0 ? scale * x : scale * alpha * Math.expm1(x));

/** The share of a normal distribution below x: a series, and where that loses digits a continued fraction. */
function normalBelow(x: number): number {
  if (Math.abs(x) < 5) {
    let [sum, term] = [x, x];
    for (let n = 1; n < 200; n++) {
      term *= (x * x) / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * density(x);
  }
  let fraction = 0;
  for (let n = 40; n >= 1; n--) fraction = n / (Math.abs(x) + fraction);
  const tail = density(x) / (Math.abs(x) + fraction);
  return x > 0 ? 1 - tail : tail;
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The activations as their definitions say, in float64. */
export const activationTwin: Record<ActivationName, (x: number) => number> = {
  linear: (x) => x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => (x < 0 ? 0 : x),
  hardSigmoid: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
  elu: elu(1, 1),
  selu: elu(1.0507009873554805, 1.6732632423543772),
  exponential: Math.exp,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x) => x / (1 + Math.abs(x)),
  leakyRelu: (x) => (x < 0 ? 0.2 * x : x),
  swish: (x) => x * activationTwin.sigmoid(x),
  gelu: (x) => x * normalBelow(x),
};

/** Their derivatives, from x. */
export const activationSlope: Record<ActivationName, (x: number) => number> = {
  linear: () => 1,
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  sigmoid: (x) => activationTwin.sigmoid(x) * (1 - activationTwin.sigmoid(x)),
  relu: (x) => (x > 0 ? 1 : 0),
  hardSigmoid: (x) => (Math.abs(x) < 3 ? 1 / 6 : 0),
  elu: (x) => (x > 0 ? 1 : Math.exp(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * Math.exp(x)),
  exponential: Math.exp,
  softplus: (x) => activationTwin.sigmoid(x),
  softsign: (x) => (1 + Math.abs(x)) ** -2,
  leakyRelu: (x) => (x > 0 ? 1 : 0.2),
  swish: (x) => activationTwin.sigmoid(x) * (1 + x * (1 - activationTwin.sigmoid(x))),
  gelu: (x) => normalBelow(x) + x * density(x),
};

export interface ActivationTable {
  readonly value: Readonly<Record<ActivationName, (x: number) => number>>;
  readonly slope: Readonly<Record<ActivationName, (x: number) => number>>;
}

export const defined: ActivationTable = { value: activationTwin, slope: activationSlope };

const statedTanh = (x: number) => Math.tanh(Math.max(-7.875, Math.min(7.875, x))) * (1 - 4.3e-7);
const statedSigmoid = (x: number) => activationTwin.sigmoid(x) * (1 - 1.5e-7);

/**
 * tanh and sigmoid off by the errors that `formulas.ts` states, tanh bounded as there, with slopes from their values as
 * kernels take them: where a function saturates, so much may be wrong with its gradient.
 */
export const asStated: ActivationTable = {
  value: { ...activationTwin, tanh: statedTanh, sigmoid: statedSigmoid },
  slope: {
    ...activationSlope,
    tanh: (x) => 1 - statedTanh(x) ** 2,
    sigmoid: (x) => statedSigmoid(x) * (1 - statedSigmoid(x)),
  },
};
