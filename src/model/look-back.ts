import { GruvyError } from "../base/index.ts";
import { isRelu, opsOf } from "../engine/index.ts";
import type { History } from "./history.ts";
import type { Kept, LastGood } from "./last-good.ts";
import { figure, LEAP, leapt } from "./leap.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";
import type * as Worse from "./worse.ts";

/**
 * What a training that is over says, in plain words: the course of its losses, and units that no longer learn, on some of
 * `rows`. Empty when there is nothing to say.
 */
export async function lookBack(
  model: Model<unknown>,
  { history }: History,
  watch: LossWatch,
  rows: Rows | undefined,
  lossOf: Worse.LossOf,
  { spare }: LastGood,
): Promise<string[]> {
  const losses = history.loss ?? [];
  // What cannot be looked at, for want of memory, has been trained all the same.
  const ruined = rows ? await ruin(model, losses, watch, rows, lossOf, spare).catch(() => []) : [];
  const found = [...(ruined.length > 0 ? ruined : leap(losses, watch)), ...stillness(losses)];
  return [...found, ...(rows ? await closedRelus(model, rows).catch(() => []) : [])];
}

/** Only a training that went badly needs what tells how badly. */
async function ruin(...given: Parameters<typeof Worse.ruin>) {
  const [, , { highest, first = 0 }] = given;
  return highest > 2 * first ? (await import("./worse.ts")).ruin(...given) : [];
}

/** Where a training stands. */
type Place = Pick<Kept, "iterations" | "epoch" | "batch">;

/** A failure for which a model had to go back, or of threads that are gone, with where it now stands. */
export function withPlace(error: unknown, back: Place | undefined, here: Place): unknown {
  if (!(error instanceof GruvyError)) return error;
  if (!back && error.code !== "engine/thread" && error.code !== "engine/closed") return error;
  const { iterations, epoch, batch } = back ?? here;
  const place = batch > 0 ? `in epoch ${epoch + 1} after batch ${batch}` : `before epoch ${epoch + 1}`;
  const where = `The model has the weights it had after ${iterations} steps, ${place}.`;
  const details = { ...error.details, iterations, epoch: epoch + 1, batch };
  return new GruvyError(error.code, error.message, where, { cause: error, details });
}

/** Networks that learn well have lost up to a third of the units of a layer; at this share it is no longer usual. */
const MANY = 0.5;

async function closedRelus(model: Model<unknown>, rows: Rows): Promise<string[]> {
  const { outputs } = await model.engine();
  if (!opsOf(...outputs.map(({ value }) => value)).some(isRelu)) return [];
  const { deadRelus, sampleOf } = await import("./dead-units.ts");
  return deadRelus(model, sampleOf(rows), MANY);
}

function leap(losses: readonly number[], watch: LossWatch): string[] {
  const usual = Math.max(Math.abs(watch.first ?? 0), ...losses.slice(0, 1).map(Math.abs));
  return usual > 0 && watch.highest > LEAP * usual ? [leapt(watch)] : [];
}

/** Epochs in which a loss has had the time to move, and by which share it should have. */
const EPOCHS = 4;
const MOVED = 1e-4;

function stillness(losses: readonly number[]): string[] {
  if (losses.length < EPOCHS) return [];
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  if (!(high - low <= MOVED * Math.abs(high)) || high === 0) return [];
  return [
    `The loss has not moved in ${losses.length} epochs: ${figure(losses[0])} at first, ${figure(losses[losses.length - 1])} at last. ` +
      "Look whether inputs and targets vary, whether layers are frozen or dead, and whether learningRate is far too small or too large.",
  ];
}
