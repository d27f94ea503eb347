import { isRelu, opsOf } from "../engine/index.ts";
import type { History } from "./history.ts";
import type { LastGood } from "./last-good.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";
import type * as Worse from "./worse.ts";

/** Epochs, or steps, in which a loss has had the time to move, and the share of it that is hardly anything. */
const EPOCHS = 4;
const STEPS = 200;
const HARDLY = 0.05;

/**
 * What a training that is over says, in plain words: the course of its losses, and units and gates that no longer learn, on
 * some of `rows`. Empty when there is nothing to say. Only a training that went badly, or hardly anywhere, needs what tells
 * how badly and why.
 */
export async function lookBack(
  model: Model<unknown>,
  { history }: History,
  watch: LossWatch,
  rows: Rows | undefined,
  lossOf: Worse.LossOf,
  { spare }: LastGood,
  steps: number,
): Promise<string[]> {
  const losses = history.loss ?? [];
  const { first = 0, highest } = watch;
  const begun = losses.length > 1 ? losses[0] : first;
  const long = losses.length >= EPOCHS || model.iterations >= STEPS;
  const stuck = long && begun - losses[losses.length - 1] < HARDLY * Math.abs(begun);
  // A model that had been trained before may well have learned all that there is.
  const still = stuck && steps === model.iterations;
  // What cannot be looked at, for want of memory, has been trained all the same.
  const found =
    highest > 2 * first || stuck
      ? await import("./worse.ts")
          .then(({ worse }) => worse(model, losses, watch, rows, lossOf, spare, still))
          .catch(() => [])
      : [];
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
