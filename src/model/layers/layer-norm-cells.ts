import { finiteNumber, wholeNumber } from "../../base/index.ts";
import { type Initializer, type InitializerLike, initializer, ones } from "../initializers.ts";
import { ops, type Term } from "../ops.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { RecurrentCell } from "./cell.ts";
import { type CustomCellOptions, formulaCell } from "./custom-cell.ts";

/** What `layerNormGruCell` and `layerNormLstmCell` can be told. */
export interface LayerNormCellOptions extends CustomCellOptions {
  /** Size of the state and of the output. */
  readonly units: number;
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerLike;
  /** Default `orthogonal`. */
  readonly recurrentInitializer?: InitializerLike;
}

/** What `layerNormLstmCell` can be told. */
export interface LayerNormLstmCellOptions extends LayerNormCellOptions {
  /** The forget gate's bias starts at 1. Default true. */
  readonly unitForgetBias?: boolean;
}

interface Resolved {
  readonly units: number;
  readonly epsilon: number;
  readonly kernelInitializer: Initializer["config"];
  readonly recurrentInitializer: Initializer["config"];
}

function resolved(kind: string, options: LayerNormCellOptions, more: readonly string[] = []): Resolved {
  const { units, epsilon = 1e-3, kernelInitializer, recurrentInitializer } = optionsOf(options, kind);
  const known = [
    "units",
    "epsilon",
    "kernelInitializer",
    "recurrentInitializer",
    "dropout",
    "recurrentDropout",
    "trainable",
  ];
  refuseUnknown(options, [...known, ...more, "seed", "name"], kind);
  return {
    units: wholeNumber(units, `units of ${kind}`, { max: 65536, code: "model/option" }),
    epsilon: finiteNumber(epsilon, `epsilon of ${kind}`, { min: 1e-12, code: "model/option" }),
    kernelInitializer: initializer(kernelInitializer ?? "glorotUniform", "kernelInitializer").config,
    recurrentInitializer: initializer(recurrentInitializer ?? "orthogonal", "recurrentInitializer").config,
  };
}

const common = ({ dropout, recurrentDropout, trainable, seed, name }: CustomCellOptions): CustomCellOptions => ({
  dropout,
  recurrentDropout,
  trainable,
  seed,
  name,
});

/** The weights of one gate: both kernels, the gains of their sums, and one shift for both. */
const gate = (features: number, of: Resolved, name: string, bias: InitializerLike = "zeros") => ({
  [`kernel_${name}`]: { shape: [features, of.units], initializer: of.kernelInitializer },
  [`recurrent_kernel_${name}`]: { shape: [of.units, of.units], initializer: of.recurrentInitializer },
  [`gamma_${name}`]: { shape: [of.units], initializer: ones() },
  [`recurrent_gamma_${name}`]: { shape: [of.units], initializer: ones() },
  [`bias_${name}`]: { shape: [of.units], initializer: bias },
});

/** A gate's sum of the input and that of the state, each brought to mean 0 and variance 1. */
function sums(x: Term, h: Term, w: Readonly<Record<string, Term>>, epsilon: number, name: string) {
  const { layerNorm, matmul } = ops;
  const input = { gamma: w[`gamma_${name}`], beta: w[`bias_${name}`], epsilon };
  return {
    x: layerNorm(matmul(x, w[`kernel_${name}`]), input),
    h: layerNorm(matmul(h, w[`recurrent_kernel_${name}`]), { gamma: w[`recurrent_gamma_${name}`], epsilon }),
  };
}

const gruFormula = formulaCell("layerNormGruCell", (options: Resolved) => ({
  states: options.units,
  weights: (features: number) => Object.assign({}, ...["z", "r", "c"].map((name) => gate(features, options, name))),
  step: (x, [h], w: Readonly<Record<string, Term>>) => {
    const { add, multiply, sigmoid, subtract, tanh } = ops;
    const [update, reset, candidate] = ["z", "r", "c"].map((name) => sums(x, h, w, options.epsilon, name));
    const z = sigmoid(add(update.x, update.h));
    const c = tanh(add(candidate.x, multiply(sigmoid(add(reset.x, reset.h)), candidate.h)));
    return add(multiply(z, h), multiply(subtract(1, z), c));
  },
}));

/**
 * One step of a GRU whose sums are layer-normalised (Ba et al. 2016), for `rnn`. With n a normalisation over the units,
 * one for each gate and source: z = sigmoid(n(x W) + n(h U)), r likewise, c = tanh(n(x W) + r * n(h U)),
 * h' = z*h + (1-z)*c.
 *
 * Input [rows, steps, features]. Learned for each gate z, r, c: kernel [features, units], recurrent kernel
 * [units, units], a gain [units] for the sums of each, and a bias [units]. Throws `model/option` for an option out of
 * range.
 *
 * @example
 * sequential([input({ shape: [20, 3] }), rnn(layerNormGruCell({ units: 16 }))]).countParams(); // 1056
 */
export function layerNormGruCell(options: LayerNormCellOptions): RecurrentCell {
  return gruFormula({ ...resolved("layerNormGruCell", options), ...common(options) });
}

const lstmFormula = formulaCell("layerNormLstmCell", (options: Resolved & { readonly unitForgetBias: boolean }) => ({
  states: [options.units, options.units],
  weights: (features: number) => ({
    ...Object.assign(
      {},
      ...["i", "f", "g", "o"].map((name) =>
        gate(features, options, name, name === "f" && options.unitForgetBias ? "ones" : "zeros"),
      ),
    ),
    gamma: { shape: [options.units], initializer: ones() },
    beta: { shape: [options.units] },
  }),
  step: (x, [h, c], w: Readonly<Record<string, Term>>) => {
    const { add, layerNorm, multiply, sigmoid, tanh } = ops;
    const { epsilon } = options;
    const [i, f, g, o] = ["i", "f", "g", "o"].map((name) => {
      const sum = sums(x, h, w, epsilon, name);
      return add(sum.x, sum.h);
    });
    const next = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)));
    return [multiply(sigmoid(o), tanh(layerNorm(next, { gamma: w.gamma, beta: w.beta, epsilon }))), next];
  },
}));

/**
 * One step of an LSTM whose sums and cell state are layer-normalised (Ba et al. 2016), for `rnn`. With n a normalisation
 * over the units, one for each gate and source: the gates are taken of n(x W) + n(h U), c' = f*c + i*g and
 * h' = o*tanh(n(c')).
 *
 * Input [rows, steps, features]. Learned for each gate i, f, g, o: kernel [features, units], recurrent kernel
 * [units, units], a gain [units] for the sums of each, and a bias [units]; gain and shift of the cell state. Throws
 * `model/option` for an option out of range.
 *
 * @example
 * sequential([input({ shape: [20, 3] }), rnn(layerNormLstmCell({ units: 16 }))]).countParams(); // 1440
 */
export function layerNormLstmCell(options: LayerNormLstmCellOptions): RecurrentCell {
  const { unitForgetBias = true } = optionsOf(options, "layerNormLstmCell");
  return lstmFormula({
    ...resolved("layerNormLstmCell", options, ["unitForgetBias"]),
    unitForgetBias: flag(unitForgetBias, "unitForgetBias of layerNormLstmCell"),
    ...common(options),
  });
}
