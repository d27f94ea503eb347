import { finiteNumber, product, type Random, refuseName } from "../base/index.ts";
import { drawOrthonormal, drawSpread, drawWithin } from "../engine/index.ts";
import { isRecord } from "./by-name.ts";
import { fans } from "./fans.ts";
import { rare } from "./late.ts";
import { byNames, numberRule, settle, wordRule } from "./options.ts";

/** Fills a new weight: `values(shape, random)` in row-major order. `config` is what a saved model keeps. */
export interface Initializer {
  readonly config: { readonly name: InitializerName; readonly [option: string]: number | string };
  values(shape: readonly number[], random: Random): Float32Array | Promise<Float32Array>;
}

type InitializerName =
  | "zeros"
  | "ones"
  | "constant"
  | "randomUniform"
  | "randomNormal"
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "lecunUniform"
  | "lecunNormal"
  | "truncatedNormal"
  | "varianceScaling"
  | "identity"
  | "orthogonal";

/** A name, or what one of the functions below returns. */
export type InitializerLike = InitializerName | Initializer;

/** By its config alone: what few trainings begin with is loaded when the first weights are drawn. */
const rarely = (config: Initializer["config"]): Initializer => ({
  config,
  values: async (shape, random) => (await rare.load()).draw(config, shape, random),
});

const everywhere = (value: number, config: Initializer["config"]): Initializer => ({
  config,
  values: (shape) => new Float32Array(product(shape)).fill(value),
});

interface Spread {
  readonly mean?: number;
  readonly stddev?: number;
}

const spread = (name: InitializerName, options: Spread) => ({
  name,
  ...settle(options, name, { mean: numberRule(0), stddev: numberRule(0.05, { min: 0 }) }),
});

interface Gain {
  readonly gain?: number;
}

const gainOf = (options: Gain, name: string) => settle(options, name, { gain: numberRule(1) });

/**
 * All 0: the default for biases.
 *
 * @example
 * dense({ units: 2, kernelInitializer: zeros() }).config.kernelInitializer; // { name: "zeros" }
 */
export const zeros = (): Initializer => everywhere(0, { name: "zeros" });
/**
 * All 1.
 *
 * @example
 * ones().config.name; // "ones"
 */
export const ones = (): Initializer => everywhere(1, { name: "ones" });
/**
 * All of one value. Throws `model/option` for one that is not finite.
 *
 * @example
 * dense({ units: 1, biasInitializer: constant(-2) }).config.biasInitializer; // { name: "constant", value: -2 }
 */
export const constant = (value: number): Initializer =>
  everywhere(finiteNumber(value, "value of constant", { code: "model/option" }), { name: "constant", value });

/**
 * Uniform between two bounds (default -0.05 and 0.05): Keras's default for embeddings.
 *
 * @throws {GruvyError} `model/option` for a bound that is not finite, a `max` below `min`, or an unknown option.
 * @example
 * randomUniform().config; // { name: "randomUniform", min: -0.05, max: 0.05 }
 */
export function randomUniform(options: { readonly min?: number; readonly max?: number } = {}): Initializer {
  const { min, max } = settle(options, "randomUniform", { min: numberRule(-0.05), max: numberRule(0.05) });
  finiteNumber(max, "max of randomUniform", { min, code: "model/option" });
  return {
    config: { name: "randomUniform", min, max },
    values: (shape, random) => drawSpread(product(shape), random, { low: min, size: max - min, scale: 1, shift: 0 }),
  };
}

/**
 * Normal with a mean (default 0) and a standard deviation (default 0.05).
 *
 * @throws {GruvyError} `model/option` for a number that is not finite, a deviation below zero, or an unknown option.
 * @example
 * randomNormal({ stddev: 0.1 }).config; // { name: "randomNormal", mean: 0, stddev: 0.1 }
 */
export const randomNormal = (options: Spread = {}): Initializer => rarely(spread("randomNormal", options));

/**
 * Uniform with variance 2 / (inputs + outputs) (Glorot and Bengio 2010): Keras's default for kernels.
 *
 * @example
 * glorotUniform().config.name; // "glorotUniform"
 */
export const glorotUniform = (): Initializer => ({
  config: { name: "glorotUniform" },
  values(shape, random) {
    const { fanIn, fanOut } = fans(shape);
    return drawWithin(product(shape), random, Math.sqrt(3 * (2 / (fanIn + fanOut))));
  },
});
/**
 * Normal, cut at two deviations, with variance 2 / (inputs + outputs) (Glorot and Bengio 2010).
 *
 * @example
 * glorotNormal().config.name; // "glorotNormal"
 */
export const glorotNormal = (): Initializer => rarely({ name: "glorotNormal" });
/**
 * Uniform with variance 2 / inputs (He et al. 2015): for `relu`.
 *
 * @example
 * dense({ units: 8, activation: "relu", kernelInitializer: heUniform() }).config.units; // 8
 */
export const heUniform = (): Initializer => rarely({ name: "heUniform" });
/**
 * Normal, cut at two deviations, with variance 2 / inputs (He et al. 2015): for `relu`.
 *
 * @example
 * heNormal().config.name; // "heNormal"
 */
