import { isRelu, opsOf } from "../engine/index.ts";
import type { History } from "./history.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";

/**
 * What a training that is over says, in plain words: the course of its losses, and units that no longer learn, on some of
 * `rows`. Empty when there is nothing to say.
 */
export async function lookBack(
  model: Model<unknown>,
  { history }: History,
  watch: LossWatch,
  rows: Rows | undefined,
): Promise<string[]> {
  const losses = history.loss ?? [];
  const found = [...leap(losses, watch), ...stillness(losses)];
  // What cannot be looked at, for want of memory, has been trained all the same.
  return [...found, ...(rows ? await closedRelus(model, rows).catch(() => []) : [])];
}

/** Networks that learn well have lost up to a third of the units of a layer; at this share it is no longer usual. */
const MANY = 0.5;

async function closedRelus(model: Model<unknown>, rows: Rows): Promise<string[]> {
  const { outputs } = await model.engine();
  if (!opsOf(...outputs.map(({ value }) => value)).some(isRelu)) return [];
  const { deadRelus, sampleOf } = await import("./dead-units.ts");
  return deadRelus(model, sampleOf(rows), MANY);
}

function leap(losses: readonly number[], { first = 0, highest, highestAt }: LossWatch): string[] {
  const usual = Math.max(Math.abs(first), ...losses.slice(0, 1).map(Math.abs));
  if (!(usual > 0 && highest > LEAP * usual)) return [];
  return [
    `The loss leapt to ${figure(highest)} at step ${highestAt + 1}, from ${figure(first)} at first: ` +
      "gradients explode. Try globalClipnorm: 1, or a smaller learningRate.",
  ];
}

/** A loss so many times the first one is an explosion. */
const LEAP = 100;
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

const figure = (value: number): string => String(Number(value.toPrecision(4)));
