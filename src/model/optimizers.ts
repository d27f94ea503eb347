import { GruvyError, shown, wholePower } from "../base/index.ts";
import type { Clipping, Training, UpdateRule } from "../engine/index.ts";
import { isRecord } from "./by-name.ts";
import { flagRule, named, numberRule, optional, type Rule, settle, wholeRule } from "./options.ts";
import type { Schedule } from "./schedules.ts";

/** Options that all optimizers share. At most one of the clippings may be given. */
export interface OptimizerOptions {
  /** At least 0; a schedule goes by steps. Default 0.001; 0.01 for `sgd`. */
  readonly learningRate?: number | Schedule;
  /** Each step takes this share, times the learning rate, off every weight. Default 0; 0.004 for `adamw`. */
  readonly weightDecay?: number;
  /** Bounds each element of a gradient. Default: no bound. */
  readonly clipvalue?: number;
  /** Scales each weight's gradient down to this norm (Pascanu et al. 2013). Default: no bound. */
  readonly clipnorm?: number;
  /** Scales all gradients down together to this norm. Default: no bound. */
  readonly globalClipnorm?: number;
  /**
   * Weights are moved once in so many steps, by the mean of their gradients, as if batches were so many times larger.
   * At least 2. Schedules count all steps; bias corrections and averages those that moved weights. Default: every step.
   */
  readonly gradientAccumulationSteps?: number;
  /**
   * Keeps an average of the weights after every step, which they become at the end of `fit` (Polyak and Juditsky 1992).
   * Default false.
   */
  readonly useEma?: boolean;
  /** What an average keeps of itself at a step. Default 0.99. */
  readonly emaMomentum?: number;
  /** The weights become their average after every so many steps too. Default: at the end alone. */
  readonly emaOverwriteFrequency?: number;
}

/** How weights follow gradients. The moments belong to the model, so one description serves any number of models. */
export interface Optimizer {
  readonly config: { readonly name: string; readonly [option: string]: unknown };
  readonly rule: UpdateRule;
  readonly clipping: Clipping | undefined;
  readonly learningRate: number | Schedule;
  readonly weightDecay: number;
  readonly accumulates: number | undefined;
  readonly average: { readonly momentum: number; readonly overwriteFrequency: number | undefined } | undefined;
  /** What the step's rate is multiplied by: Adam's bias correction. `step` counts from 1. */
  correction(step: number): number;
}

const limit = optional(numberRule(0, { min: 1e-30 }));
const positive = numberRule(0, { min: 0 });

/** The options that all have. */
const shared = {
  learningRate(given: unknown = 0.001, name: string): number | Schedule {
    if (typeof given === "number") return positive(given, name);
    // Texts and lists have an `at` too.
    if (isRecord(given) && typeof given.at === "function") return given as unknown as Schedule;
    throw new GruvyError("model/option", `Expected ${name} to be a number or a schedule, found ${shown(given)}`);
  },
  weightDecay: positive,
  clipvalue: limit,
  clipnorm: limit,
  globalClipnorm: limit,
  gradientAccumulationSteps: optional(wholeRule(0, { min: 2 })),
  useEma: flagRule,
  emaMomentum: numberRule(0.99, { min: 0, max: 1 }),
  emaOverwriteFrequency: optional(wholeRule(0)),
};

/** Its own options, by `rules`, are the constants of its update. */
function optimizer(
  kind: UpdateRule["kind"],
  name: string,
  options: OptimizerOptions,
  rules: Record<string, Rule<number | boolean>>,
  correction: (step: number, constants: Record<string, number>) => number = () => 1,
): Optimizer {
  const constants = settle(options, name, rules, Object.keys(shared));
  const settled = settle(options, name, shared, Object.keys(rules));
  const { learningRate, weightDecay, clipvalue, clipnorm, globalClipnorm } = settled;
  const { gradientAccumulationSteps, useEma, emaMomentum, emaOverwriteFrequency } = settled;
  const limits = [
    { kind: "value", limit: clipvalue },
    { kind: "norm", limit: clipnorm },
    { kind: "globalNorm", limit: globalClipnorm },
  ].filter(({ limit }) => limit !== undefined) as Clipping[];
  if (limits.length > 1) {
    throw new GruvyError("model/option", `Expected at most one of clipvalue, clipnorm and globalClipnorm for ${name}`);
  }
  return {
    config: {
      name,
      ...constants,
      ...(limits.length > 0 ? { clipvalue, clipnorm, globalClipnorm } : {}),
      learningRate: typeof learningRate === "number" ? learningRate : learningRate.config,
      weightDecay,
      ...(gradientAccumulationSteps === undefined ? {} : { gradientAccumulationSteps }),
      ...(useEma ? { useEma, emaMomentum, emaOverwriteFrequency } : {}),
    },
    accumulates: gradientAccumulationSteps,
    average: useEma ? { momentum: emaMomentum, overwriteFrequency: emaOverwriteFrequency } : undefined,
    rule: { kind, ...constants } as unknown as UpdateRule,
    clipping: limits[0],
    learningRate,
    weightDecay,
    correction: (step) => correction(step, constants as Record<string, number>),
  };
}

