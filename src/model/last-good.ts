import { fetched, GruvyError } from "../base/index.ts";
import type { Executable, Outcome, Run, Snapshot } from "../engine/index.ts";
import type { Failed } from "./bad-batch.ts";
import type { Model } from "./model.ts";
import type { Position } from "./training-state.ts";

/** A state is put aside this often, to return to when a loss is not finite; less often where that takes long. */
const SNAPSHOT_MILLISECONDS = 250;
/** It may take one part in so many of the time. */
const SHARE = 20;

/** Refusals before anything runs. */
const UNTOUCHED = ["engine/memory", "model/disposed"];

/** A state put aside: what training changes, after how many steps, and where in the training. */
export interface Kept extends Pick<Position, "epoch" | "batch"> {
  readonly state: Snapshot;
  readonly iterations: number;
}

/** States to return to. From the kept one a finite loss has been computed, from the fresh one perhaps not yet. */
export class LastGood {
  readonly #model: Model<unknown>;
  #engine: Executable | undefined;
  #kept: Kept | undefined;
  #fresh: Kept | undefined;
  #freshIsGood = false;
  /** When the next state is due. */
  #due = 0;
  /** Whether a call of the engine has failed: its threads may have died in the middle of an update. */
  #broken = false;

  constructor(model: Model<unknown>) {
    this.#model = model;
  }

  /** Keeps a state to return to. It counts as good only once a finite loss has been computed from it. */
  async putAside(engine: Executable, { epoch, batch }: Position): Promise<void> {
    const begun = performance.now();
    if (this.#fresh && begun < this.#due) return;
    const spare = this.#kept;
    this.#engine = engine;
    this.#kept = this.#fresh;
    this.#freshIsGood = false;
    this.#fresh = { state: await engine.snapshot(spare?.state), iterations: this.#model.iterations, epoch, batch };
    const now = performance.now();
    this.#due = now + Math.max(SNAPSHOT_MILLISECONDS, SHARE * (now - begun));
  }

  /** Trains, and remembers when that was broken off. */
  async run(engine: Executable, runs: readonly Run[], signal: AbortSignal | undefined): Promise<Outcome[]> {
    this.#broken = true;
    const outcomes = await engine.runAll(runs, signal);
    this.#broken = false;
    // From the fresh state a finite loss has been computed.
    if (outcomes[0].batches > 0) this.#freshIsGood = true;
    return outcomes;
  }

  /** Of a training that is over: where another state may be put. */
  get spare(): Snapshot | undefined {
    return this.#fresh?.state;
  }

  /** Goes back where a failure has spoilt the state, or taken it away: to that which is returned. */
  recover(error: unknown): Kept | undefined {
    const [engine, fresh] = [this.#engine, this.#fresh];
    const ran = !(error instanceof GruvyError) || !UNTOUCHED.includes(error.code);
    if (!engine || !fresh || !((this.#broken && ran) || engine.lost)) return undefined;
    this.#goBack(engine, fresh);
    return fresh;
  }

  /** Where the state lives in a worker, it is to outlive that worker. */
  async settle(): Promise<void> {
    await this.#engine?.settle();
  }

  #goBack(engine: Executable, { state, iterations }: Kept): void {
    engine.restore(state);
    this.#model.iterations = iterations;
  }

  /** At the end of an epoch: its last step may have left weights of which no loss has told yet. */
  async check(failed: Failed): Promise<void> {
    if (this.#engine && !(await this.#engine.isFinite())) await this.fail(failed);
  }

  /** Goes back to a state that gave a finite loss, and says what happened to that batch. */
  async fail(failed: Failed): Promise<never> {
    // Not before it is needed, which is hardly ever.
    const good = this.#freshIsGood || !this.#kept ? this.#fresh! : this.#kept;
    const back = this.#model.iterations + (failed.call?.outcome.batches ?? -1) - good.iterations;
    try {
      const { autopsy } = await fetched(import("./autopsy.ts"));
      throw await autopsy(this.#model, this.#engine!, failed, back);
    } finally {
      this.#goBack(this.#engine!, good);
    }
  }
}
