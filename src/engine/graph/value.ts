import type { Op } from "./op.ts";

/** A time axis of a model: how many steps it has is known only when data arrives. */
export class TimeAxis {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

export type ValueKind =
  | "vector" // rows x features, float32
  | "sequence" // steps x rows x features, float32
  | "tokens" // steps x rows, int32
  | "mask"; // steps x rows, a word of all bits or none

/** What flows between ops. It is not data: where its data lies is decided by the plan. */
export class Value {
  readonly kind: ValueKind;
  readonly features: number;
  readonly axis: TimeAxis | undefined;
  /** Which steps count; undefined when all do. */
  readonly mask: Value | undefined;
  op: Op | undefined;

  constructor(kind: ValueKind, features: number, options: { axis?: TimeAxis; mask?: Value } = {}) {
    this.kind = kind;
    this.features = features;
    this.axis = options.axis;
    this.mask = options.mask;
  }

  /** Whether a loss can depend on a weight through this value. */
  get differentiable(): boolean {
    if (this.kind === "tokens" || this.kind === "mask" || !this.op) return false;
    return this.op.weights.some((weight) => weight.trainable) || this.op.inputs.some((input) => input.differentiable);
  }
}
