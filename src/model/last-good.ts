import { fetched } from "../base/index.ts";
import type { Executable, Outcome, Snapshot } from "../engine/index.ts";
import type { BadBatch } from "./bad-batch.ts";
import type { Model } from "./model.ts";

/** A state is put aside this often, to return to when a loss is not finite. */
const SNAPSHOT_MILLISECONDS = 250;

/** A state put aside: what training changes, and after how many steps. */
interface Kept {
  readonly state: Snapshot;
  readonly iterations: number;
}

/** States to return to. From the kept one a finite loss has been computed, from the fresh one perhaps not yet. */
export class LastGood {
  private readonly model: Model<unknown>;
  private kept: Kept | undefined;
  private fresh: Kept | undefined;
  private freshIsGood = false;
  private keptAt = 0;

  constructor(model: Model<unknown>) {
    this.model = model;
  }

  /** Keeps a state to return to. It counts as good only once a finite loss has been computed from it. */
  async putAside(engine: Executable): Promise<void> {
    if (this.fresh && performance.now() - this.keptAt < SNAPSHOT_MILLISECONDS) return;
    const spare = this.kept;
    this.kept = this.fresh;
    this.freshIsGood = false;
    this.fresh = { state: await engine.snapshot(spare?.state), iterations: this.model.iterations };
    this.keptAt = performance.now();
  }

  /** A finite loss has been computed from the fresh state. */
  approve(): void {
    this.freshIsGood = true;
  }

  /** A thread may have died in the middle of an update. */
  undo(engine: Executable): void {
    this.goBack(engine, this.fresh!);
  }

  private goBack(engine: Executable, { state, iterations }: Kept): void {
    engine.restore(state);
    this.model.iterations = iterations;
  }

  /** Goes back to a state that gave a finite loss, and says what happened to that batch. */
  async fail(engine: Executable, bad: BadBatch, outcome: Outcome): Promise<never> {
    // Not before it is needed, which is hardly ever.
    const good = this.freshIsGood || !this.kept ? this.fresh! : this.kept;
    const back = this.model.iterations + outcome.batches - good.iterations;
    try {
      const { autopsy } = await fetched(import("./autopsy.ts"));
      const found = await autopsy(this.model, engine, bad, outcome.losses[outcome.batches]);
      throw found(back);
    } finally {
      this.goBack(engine, good);
    }
  }
}
