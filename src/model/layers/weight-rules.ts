import { GruvyError } from "../../base/index.ts";
import type { Constraint, Penalty, Weight } from "../../engine/index.ts";
import { flag } from "../options.ts";
import { type ConstraintLike, constraint, type RegularizerLike, regularizer } from "../regularizers.ts";
import type { Json } from "./layer.ts";

/** What layers with weights can be told of them. */
export interface Trainable {
  /** Whether training changes the layer's weights. Default true; a frozen layer costs no gradient. */
  readonly trainable?: boolean;
}

/** Of the kernel. */
export interface KernelRules extends Trainable {
  /** What its size adds to the loss: `l1`, `l2`, `l1L2`. Default: nothing. */
  readonly kernelRegularizer?: RegularizerLike;
  /** What it is brought back to after every step: `maxNorm`, `minMaxNorm`, `unitNorm`, `nonNeg`. Default: nothing. */
  readonly kernelConstraint?: ConstraintLike;
}

/** Of kernel and bias. */
export interface DenseRules extends KernelRules {
  readonly biasRegularizer?: RegularizerLike;
  readonly biasConstraint?: ConstraintLike;
}

/** Of a recurrent layer's weights. */
export interface RecurrentRules extends DenseRules {
  readonly recurrentRegularizer?: RegularizerLike;
  readonly recurrentConstraint?: ConstraintLike;
}

/** What holds for one weight while it is trained. */
export interface WeightRule {
  /** Default: as its layer. A weight can be kept that belongs to a layer that is trained. */
  readonly trainable?: boolean;
  readonly penalty?: Penalty;
  readonly constraint?: Constraint;
}

/** The rules that a layer's options say, by weight; `config` holds those given alone. */
export interface WeightRules {
  readonly rules: Readonly<Record<string, WeightRule>>;
  readonly config: Readonly<Record<string, Json>>;
  /** The options' names. */
  readonly names: readonly string[];
}

/** Reads `trainable`, and `kernelRegularizer` and `kernelConstraint` for a weight called "kernel". */
export function weightRules(given: object, kind: string, weights: readonly string[]): WeightRules {
  const options = given as Readonly<Record<string, unknown>>;
  const trainable = flag(options.trainable ?? true, `trainable of ${kind}`);
  const config: Record<string, Json> = trainable ? {} : { trainable };
  const names = ["trainable"];
  const rules: Record<string, WeightRule> = {};
  for (const weight of weights) {
    const [forRegularizer, forConstraint] = [`${weight}Regularizer`, `${weight}Constraint`];
    names.push(forRegularizer, forConstraint);
    const size = options[forRegularizer] as RegularizerLike | null | undefined;
    const bound = options[forConstraint] as ConstraintLike | null | undefined;
    const penalty = size === undefined || size === null ? undefined : regularizer(size);
    const kept = bound === undefined || bound === null ? undefined : constraint(bound);
    if (penalty) config[forRegularizer] = penalty.config;
    if (kept) config[forConstraint] = kept.config;
    rules[weight] = { penalty: penalty?.penalty, constraint: kept?.kernel };
  }
  return { rules, config, names };
}

/** Marks a new weight by its rule, before anything is built on it. `learning`: whether its layer is trained. */
export function obey(weight: Weight, { trainable = true, penalty, constraint }: WeightRule, learning: boolean): void {
  weight.trainable = trainable && learning;
  if (penalty && (penalty.l1 > 0 || penalty.l2 > 0)) weight.penalty = penalty;
  if (constraint?.kind === "norm") {
    const rank = weight.shape.length;
    const axes = constraint.axes.map((axis) => (axis < 0 ? axis + rank : axis));
    if (axes.length === 0 || new Set(axes).size < axes.length || axes.some((axis) => axis < 0 || axis >= rank)) {
      throw new GruvyError(
        "model/option",
        `Expected the axis of a norm of "${weight.path}" to lie within [${weight.shape.join(", ")}], found ${constraint.axes.join(", ")}`,
      );
    }
    weight.constraint = { ...constraint, axes };
    return;
  }
  if (constraint) weight.constraint = constraint;
}
