/** The losses of a training's batches, as far as findings need them. */
export class LossWatch {
  first: number | undefined;
  highest = Number.NEGATIVE_INFINITY;
  /** The step of the highest, from 0. */
  highestAt = 0;

  add(losses: ArrayLike<number>, step: number): void {
    for (let i = 0; i < losses.length; i++) {
      this.first ??= losses[i];
      if (losses[i] <= this.highest) continue;
      this.highest = losses[i];
      this.highestAt = step + i;
    }
  }
}
