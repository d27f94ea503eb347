import { GruvyError } from "../base/index.ts";
import type { Executable, Outcome } from "../engine/index.ts";
import type { Sequential } from "./sequential.ts";

/** A state is put aside this often, to return to when a loss is not finite. */
const SNAPSHOT_MILLISECONDS = 250;

/** A state put aside: what training changes, and after how many steps. */
interface Kept {
  readonly state: Uint8Array;
  readonly iterations: number;
}

/** States to return to. From the kept one a finite loss has been computed, from the fresh one perhaps not yet. */
export class LastGood {
  private readonly model: Sequential;
  private kept: Kept | undefined;
  private fresh: Kept | undefined;
  private freshIsGood = false;
  private keptAt = 0;

  constructor(model: Sequential) {
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

  /** Goes back to a state that gave a finite loss, and says what happened. */
  fail(engine: Executable, epoch: number, batch: number, outcome: Outcome): never {
    const good = this.freshIsGood || !this.kept ? this.fresh! : this.kept;
    const back = this.model.iterations + outcome.batches - good.iterations;
    this.goBack(engine, good);
    const loss = outcome.losses[outcome.batches];
    throw new GruvyError(
      "training/not-finite",
      `The loss became ${Number.isNaN(loss) ? "NaN" : "infinite"} in epoch ${epoch + 1} at batch ${batch + 1}`,
      `The model keeps its weights of ${back} step${back === 1 ? "" : "s"} before. Try a smaller learningRate, or globalClipnorm: 1.`,
    );
  }
}
