import { cos, finiteNumber, GruvyError, pow, shown, wholeNumber, wordOf } from "../base/index.ts";
import { flag, named, optionsOf, refuseUnknown } from "./options.ts";

/** A learning rate that follows the number of optimizer steps taken: `at(0)` is that of the first. */
export interface Schedule {
  readonly config: {
    readonly name: string;
    readonly [option: string]: number | boolean | readonly number[] | string | Schedule["config"];
  };
  at(step: number): number;
}

/**
 * initialLearningRate * decayRate^(step / decaySteps); with `staircase` (default false) the exponent is rounded down.
 * Keras's `ExponentialDecay`.
 *
 * @throws {GruvyError} `usage/option` for a number that is missing or out of range; `model/option` for an unknown
 *   option, or a flag that is none.
 * @example
 * exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }).at(20); // 0.025
 */
export function exponentialDecay(options: {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase?: boolean;
}): Schedule {
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = optionsOf(options, "exponentialDecay");
  refuseUnknown(options, ["initialLearningRate", "decaySteps", "decayRate", "staircase"], "exponentialDecay");
  flag(staircase, "staircase");
  finiteNumber(initialLearningRate, "initialLearningRate", { min: 0 });
  wholeNumber(decaySteps, "decaySteps");
  finiteNumber(decayRate, "decayRate", { min: 0 });
  return {
    config: { name: "exponentialDecay", initialLearningRate, decaySteps, decayRate, staircase },
    at: (step) => {
      const passed = staircase ? Math.floor(step / decaySteps) : step / decaySteps;
      return initialLearningRate * pow(decayRate, passed);
    },
  };
}

/**
 * Half a cosine from initialLearningRate down to alpha (default 0) times it over decaySteps (Loshchilov and Hutter
 * 2017). With `warmupTarget` and `warmupSteps` (default 0) a line goes up to that target first, and the cosine down
 * from it.
 *
 * @throws {GruvyError} as `exponentialDecay`
 * @example
 * cosineDecay({ initialLearningRate: 0.1, decaySteps: 100 }).at(100); // 0
 */
export function cosineDecay(options: {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly alpha?: number;
  readonly warmupTarget?: number;
  readonly warmupSteps?: number;
}): Schedule {
  const {
    initialLearningRate,
    decaySteps,
    alpha = 0,
    warmupTarget,
    warmupSteps = 0,
  } = optionsOf(options, "cosineDecay");
  const known = ["initialLearningRate", "decaySteps", "alpha", "warmupTarget", "warmupSteps"];
  refuseUnknown(options, known, "cosineDecay");
  finiteNumber(initialLearningRate, "initialLearningRate", { min: 0 });
  wholeNumber(decaySteps, "decaySteps");
  finiteNumber(alpha, "alpha", { min: 0 });
  wholeNumber(warmupSteps, "warmupSteps", { min: 0 });
  if (warmupTarget !== undefined) finiteNumber(warmupTarget, "warmupTarget", { min: 0 });
  const top = warmupTarget ?? initialLearningRate;
  const warms = warmupTarget !== undefined && warmupSteps > 0;
  return {
    config: {
      name: "cosineDecay",
      initialLearningRate,
      decaySteps,
      alpha,
      warmupSteps,
      ...(warmupTarget === undefined ? {} : { warmupTarget }),
    },
    at: (step) => {
      if (warms && step < warmupSteps) {
        return initialLearningRate + ((top - initialLearningRate) * step) / warmupSteps;
      }
      const passed = Math.min(step - (warms ? warmupSteps : 0), decaySteps) / decaySteps;
      return top * ((1 - alpha) * 0.5 * (1 + cos(Math.PI * passed)) + alpha);
    },
  };
}

/**
 * values[i] up to and including step boundaries[i], which ascend, then the next; the last value for ever. Keras's
 * `PiecewiseConstantDecay`.
 *
 * @throws {GruvyError} `usage/option` for a number below zero, `model/option` for lists that do not go together.
 * @example
 * piecewiseConstantDecay({ boundaries: [10], values: [0.1, 0.01] }).at(11); // 0.01
 */
export function piecewiseConstantDecay(options: {
  readonly boundaries: readonly number[];
  readonly values: readonly number[];
}): Schedule {
  const { boundaries, values } = optionsOf(options, "piecewiseConstantDecay");
  refuseUnknown(options, ["boundaries", "values"], "piecewiseConstantDecay");
  for (const [name, list] of [["boundaries", boundaries] as const, ["values", values] as const]) {
    if (!Array.isArray(list)) {
      throw new GruvyError("model/option", `Expected ${name} to be a list of numbers, found ${shown(list)}`);
    }
    for (const number of list) finiteNumber(number, name, { min: 0 });
  }
  if (values.length !== boundaries.length + 1) {
    throw new GruvyError(
      "model/option",
      `Expected one more value than boundaries, found ${values.length} values and ${boundaries.length} boundaries`,
    );
  }
  return {
    config: { name: "piecewiseConstantDecay", boundaries, values },
    at: (step) => {
      const place = boundaries.findIndex((boundary) => step <= boundary);
      return values[place < 0 ? values.length - 1 : place];
    },
  };
}

