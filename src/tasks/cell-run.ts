import { GruvyError } from "../base/index.ts";
import type { Model } from "../model/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Job, ScoredModel } from "./job.ts";
import { recurrentModel, type TrainingHistory, trainModel } from "./recurrent-model.ts";
import type { Cell, Settings } from "./settings.ts";

/** One cell trained from one seed, and how it did. */
export interface CellRun extends ScoredModel, TrainingHistory {
  readonly name: Cell;
  readonly seed: number;
}

/** How a training that is to be kept is saved from what may befall it. */
export interface Keeping {
  readonly checkpoint?: Checkpoint;
  readonly resume?: boolean;
}

export interface CellRunOptions {
  readonly seed: number;
  readonly settings: Settings;
  readonly showSeed?: boolean;
  readonly keeping?: Keeping;
}

/** Thrown when the signal stopped a run; what was finished before it stays good. */
export function interrupted(): GruvyError {
  return new GruvyError(
    "training/interrupted",
    "The run was interrupted before a cell had finished an epoch: there is nothing to compare or to keep",
    "Start it again.",
  );
}

/** Trains and scores; the model is the caller's, to keep or to dispose of. */
export async function runCell(job: Job, cell: Cell, options: CellRunOptions): Promise<{ run: CellRun; model: Model }> {
  const { seed, settings, showSeed, keeping } = options;
  const { onProgress, signal } = settings;
  onProgress({
    type: "modelBegin",
    model: cell,
    epochs: job.schedule.epochs,
    stopsEarly: job.schedule.patience !== undefined,
    rows: job.training.train.x.shape[0],
    reads: job.network.input.kind === "tokens" ? "tokens" : "steps",
    seed: showSeed ? seed : undefined,
  });
  const started = performance.now();
  const model = recurrentModel(cell, job.network, seed);
  try {
    const trained = await trainModel(model, job.training, {
      name: cell,
      schedule: job.schedule,
      onProgress,
      signal,
      ...keeping,
      keepsPart: keeping !== undefined,
    });
    // Interrupted in the first epoch, what was learned by then is there to be kept.
    if (model.iterations === 0 && trained.bestEpoch === 0) throw interrupted();
    const scores = await job.score((x) => model.predict(x, { batchSize: 256 }));
    const seconds = (performance.now() - started) / 1000;
    onProgress({
      type: "modelEnd",
      model: cell,
      seconds,
      validation: scores.validation,
      epochs: trained.epochs,
      bestEpoch: trained.bestEpoch || undefined,
    });
    return { run: { name: cell, seed, parameters: model.countParams(), seconds, ...trained, ...scores }, model };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** As `runCell`, or why the training came to nothing: then other cells are still worth comparing. */
export async function tryCell(job: Job, cell: Cell, options: CellRunOptions) {
  try {
    return await runCell(job, cell, options);
  } catch (error) {
    if (error instanceof GruvyError && error.kind === "training") return error;
    throw error;
  }
}