export const heNormal = (): Initializer => rarely({ name: "heNormal" });

/**
 * Uniform with variance 1 / inputs (LeCun et al. 1998).
 *
 * @example
 * lecunUniform().config.name; // "lecunUniform"
 */
export const lecunUniform = (): Initializer => rarely({ name: "lecunUniform" });
/**
 * Normal, cut at two deviations, with variance 1 / inputs: for `selu` (Klambauer et al. 2017).
 *
 * @example
 * dense({ units: 8, activation: "selu", kernelInitializer: lecunNormal() }).config.units; // 8
 */
export const lecunNormal = (): Initializer => rarely({ name: "lecunNormal" });

/**
 * Normal with a mean (default 0) and a standard deviation (default 0.05) before it is cut at two deviations, as in
 * Keras.
 *
 * @throws {GruvyError} as `randomNormal`
 * @example
 * truncatedNormal({ stddev: 0.1 }).config; // { name: "truncatedNormal", mean: 0, stddev: 0.1 }
 */
export const truncatedNormal = (options: Spread = {}): Initializer => rarely(spread("truncatedNormal", options));

/** What `varianceScaling` can be told. */
export interface VarianceScalingOptions {
  /** Default 1. */
  readonly scale?: number;
  /** The variance is scale / n: n the inputs of a unit, its outputs, or their mean. Default `fanIn`. */
  readonly mode?: "fanIn" | "fanOut" | "fanAvg";
  /** Default `truncatedNormal`. */
  readonly distribution?: "truncatedNormal" | "untruncatedNormal" | "uniform";
}

/**
 * The family of Glorot's, He's and LeCun's: a variance of scale / n. Keras's `VarianceScaling`.
 *
 * @throws {GruvyError} `model/option` for a scale that is not above zero, or an unknown word.
 * @example
 * varianceScaling({ scale: 2, mode: "fanOut" }).config.distribution; // "truncatedNormal"
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const settled = settle(options, "varianceScaling", {
    scale: numberRule(1, { min: 1e-30 }),
    mode: wordRule("fanIn", "fanOut", "fanAvg"),
    distribution: wordRule("truncatedNormal", "untruncatedNormal", "uniform"),
  });
  return rarely({ name: "varianceScaling", ...settled });
}

/**
 * `gain` (default 1) on the diagonal of a matrix, 0 elsewhere: a recurrent kernel that keeps its state at first (Le et
 * al. 2015). In a kernel of several gates the first square block alone.
 *
 * @throws {GruvyError} `model/option` for a gain that is not finite, or an unknown option; when weights are drawn,
 *   `model/initializer` for one that is no matrix.
 * @example
 * simpleRnn({ units: 4, recurrentInitializer: identity() }).config.units; // 4
 */
export const identity = (options: Gain = {}): Initializer =>
  rarely({ name: "identity", ...gainOf(options, "identity") });

/**
 * Orthonormal rows or columns, whichever are fewer, times a gain (Saxe et al. 2014), by default 1: Keras's default
 * for recurrent kernels.
 *
 * @throws {GruvyError} `model/option` for a gain that is not finite, or an unknown option.
 * @example
 * gru({ units: 8, recurrentInitializer: orthogonal({ gain: 0.5 }) }).config.units; // 8
 */
export function orthogonal(options: Gain = {}): Initializer {
  const { gain } = gainOf(options, "orthogonal");
  return {
    config: { name: "orthogonal", gain },
    values: async (shape, random) => {
      const columns = shape[shape.length - 1];
      const rows = product(shape) / columns;
      const count = Math.min(rows, columns);
      const length = Math.max(rows, columns);
      const basis = await drawOrthonormal(count, length, random);
      const values = new Float32Array(product(shape));
      for (let n = 0; n < count; n++) {
        const vector = basis[n];
        const [first, step] = rows <= columns ? [n * columns, 1] : [n, columns];
        for (let i = 0; i < length; i++) values[first + i * step] = gain * vector[i];
      }
      return values;
    },
  };
}

const byName: Record<InitializerName, (options: Record<string, number>) => Initializer> = {
  zeros,
  ones,
  constant: ({ value }) => constant(value),
  randomUniform,
  randomNormal,
  glorotUniform,
  ...byNames(
    ["glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal"],
    (name) => () => rarely({ name }),
  ),
  truncatedNormal,
  varianceScaling,
  identity,
  orthogonal,
};

/** An initializer from its name, its saved config, or itself. */
export function initializer(value: InitializerLike | Initializer["config"], option: string): Initializer {
  // Lists and maps have `values` too.
  if (isRecord(value) && typeof value.values === "function") return value as unknown as Initializer;
  const config = (typeof value === "string" ? { name: value } : value) as Initializer["config"];
  if (typeof config?.name !== "string" || !Object.hasOwn(byName, config.name)) {
    refuseName("model/initializer", option, config?.name ?? value, Object.keys(byName));
  }
  const { name, ...options } = config;
  return byName[name](options as Record<string, number>);
}
