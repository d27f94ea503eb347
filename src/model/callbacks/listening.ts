import type { BatchStream } from "../../base/index.ts";
import type { History } from "../history.ts";
import type { Model } from "../model.ts";
import { type Resuming, resume, settingsOf } from "../resuming.ts";
import type { Rows } from "../rows.ts";
import { captureState, type TrainingState } from "../training-state.ts";
import { type Callback, type Logs, nameOf, type Trainer } from "./callback.ts";
import { checkCallbacks } from "./check-callbacks.ts";

/** A training, as those see it who listen to it. */
export interface Training extends Resuming {
  readonly epochs: number;
}

/** Tells a training's callbacks what happens, and does what they ask for. */
export class Listening implements Trainer {
  readonly #training: Training;
  /** Those that have begun, and so are told of the end. */
  readonly #begun: Callback[] = [];
  #standing = false;

  constructor(training: Training) {
    checkCallbacks(training.callbacks);
    this.#training = training;
  }

  get model(): Model<unknown> {
    return this.#training.model;
  }
  get epochs(): number {
    return this.#training.epochs;
  }
  get resumed(): boolean {
    return this.#training.resumed;
  }
  get history(): History {
    return this.#training.history;
  }
  get learningRate(): number {
    return this.model.learningRate;
  }
  set learningRate(value: number) {
    this.model.learningRate = value;
  }

  stop(reason = "a callback"): void {
    this.#training.position.stopped ??= reason;
  }

  getState(): Promise<TrainingState> {
    const { model, settings, position, callbacks } = this.#training;
    return captureState(model, this.#standing ? settings : undefined, position, this.#training, callbacks);
  }

  /** Lets the callbacks begin; where a training is resumed, each with what it remembered. */
  async begin(train: Rows | BatchStream, validation: Rows | undefined): Promise<void> {
    const training = this.#training;
    const { model, options, callbacks } = training;
    const { resumeFrom } = options;
    const state = resumeFrom && ("load" in resumeFrom ? await resumeFrom.load() : resumeFrom);
    const remembered = state ? await resume(training, [train, validation], state) : [];
    if (!state && callbacks.some((callback) => callback.onStanding)) {
      training.settings = settingsOf(model, options, callbacks, [train, validation]);
    }
    for (const callback of callbacks) {
      const index = callback.setState ? remembered.findIndex(({ name }) => name === nameOf(callback)) : -1;
      if (index < 0) await callback.onTrainBegin?.(this);
      else await callback.setState?.(remembered.splice(index, 1)[0], this);
      this.#begun.push(callback);
    }
  }

  async beginEpoch(): Promise<void> {
    const { callbacks, position } = this.#training;
    for (const callback of callbacks) await callback.onEpochBegin?.(position.epoch, this);
  }

  async endBatch(batch: number, loss: number): Promise<void> {
    for (const callback of this.#training.callbacks) await callback.onBatchEnd?.(batch, { loss }, this);
  }

  async endEpoch(epoch: number, logs: Logs): Promise<void> {
    for (const callback of this.#training.callbacks) await callback.onEpochEnd?.(epoch, logs, this);
  }

  /** The first error of a callback, once all have ended. */
  async end(): Promise<{ readonly error: unknown } | undefined> {
    let failure: { readonly error: unknown } | undefined;
    for (const callback of this.#begun) {
      try {
        await callback.onTrainEnd?.(this);
      } catch (error) {
        failure ??= { error };
      }
    }
    return failure;
  }

  /** Tells how far this epoch has come, and that the training stands. */
  async told(batches?: number): Promise<void> {
    const { callbacks, counter, epochs } = this.#training;
    const { epoch, batch, stopped, sums } = this.#training.position;
    const loss = sums[1] > 0 ? sums[0] / sums[1] : undefined;
    const { tokens } = counter.cost;
    for (const callback of callbacks) {
      await callback.onProgress?.({ epoch, epochs, batch, batches, loss, tokens });
    }
    // Where a callback has ended the epoch, its end is near.
    if (stopped === undefined) await this.stand(batches);
  }

  /** Tells that between two steps every callback has heard of all. */
  async stand(batches?: number): Promise<void> {
    const { callbacks, epochs, options } = this.#training;
    const { epoch, batch, steps, stopped } = this.#training.position;
    const ending = stopped !== undefined || options.signal?.aborted === true || epoch >= epochs;
    this.#standing = true;
    try {
      for (const callback of callbacks) {
        await callback.onStanding?.({ epoch, epochs, batch, batches, steps, ending }, this);
      }
    } finally {
      this.#standing = false;
    }
  }

  /** After how many batches some callback wants to be called at the latest. */
  untilPause(): number {
    const { callbacks, position } = this.#training;
    let least = Number.POSITIVE_INFINITY;
    for (const { everyBatches, onBatchEnd } of callbacks) {
      if (onBatchEnd) return 1;
      if (everyBatches) least = Math.min(least, everyBatches - (position.steps % everyBatches));
    }
    return least;
  }
}
