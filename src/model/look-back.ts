import { isRelu, opsOf } from "../engine/index.ts";
import type { History } from "./history.ts";
import type { LastGood } from "./last-good.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";

/** The share of its first loss by which a training that went anywhere has brought it down. */
const HARDLY = 0.05;
/** Steps beside which looking into a new model costs nothing to speak of. */
const LONG = 200;

/**
 * What a training that is over says, in plain words: the course of its losses, and units and gates that no longer learn, on
 * some of `rows`. Empty when there is nothing to say. Only a training that went badly, or hardly anywhere, and a long one of a
 * new model, needs what tells how badly and why.
 */
export async function lookBack(
  model: Model<unknown>,
  { history }: History,
  watch: LossWatch,
  rows: Rows | undefined,
  { spare }: LastGood,
  steps: number,
): Promise<string[]> {
  const losses = history.loss ?? [];
  const { first = 0, highest } = watch;
  const begun = losses.length > 1 ? losses[0] : first;
  const stuck = begun - losses[losses.length - 1] < HARDLY * Math.abs(begun);
  // What cannot be looked at, for want of memory, has been trained all the same.
  const found =
    highest > 2 * first || stuck || steps > LONG || losses[losses.length - 1] < 0
      ? await import("./worse.ts")
          .then(({ worse }) => worse(model, losses, watch, rows, spare, { stuck, steps }))
          .catch(() => [])
      : [];
  return [...found, ...(rows ? await closedRelus(model, rows).catch(() => []) : [])];
}

async function closedRelus(model: Model<unknown>, rows: Rows): Promise<string[]> {
  const { outputs } = await model.engine();
  if (!opsOf(...outputs.map(({ value }) => value)).some(isRelu)) return [];
  const { deadRelus, sampleOf } = await import("./dead-units.ts");
  return deadRelus(model, sampleOf(rows));
}
