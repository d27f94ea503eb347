import type { Outcome } from "../engine/index.ts";
import type { Callback } from "./callbacks/callback.ts";
import type { Rows } from "./rows.ts";
import type { Position } from "./training-state.ts";

/** What is known where a loss was not finite, or where the step behind a batch has spoilt weights. */
export interface Failed {
  /** Where the call began; where weights are spoilt, behind the batch. */
  readonly position: Pick<Position, "epoch" | "batch">;
  /** Which rows of the training data those of the call are, or of that batch. */
  readonly numbers: ArrayLike<number>;
  readonly callbacks: readonly Callback[];
  /** None where weights are spoilt: what was computed of the call. */
  readonly call?: {
    readonly rows: Rows;
    readonly batchSize: number;
    readonly outcome: Outcome;
    /** Rows of the last batch of the call before. */
    readonly before: ArrayLike<number>;
  };
}

export const numbersOf = (numbers: ArrayLike<number>, from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => numbers[from + i]);
