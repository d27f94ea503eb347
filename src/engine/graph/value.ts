import type { Op } from "./op.ts";

/**
 * A time axis of a model. How many steps one of its data has is known only when they arrive; those of layers follow from
 * them, or are always the same.
 */
export class TimeAxis {
  /** From the steps of the model's inputs. */
  readonly steps: (inputs: readonly number[]) => number;
  private readonly derived = new Map<string, TimeAxis>();

  /** `of`: the number of the input whose steps they are, or how they are found. */
  constructor(of: number | ((inputs: readonly number[]) => number)) {
    this.steps = typeof of === "number" ? (inputs) => inputs[of] : of;
  }

  /** The axis with so many steps where this one has `steps`; the same one for the same name. */
  derive(name: string, count: (steps: number) => number): TimeAxis {
    let axis = this.derived.get(name);
    if (!axis) {
      axis = new TimeAxis((inputs) => count(this.steps(inputs)));
      this.derived.set(name, axis);
    }
    return axis;
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
    // Each value is looked at once: branches that meet again would double the ways to it with every meeting.
    const seen = new Set<Value>([this]);
    for (const { kind, op } of seen) {
      if (kind === "tokens" || kind === "mask" || !op) continue;
      if (op.weights.some((weight) => weight.trainable)) return true;
      for (const input of op.inputs) seen.add(input);
    }
    return false;
  }
}
