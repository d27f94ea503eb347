import { finiteNumber, GruvyError, product, type Random, shown } from "../base/index.ts";
import { drawOrthonormal, drawSpread } from "../engine/index.ts";

/** Fills a new weight: `values(shape, random)` in row-major order. `config` is what a saved model keeps. */
export interface Initializer {
  readonly config: { readonly name: InitializerName; readonly [option: string]: number | string };
  values(shape: readonly number[], random: Random): Float32Array;
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

function filled(shape: readonly number[], value: (i: number) => number): Float32Array {
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = value(i);
  return values;
}

/** Uniform between two bounds. */
const between = (shape: readonly number[], random: Random, min: number, max: number): Float32Array =>
  drawSpread(product(shape), random, { low: min, size: max - min, scale: 1, shift: 0 });

/** Uniform between a limit and its negative. */
const within = (shape: readonly number[], random: Random, limit: number): Float32Array =>
  drawSpread(product(shape), random, { low: 0, size: limit, scale: 2, shift: 1 });

const everywhere = (value: number, config: Initializer["config"]): Initializer => ({
  config,
  values: (shape) => filled(shape, () => value),
});

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
 * All of one value. Throws `usage/option` for one that is not finite.
 *
 * @example
 * dense({ units: 1, biasInitializer: constant(-2) }).config.biasInitializer; // { name: "constant", value: -2 }
 */
export const constant = (value: number): Initializer =>
  everywhere(finiteNumber(value, "value of constant"), { name: "constant", value });

/**
 * Uniform between two bounds (default -0.05 and 0.05): Keras's default for embeddings.
 *
 * @example
 * randomUniform().config; // { name: "randomUniform", min: -0.05, max: 0.05 }
 */
export function randomUniform({ min = -0.05, max = 0.05 } = {}): Initializer {
  finiteNumber(min, "min");
  finiteNumber(max, "max", { min });
  return {
    config: { name: "randomUniform", min, max },
    values: (shape, random) => between(shape, random, min, max),
  };
}

/**
 * Normal with a mean (default 0) and a standard deviation (default 0.05).
 *
 * @example
 * randomNormal({ stddev: 0.1 }).config; // { name: "randomNormal", mean: 0, stddev: 0.1 }
 */
export function randomNormal({ mean = 0, stddev = 0.05 } = {}): Initializer {
  finiteNumber(mean, "mean");
  finiteNumber(stddev, "stddev", { min: 0 });
  return {
    config: { name: "randomNormal", mean, stddev },
    values: (shape, random) => filled(shape, (i) => mean + stddev * random.normal(i)),
  };
}

/** Inputs and outputs of a unit: the last two axes, times those before them. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = product(shape.slice(0, -2));
  return { fanIn: field * shape[shape.length - 2], fanOut: field * shape[shape.length - 1] };
}

function scaled(
  name: InitializerName,
  variance: (fanIn: number, fanOut: number) => number,
  distribution: "uniform" | "normal",
): () => Initializer {
  return () => ({
    config: { name },
    values: (shape, random) => {
      const { fanIn, fanOut } = fans(shape);
      const spread = variance(fanIn, fanOut);
      if (distribution === "normal") return filled(shape, (i) => Math.sqrt(spread) * cutNormal(random, i));
      const limit = Math.sqrt(3 * spread);
      return within(shape, random, limit);
    },
  });
}

/** The deviation of a standard normal that is cut at two deviations. */
const CUT_DEVIATION = 0.8796256610342398;

/** Standard normal cut at two deviations, scaled so that its own deviation is 1. */
function cutNormal(random: Random, element: number): number {
  for (let attempt = 0; ; attempt++) {
    const value = random.normal(element + attempt * 0x1000000);
    if (Math.abs(value) < 2) return value / CUT_DEVIATION;
  }
}

/**
 * Uniform with variance 2 / (inputs + outputs) (Glorot and Bengio 2010): Keras's default for kernels.
 *
 * @example
 * glorotUniform().config.name; // "glorotUniform"
 */
export const glorotUniform = scaled("glorotUniform", (fanIn, fanOut) => 2 / (fanIn + fanOut), "uniform");
/**
 * Normal, cut at two deviations, with variance 2 / (inputs + outputs).
 *
 * @example
 * glorotNormal().config.name; // "glorotNormal"
 */
export const glorotNormal = scaled("glorotNormal", (fanIn, fanOut) => 2 / (fanIn + fanOut), "normal");
/**
 * Uniform with variance 2 / inputs (He et al. 2015): for `relu`.
 *
 * @example
 * dense({ units: 8, activation: "relu", kernelInitializer: heUniform() }).config.units; // 8
 */
export const heUniform = scaled("heUniform", (fanIn) => 2 / fanIn, "uniform");
/**
 * Normal, cut at two deviations, with variance 2 / inputs: for `relu`.
 *
 * @example
 * heNormal().config.name; // "heNormal"
 */
export const heNormal = scaled("heNormal", (fanIn) => 2 / fanIn, "normal");

/**
 * Uniform with variance 1 / inputs (LeCun et al. 1998).
 *
 * @example
 * lecunUniform().config.name; // "lecunUniform"
 */
export const lecunUniform = scaled("lecunUniform", (fanIn) => 1 / fanIn, "uniform");
/**
 * Normal, cut at two deviations, with variance 1 / inputs: for `selu`.
 *
 * @example
 * dense({ units: 8, activation: "selu", kernelInitializer: lecunNormal() }).config.units; // 8
 */
export const lecunNormal = scaled("lecunNormal", (fanIn) => 1 / fanIn, "normal");

/**
 * Normal with a mean (default 0) and a standard deviation (default 0.05) before it is cut at two deviations, as in Keras.
 *
 * @example
 * truncatedNormal({ stddev: 0.1 }).config; // { name: "truncatedNormal", mean: 0, stddev: 0.1 }
 */
export function truncatedNormal({ mean = 0, stddev = 0.05 } = {}): Initializer {
  finiteNumber(mean, "mean");
  finiteNumber(stddev, "stddev", { min: 0 });
  return {
    config: { name: "truncatedNormal", mean, stddev },
    values: (shape, random) => filled(shape, (i) => mean + stddev * CUT_DEVIATION * cutNormal(random, i)),
  };
}

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
 * The family of Glorot's, He's and LeCun's: a variance of scale / n.
 *
 * @throws {GruvyError} `model/option`.
 * @example
 * varianceScaling({ scale: 2, mode: "fanOut" }).config.distribution; // "truncatedNormal"
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const { scale = 1, mode = "fanIn", distribution = "truncatedNormal" } = options;
  finiteNumber(scale, "scale of varianceScaling", { min: 1e-30, code: "model/option" });
  const one = <T extends string>(value: T, known: readonly string[], name: string): T => {
    if (known.includes(value)) return value;
    throw new GruvyError(
      "model/option",
      `Expected ${name} of varianceScaling to be one of ${known.join(", ")}, found ${shown(value)}`,
    );
  };
  one(mode, ["fanIn", "fanOut", "fanAvg"], "mode");
  one(distribution, ["truncatedNormal", "untruncatedNormal", "uniform"], "distribution");
  return {
    config: { name: "varianceScaling", scale, mode, distribution },
    values: (shape, random) => {
      const { fanIn, fanOut } = fans(shape);
      const spread = scale / Math.max(1, { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode]);
      if (distribution === "uniform") {
        const limit = Math.sqrt(3 * spread);
        return within(shape, random, limit);
      }
      const drawn = distribution === "truncatedNormal" ? cutNormal : (source: Random, i: number) => source.normal(i);
      return filled(shape, (i) => Math.sqrt(spread) * drawn(random, i));
    },
  };
}

