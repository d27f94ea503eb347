/** The loss of a few rows is chance: what a training begins with is the middle one of so many. */
const ROWS = 8;

/** The losses of a training's batches, as far as findings need them: what states keep of them, too. */
export class LossWatch {
  /** Of the batches of the first rows. */
  begun: number[] = [];
  highest = Number.NEGATIVE_INFINITY;
  /** The step of the highest, from 0. */
  highestAt = 0;

  /** What the training began with: the lower middle loss of the batches of its first rows. */
  get first(): number | undefined {
    const { begun } = this;
    return [...begun].sort((a, b) => a - b)[(begun.length - 1) >> 1];
  }

  add(losses: ArrayLike<number>, step: number, batchSize: number): void {
    for (let i = 0; i < losses.length; i++) {
      if (this.begun.length * batchSize < ROWS) this.begun.push(losses[i]);
      if (losses[i] <= this.highest) continue;
      this.highest = losses[i];
      this.highestAt = step + i;
    }
  }
}