/**
 * From initialLearningRate down to endLearningRate (default 0.0001) over decaySteps, by (1 - share of them)^power
 * (default 1, a line). With `cycle` (default false) decaySteps grows by its own length whenever they are over. Keras's
 * `PolynomialDecay`.
 *
 * @throws {GruvyError} as `exponentialDecay`
 * @example
 * polynomialDecay({ initialLearningRate: 0.1, decaySteps: 10, endLearningRate: 0 }).at(5); // 0.05
 */
export function polynomialDecay(options: {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly endLearningRate?: number;
  readonly power?: number;
  readonly cycle?: boolean;
}): Schedule {
  const given = optionsOf(options, "polynomialDecay");
  const { initialLearningRate, decaySteps, endLearningRate = 0.0001, power = 1, cycle = false } = given;
  const known = ["initialLearningRate", "decaySteps", "endLearningRate", "power", "cycle"];
  refuseUnknown(options, known, "polynomialDecay");
  finiteNumber(initialLearningRate, "initialLearningRate", { min: 0 });
  finiteNumber(endLearningRate, "endLearningRate", { min: 0 });
  wholeNumber(decaySteps, "decaySteps");
  finiteNumber(power, "power", { min: 0, max: 1000 });
  flag(cycle, "cycle");
  return {
    config: { name: "polynomialDecay", initialLearningRate, decaySteps, endLearningRate, power, cycle },
    at: (step) => {
      const length = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
      const left = 1 - Math.min(step, length) / length;
      const share = left === 0 ? (power === 0 ? 1 : 0) : pow(left, power);
      return (initialLearningRate - endLearningRate) * share + endLearningRate;
    },
  };
}

/**
 * initialLearningRate / (1 + decayRate * step / decaySteps); with `staircase` (default false) the quotient is rounded
 * down. Keras's `InverseTimeDecay`.
 *
 * @throws {GruvyError} as `exponentialDecay`
 * @example
 * inverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 1 }).at(10); // 0.05
 */
export function inverseTimeDecay(options: {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase?: boolean;
}): Schedule {
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = optionsOf(options, "inverseTimeDecay");
  refuseUnknown(options, ["initialLearningRate", "decaySteps", "decayRate", "staircase"], "inverseTimeDecay");
  flag(staircase, "staircase");
  finiteNumber(initialLearningRate, "initialLearningRate", { min: 0 });
  wholeNumber(decaySteps, "decaySteps");
  finiteNumber(decayRate, "decayRate", { min: 0 });
  return {
    config: { name: "inverseTimeDecay", initialLearningRate, decaySteps, decayRate, staircase },
    at: (step) => {
      const passed = staircase ? Math.floor(step / decaySteps) : step / decaySteps;
      return initialLearningRate / (1 + decayRate * passed);
    },
  };
}

/**
 * A line from near zero to `learningRate` over `warmupSteps`, then `learningRate`, a number or any other schedule, which
 * begins there (Goyal et al. 2017). Keras has it in `CosineDecay` alone.
 *
 * @throws {GruvyError} as `exponentialDecay`; `model/schedule` for an object that is no schedule.
 * @example
 * const rate = linearWarmup({ learningRate: 0.1, warmupSteps: 4 });
 * [0, 1, 3, 4].map((step) => rate.at(step)); // [0.025, 0.05, 0.1, 0.1]
 */
export function linearWarmup(options: {
  readonly learningRate: number | Schedule;
  readonly warmupSteps: number;
}): Schedule {
  const { learningRate, warmupSteps } = optionsOf(options, "linearWarmup");
  refuseUnknown(options, ["learningRate", "warmupSteps"], "linearWarmup");
  wholeNumber(warmupSteps, "warmupSteps");
  const schedule = typeof learningRate === "object" && learningRate !== null ? scheduleFrom(learningRate) : undefined;
  const top = schedule ? schedule.at(0) : finiteNumber(learningRate, "learningRate of linearWarmup", { min: 0 });
  return {
    config: { name: "linearWarmup", learningRate: schedule?.config ?? top, warmupSteps },
    at: (step) => {
      if (step < warmupSteps) return (top * (step + 1)) / warmupSteps;
      return schedule ? schedule.at(step - warmupSteps) : top;
    },
  };
}

const scheduleFrom = (value: Schedule | Schedule["config"]): Schedule =>
  typeof optionsOf(value, "a learning-rate schedule").at === "function"
    ? (value as Schedule)
    : scheduleFromConfig(value as Schedule["config"]);

const byName: Record<string, (options: never) => Schedule> = {
  exponentialDecay,
  cosineDecay,
  piecewiseConstantDecay,
  polynomialDecay,
  inverseTimeDecay,
  linearWarmup,
};

/** A schedule from what a saved model keeps of it. */
export function scheduleFromConfig(config: Schedule["config"]): Schedule {
  const { name, ...options } = optionsOf(config, "a learning-rate schedule");
  return named(byName, wordOf(name), "schedule")(options as never);
}
