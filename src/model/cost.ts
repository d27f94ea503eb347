import type { Outcome, Work } from "../engine/index.ts";

/** What a training took, and what need not be computed. */
export interface TrainingCost {
  /** Tokens or steps of the rows trained on, without padding. */
  readonly tokens: number;
  /** The share of all places of the rows that is padding: token 0. */
  readonly paddedShare: number;
  /** Distinct tokens of a batch in all its places; 1 where tokens are not read in common. */
  readonly distinctShare: number;
  /** Multiply-adds of matrix products: forward, backward and for the weights' gradients. */
  readonly multiplyAdds: number;
  /**
   * Multiply-adds that computing every step of every row once would have taken beyond that: for repeated tokens, for
   * padding, and for gradients that had become zero. Below 0 where memory was short and gates were computed twice.
   */
  readonly multiplyAddsSpared: number;
}

/** Adds up the cost of call after call. */
export class CostCounter {
  /** Places, padded places, distinct tokens, multiply-adds done and those of the plain way: what a checkpoint keeps. */
  readonly counts = new Float64Array(5);

  add(work: Work, { cost, batches }: Outcome): void {
    if (!cost) return;
    const [input] = work.inputs;
    const rows = Math.min(work.rows, batches * work.batchSize);
    const places = rows * (work.steps[0] ?? 1);
    let padded = 0;
    if (input instanceof Int32Array) for (let i = 0; i < places; i++) if (input[i] === 0) padded++;
    [places, padded, cost.distinctTokens ?? places, cost.done, cost.plain].forEach((count, i) => {
      this.counts[i] += count;
    });
  }

  get cost(): TrainingCost {
    const [seen, padded, distinct, done, plain] = this.counts;
    const places = Math.max(1, seen);
    return {
      tokens: seen - padded,
      paddedShare: padded / places,
      distinctShare: distinct / places,
      multiplyAdds: done,
      multiplyAddsSpared: plain - done,
    };
  }
}
