import type { Callback } from "../model/index.ts";

/** Ends a training that has nothing left to learn: its validation loss is `goal` or below. */
export const solved = (goal: number): Callback => ({
  onEpochEnd(_, { valLoss }, trainer) {
    if (valLoss <= goal) trainer.stop("solved");
  },
});
