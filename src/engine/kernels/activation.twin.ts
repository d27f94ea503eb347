import type { ActivationName } from "./activation.ts";

const elu = (scale: number, alpha: number) => (x: number) => (x > 0 ? scale * x : scale * alpha * Math.expm1(x));

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
