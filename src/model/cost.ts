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
  private places = 0;
  private padded = 0;
  private distinct = 0;
  private done = 0;
  private plain = 0;

  add(work: Work, { cost, batches }: Outcome): void {
    if (!cost) return;
    const [input] = work.inputs;
    const rows = Math.min(work.rows, batches * work.batchSize);
    const places = rows * (work.steps[0] ?? 1);
    this.places += places;
    this.distinct += cost.distinctTokens ?? places;
    this.done += cost.done;
    this.plain += cost.plain;
    if (!(input instanceof Int32Array)) return;
    for (let i = 0; i < places; i++) if (input[i] === 0) this.padded++;
  }

  get cost(): TrainingCost {
    const places = Math.max(1, this.places);
    return {
      tokens: this.places - this.padded,
      paddedShare: this.padded / places,
      distinctShare: this.distinct / places,
      multiplyAdds: this.done,
      multiplyAddsSpared: this.plain - this.done,
    };
  }
}