/**
 * `gain` (default 1) on the diagonal of a matrix, 0 elsewhere: a recurrent kernel that keeps its state at first (Le et
 * al. 2015). In a kernel of several gates the first square block alone.
 *
 * @example
 * simpleRnn({ units: 4, recurrentInitializer: identity() }).config.units; // 4
 */
export function identity({ gain = 1 } = {}): Initializer {
  finiteNumber(gain, "gain");
  return {
    config: { name: "identity", gain },
    values: (shape) => {
      if (shape.length !== 2) {
        throw new GruvyError(
          "model/initializer",
          `Expected a matrix for identity, found a weight of shape [${shape.join(", ")}]`,
        );
      }
      return filled(shape, (i) => (Math.floor(i / shape[1]) === i % shape[1] ? gain : 0));
    },
  };
}

/**
 * Orthonormal rows or columns, whichever are fewer, times a gain (Saxe et al. 2014): Keras's default for recurrent
 * kernels.
 *
 * @example
 * gru({ units: 8, recurrentInitializer: orthogonal({ gain: 0.5 }) }).config.units; // 8
 */
export function orthogonal({ gain = 1 } = {}): Initializer {
  finiteNumber(gain, "gain");
  return {
    config: { name: "orthogonal", gain },
    values: (shape, random) => {
      const columns = shape[shape.length - 1];
      const rows = product(shape) / columns;
      const count = Math.min(rows, columns);
      const length = Math.max(rows, columns);
      const basis = drawOrthonormal(count, length, random);
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
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  truncatedNormal,
  varianceScaling,
  identity,
  orthogonal,
};

/** An initializer from its name, its saved config, or itself. */
export function initializer(value: InitializerLike | Initializer["config"], option: string): Initializer {
  if (typeof value === "object" && value !== null && typeof (value as Initializer).values === "function") {
    return value as Initializer;
  }
  const config = (typeof value === "string" ? { name: value } : value) as Initializer["config"];
  if (typeof config?.name !== "string" || !Object.hasOwn(byName, config.name)) {
    throw new GruvyError(
      "model/initializer",
      `Unknown ${option} ${shown(config?.name ?? value)}`,
      `Use one of ${Object.keys(byName).join(", ")}.`,
    );
  }
  const { name, ...options } = config;
  return byName[name](options as Record<string, number>);
}
