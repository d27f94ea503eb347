import type { Sequential } from "../sequential.ts";

/** Numbers of a batch or an epoch by name: `loss`, `valLoss`, `accuracy`, `learningRate`... */
export type Logs = Readonly<Record<string, number>>;

/** How far training has come: batches done in this epoch (from 0) out of how many (unknown for a stream). */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  readonly batches?: number;
}

/** What a callback may do to the training it watches. */
export interface Trainer {
  readonly model: Sequential;
  /** Ends the training after this epoch, or this batch. */
  stop(reason?: string): void;
  /** Used from the next batch on. Setting it replaces a schedule by a constant. */
  learningRate: number;
}

/**
 * Hooks into `fit`. All are optional and may be asynchronous; training waits for them. `onBatchEnd` costs a stop after
 * every batch; without it many batches run in one go. Epochs and batches count from 0.
 */
export interface Callback {
  onTrainBegin?(trainer: Trainer): void | Promise<void>;
  onEpochBegin?(epoch: number, trainer: Trainer): void | Promise<void>;
  /** `loss` is that of this batch alone. */
  onBatchEnd?(batch: number, logs: Logs, trainer: Trainer): void | Promise<void>;
  /** Now and then, about ten times a second at most; it costs nothing. */
  onProgress?(progress: Progress): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, trainer: Trainer): void | Promise<void>;
  onTrainEnd?(trainer: Trainer): void | Promise<void>;
}
