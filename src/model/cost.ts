import type { Outcome, Work } from "../engine/index.ts";
import type { Rows } from "./rows.ts";

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

  add({ inputs }: Rows, work: Work, { cost, batches }: Outcome): void {
    if (!cost) return;
    const rows = Math.min(work.rows, batches * work.batchSize);
    const sequences = inputs.some(({ axis }) => axis !== undefined);
    inputs.forEach(({ data, axis }, input) => {
      // Rows without steps count only where there is nothing else.
      if (sequences && axis === undefined) return;
      const places = rows * (axis === undefined ? 1 : work.steps[axis]);
      let padded = 0;
      if (data instanceof Int32Array) for (let i = 0; i < places; i++) if (data[i] === 0) padded++;
      this.#note([places, padded, cost.distinctTokens[input] ?? places]);
    });
    this.#note([0, 0, 0, cost.done, cost.plain]);
  }

  #note(counts: readonly number[]): void {
    counts.forEach((count, i) => {
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
