import type { Tensor } from "../../base/index.ts";
import type { History } from "../history.ts";
import type { JsonObject } from "../layers/layer.ts";
import type { Model } from "../model.ts";
import type { TrainingState } from "../training-state.ts";

/** Numbers of a batch or an epoch by name: `loss`, `valLoss`, `accuracy`, `learningRate`... */
export type Logs = Readonly<Record<string, number>>;

/** How far training has come: batches done in this epoch (from 0) out of how many (unknown for a stream). */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  readonly batches?: number;
  /** The mean loss of this epoch's batches so far. */
  readonly loss?: number;
  /** Tokens, or steps of rows, trained on since `fit` began; those before a resumption included. */
  readonly tokens?: number;
}

/** Where training stands between two steps. `batch` 0 means that the epoch has not begun. */
export interface Standing {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  /** Batches of this epoch; unknown for a stream, and before the epoch has begun. */
  readonly batches?: number;
  /** Batches since `fit` began, those before a resumption included. */
  readonly steps: number;
  /** Nothing more will be trained: all epochs are done, a callback has said stop, or the signal came. */
  readonly ending: boolean;
}

/** What a callback remembers, to go on from: plain JSON, and arrays for numbers that JSON cannot hold to the bit. */
export interface CallbackState {
  readonly values?: JsonObject;
  readonly tensors?: ReadonlyMap<string, Tensor>;
}

/** What a callback may do to the training it watches. */
export interface Trainer {
  readonly model: Model<unknown>;
  /** The number of the last epoch, counted from 1. */
  readonly epochs: number;
  /** Whether the training goes on from a state. */
  readonly resumed: boolean;
  /** The numbers of the epochs so far, those before a resumption included. */
  readonly history: History;
  /** Ends the training after this epoch, or this batch. */
  stop(reason?: string): void;
  /** Used from the next batch on. Setting it replaces a schedule by a constant. */
  learningRate: number;
  /**
   * All that the training would need to go on from here. To be asked for in `onStanding` alone, where it is whole.
   *
   * @throws {GruvyError} `usage/state` anywhere else.
   */
  getState(): Promise<TrainingState>;
}

/**
 * Hooks into `fit`. All are optional and may be asynchronous; training waits for them. `onBatchEnd` costs a stop after
 * every batch; without it many batches run in one go. Epochs and batches count from 0.
 *
 * A callback that remembers something between its hooks has `getState` and `setState`: what the one gives is kept in
 * checkpoints, and a resumed training hands it to the other in place of calling `onTrainBegin`.
 */
export interface Callback {
  /** By which a resumed training finds the callback that a state belongs to. Default `callback`. */
  readonly name?: string;
  /** What it was told, as plain JSON: a resumed training names what differs. */
  readonly settings?: JsonObject;
  /** Training pauses after every so many batches since it began, so that hooks are called there. */
  readonly everyBatches?: number;
  onTrainBegin?(trainer: Trainer): void | Promise<void>;
  onEpochBegin?(epoch: number, trainer: Trainer): void | Promise<void>;
  /** `loss` is that of this batch alone. */
  onBatchEnd?(batch: number, logs: Logs, trainer: Trainer): void | Promise<void>;
  /** Now and then, about ten times a second at most; it costs nothing. */
  onProgress?(progress: Progress): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, trainer: Trainer): void | Promise<void>;
  /** Between two steps, once every callback has heard of all that came before; about as often as `onProgress`. */
  onStanding?(standing: Standing, trainer: Trainer): void | Promise<void>;
  onTrainEnd?(trainer: Trainer): void | Promise<void>;
  getState?(): CallbackState | Promise<CallbackState>;
  setState?(state: CallbackState, trainer: Trainer): void | Promise<void>;
}

/** What a state keeps a callback by. */
export const nameOf = ({ name = "callback" }: Callback): string => name;
