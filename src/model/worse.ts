import type { Snapshot } from "../engine/index.ts";
import { sampleOf } from "./dead-units.ts";
import { figure, LEAP, leapt } from "./leap.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import { type Rows, sliceRows } from "./rows.ts";

/** The loss of a model on some rows. */
export type LossOf = (rows: Rows) => Promise<number>;

/** Data of more steps than this are looked at by a sample. */
const STEPS = 2 ** 18;
/** So many times the loss of the first batch and of a model that knows nothing is worse than before. */
const WORSE = 2;

/** Of a training that exploded in its first epoch, whose mean then hides the leap, or that left the model worse than it was. */
export async function ruin(
  model: Model<unknown>,
  losses: readonly number[],
  watch: LossWatch,
  data: Rows,
  lossOf: LossOf,
  spare: Snapshot | undefined,
): Promise<string[]> {
  const { first = 0 } = watch;
  const last = losses[losses.length - 1];
  const exploded = watch.highest > LEAP * first;
  const rose = last > WORSE * first;
  if (!(first > 0 && (rose || (exploded && losses[0] > WORSE * first)))) return [];
  const { rows, now, zeros } = await besideZeros(model, data, lossOf, { rose, spare });
  if (!(zeros > 0)) return [];
  if (now !== undefined && now > WORSE * zeros) {
    return [
      `Training has made the model worse: its loss was ${figure(first)} at first and ${figure(last)} in the last epoch` +
        `${exploded ? ": gradients explode" : ""}. On ${rows} rows it is ${figure(now)}, with all weights at zero ${figure(zeros)}. ` +
        "Try a learningRate ten or a hundred times smaller, or globalClipnorm: 1, and look whether inputs and targets are scaled.",
    ];
  }
  return exploded && losses[0] > LEAP * zeros ? [leapt(watch)] : [];
}

/**
 * The loss of a model with all weights at zero, which knows nothing, and where that is asked for as it stands. A first
 * batch may be easy by chance, and a first epoch may have exploded within itself: neither says what a model without
 * training costs.
 */
async function besideZeros(
  model: Model<unknown>,
  data: Rows,
  lossOf: LossOf,
  { rose, spare }: { readonly rose: boolean; readonly spare: Snapshot | undefined },
) {
  const engine = await model.engine("evaluate");
  const some = data.rows * Math.max(1, ...data.steps) <= STEPS ? data : sampleOf(data);
  const rows = sliceRows(some, 0, some.rows - (some.rows % (model.fixedBatch ?? 1)));
  const kept = await engine.snapshot(spare);
  try {
    const now = rose ? await lossOf(rows) : undefined;
    for (const weight of [...engine.weights, ...engine.states]) engine.setWeight(weight, new Float32Array(weight.size));
    return { rows: rows.rows, now, zeros: await lossOf(rows) };
  } finally {
    engine.restore(kept);
  }
}