/** What the engine must know of it. */
export const trainingOf = ({ rule, clipping, weightDecay, accumulates, average }: Optimizer): Training => ({
  rule,
  clipping,
  decays: weightDecay > 0,
  accumulates,
  averages: average !== undefined,
});

/** A step's rate, decay, momentum of the average, whether it becomes the weights, and whether they are moved. */
export function stepScalars(optimizer: Optimizer, step: number, constantRate: number | undefined): readonly number[] {
  const { learningRate, weightDecay, correction, accumulates = 1, average } = optimizer;
  const base = constantRate ?? (typeof learningRate === "number" ? learningRate : learningRate.at(step));
  const moved = Math.floor(step / accumulates);
  const frequency = average?.overwriteFrequency;
  return [
    base * correction(moved + 1),
    base * weightDecay,
    average && moved > 0 ? average.momentum : 0,
    frequency !== undefined && (moved + 1) % frequency === 0 ? 1 : 0,
    (step + 1) % accumulates === 0 ? 1 : 0,
  ];
}

const share = (usual: number) => numberRule(usual, { min: 0, max: 1 });
const epsilon = numberRule(1e-7, { min: 0 });

/**
 * Stochastic gradient descent, with momentum (Polyak 1964), or that of Nesterov (Sutskever et al. 2013). Defaults:
 * learningRate 0.01, momentum 0, nesterov false. `momentum` goes from 0 to 1.
 *
 * @throws {GruvyError} `model/option` for a number out of range, an unknown option, a learning rate that is neither number
 *   nor schedule, or more than one clipping.
 * @example
 * sgd({ learningRate: 0.1, momentum: 0.9 }).config.momentum; // 0.9
 */
export function sgd(
  options: OptimizerOptions & { readonly momentum?: number; readonly nesterov?: boolean } = {},
): Optimizer {
  return optimizer("sgd", "sgd", { learningRate: 0.01, ...options }, { momentum: share(0), nesterov: flagRule });
}

/**
 * Hinton's rmsprop (Tieleman and Hinton 2012). Defaults: learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7,
 * centered false. `rho` and `momentum` go from 0 to 1.
 *
 * @throws {GruvyError} as `sgd`
 * @example
 * rmsprop().config.rho; // 0.9
 */
export function rmsprop(
  options: OptimizerOptions & {
    readonly rho?: number;
    readonly momentum?: number;
    readonly epsilon?: number;
    readonly centered?: boolean;
  } = {},
): Optimizer {
  const rules = { rho: share(0.9), momentum: share(0), epsilon, centered: flagRule };
  return optimizer("rmsprop", "rmsprop", options, rules);
}

/** What `adam` and `adamw` can be told; see there for the defaults. */
export interface AdamOptions extends OptimizerOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly amsgrad?: boolean;
}

function adamNamed(name: string, options: AdamOptions): Optimizer {
  const rules = { beta1: share(0.9), beta2: share(0.999), epsilon, amsgrad: flagRule };
  return optimizer("adam", name, options, rules, (step, { beta1, beta2 }) => {
    return Math.sqrt(1 - wholePower(beta2, step)) / (1 - wholePower(beta1, step));
  });
}

/**
 * Adam (Kingma and Ba 2015; with `amsgrad` Reddi et al. 2018). Defaults: learningRate 0.001, beta1 0.9, beta2 0.999,
 * epsilon 1e-7, amsgrad false. The betas go from 0 to 1.
 *
 * @throws {GruvyError} as `sgd`
 * @example
 * adam({ learningRate: 1e-3 }).config.beta1; // 0.9
 */
export const adam = (options: AdamOptions = {}): Optimizer => adamNamed("adam", options);

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019). As `adam`, with weightDecay 0.004 by default.
 *
 * @throws {GruvyError} as `sgd`
 * @example
 * adamw().config.weightDecay; // 0.004
 */
export const adamw = (options: AdamOptions = {}): Optimizer => adamNamed("adamw", { weightDecay: 0.004, ...options });

const byName = { sgd, rmsprop, adam, adamw } as const;
/** What `compile` takes as an optimizer by name, with its defaults. */
export type OptimizerName = keyof typeof byName;

/** An optimizer from its name, or itself. */
export function optimizerFrom(value: OptimizerName | Optimizer): Optimizer {
  if (typeof value === "string") return named<() => Optimizer>(byName, value, "optimizer")();
  if (typeof value === "object" && value !== null && typeof value.correction === "function") return value;
  throw new GruvyError("model/optimizer", `Expected an optimizer or its name, found ${shown(value)}`);
}

/**
 * An optimizer from what a saved model keeps of it: made anew, and so checked. `schedule` makes that of its learning
 * rate.
 */
export function optimizerFromConfig(
  value: Optimizer["config"],
  schedule: (config: Schedule["config"]) => Schedule,
): Optimizer {
  if (typeof value !== "object" || value === null || typeof value.name !== "string") {
    throw new GruvyError("model/optimizer", `Expected an optimizer or its name, found ${shown(value)}`);
  }
  const { name, learningRate, ...options } = value;
  const scheduled = typeof learningRate === "object" && learningRate !== null;
  const rate = scheduled ? schedule(learningRate as Schedule["config"]) : learningRate;
  const make = named<(options: OptimizerOptions) => Optimizer>(byName, name, "optimizer");
  return make({ ...options, learningRate: rate } as OptimizerOptions);
}
