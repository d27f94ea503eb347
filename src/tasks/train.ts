import { type GruvyError, Tensor } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";
import { diagnose } from "../model/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type CompareOptions, comparison } from "./compare.ts";
import { dataRecord } from "./data-record.ts";
import type { FittedModel, TrainingRecord } from "./fitted.ts";
import { notedOnce } from "./note-once.ts";
import type { ComparisonResult } from "./results.ts";
import { type Cell, checkOptions } from "./settings.ts";

export interface TrainOptions extends Omit<CompareOptions, "cells" | "seeds" | "vary"> {
  /** Default "gru". */
  readonly cell?: Cell;
  /** Keeps the state of the training, so that it can be gone on with. */
  readonly checkpoint?: Checkpoint;
  /** Goes on from the newest state of `checkpoint`, if there is one. Default false. */
  readonly resume?: boolean;
}

/**
 * Trains one cell as `compare` does, baselines beside it, and keeps the model with its preprocessing. Interrupted after
 * at least one epoch, the model has its best weights so far, and a finding says so; so too when the loss became NaN
 * a thread of the engine died or a checkpoint could not be written, which `trouble` then says.
 *
 * @throws {GruvyError} as `compare`; `usage/resume` where data or settings differ from those of the training that is
 *   resumed, and what `checkpoint` throws.
 * @example
 * const { fitted, result } = await train(airlinePassengers(), { cell: "gru", epochs: 2 });
 * fitted.model.countParams(); // 8001
 */
export async function train(
  data: LoadedData,
  options: TrainOptions = {},
): Promise<{ fitted: FittedModel; result: ComparisonResult; trouble?: GruvyError }> {
  checkOptions(options, "train", ["cell", "checkpoint", "resume", "command", "reload", "length"]);
  const { cell = "gru", checkpoint, resume = false, ...others } = options;
  const onProgress = notedOnce(options.onProgress);
  const asked = { ...others, onProgress, cells: [cell] };
  const { job, result, run, model } = await comparison(data, asked, { checkpoint, resume });
  if (model === undefined) throw new Error("The model of the run was not kept");
  for (const text of await diagnose(model, firstRows(job.training.train.x))) {
    onProgress({ type: "note", text });
  }
  const training: TrainingRecord = {
    cell,
    ...dataRecord(data, job),
    baselines: result.models.filter(({ kind }) => kind === "baseline").map(({ name, test }) => ({ name, test })),
    choices: job.choices,
    // None where the data bring a test part: then all others were trained on.
    settings: { ...job.settings, testSize: "test" in data && data.test ? 0 : (options.testSize ?? 0.2) },
    epochs: run.epochs,
    bestEpoch: run.bestEpoch,
    history: run.history,
    validation: run.validation,
    test: run.test,
    verdict: result.verdict,
    versions: result.versions,
    date: result.date,
  };
  return { fitted: { model, pipeline: job.pipeline, training }, result, trouble: run.trouble };
}

/** Rows whose gates are looked at when the training is done. */
const DIAGNOSED_ROWS = 16;

function firstRows({ shape: [rows, ...rest], data }: Tensor): Tensor {
  const count = Math.min(rows, DIAGNOSED_ROWS);
  return new Tensor([count, ...rest], data.subarray(0, (data.length / rows) * count));
}
