import type { Snapshot } from "../engine/index.ts";
import { MANY, sampleOf } from "./dead-units.ts";
import { evaluateRows } from "./evaluate.ts";
import { gatesAndStates } from "./findings.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import { type Rows, sliceRows } from "./rows.ts";
import { traceModel } from "./trace.ts";

/** Whether the last epoch's loss is above what it was at first, and where the state can be kept meanwhile. */
interface Looking {
  readonly rose: boolean;
  readonly spare: Snapshot | undefined;
}

/** Data of more steps than this are looked at by a sample. */
const STEPS = 2 ** 18;
/** So many times the loss of the first batch and of a model that knows nothing is worse than before. */
const WORSE = 2;

/** A loss so many times the first one is an explosion. */
const LEAP = 100;
/** Epochs, or steps, in which a loss has had the time to move, and by which share it should have. */
const EPOCHS = 4;
const SOON = 8;
const MOVED = 1e-4;
/** Gates and states are looked at in rows of so many steps in all. */
const TRACED = 4096;

/**
 * Of a training that went badly, or hardly anywhere: the course of its losses and, where the loss rose or that of a new
 * model stood still, gates and states on some rows.
 */
export async function worse(
  model: Model<unknown>,
  losses: readonly number[],
  watch: LossWatch,
  rows: Rows | undefined,
  spare: Snapshot | undefined,
  { stuck, steps }: { readonly stuck: boolean; readonly steps: number },
): Promise<string[]> {
  const { first = 0 } = watch;
  // A model that had been trained before may well have learned all that there is.
  const fresh = steps === model.iterations && (losses.length >= EPOCHS || steps >= SOON);
  const rose = losses[losses.length - 1] > WORSE * first;
  // What cannot be looked at, for want of memory, has been trained all the same.
  const ruined = rows ? await ruin(model, losses, watch, rows, { rose, spare }).catch(() => []) : [];
  const leaps = ruined.length > 0 ? ruined : leap(losses, watch);
  const found = leaps.length > 0 ? leaps : stillness(losses, fresh);
  // Of a training that went well, what is usual is not worth a word.
  const share = stuck || rose ? 0 : MANY;
  return [
    ...found,
    ...below(model, losses),
    ...(rows && (fresh || rose) ? await inside(model, rows, share).catch(() => []) : []),
  ];
}

/** A cross entropy has no end below zero where targets are no shares, or weights negative. */
function below(model: Model<unknown>, losses: readonly number[]): string[] {
  const last = losses[losses.length - 1];
  if (
    !(last < 0) ||
    !/entropy/i.test(JSON.stringify((model.toConfig().compile as { loss?: unknown } | null)?.loss ?? ""))
  )
    return [];
  return [
    `The loss is ${figure(last)}, which no cross entropy is: look whether all targets are from 0 to 1, and no sampleWeight or classWeight below 0.`,
  ];
}

const inside = async (model: Model<unknown>, rows: Rows, share: number): Promise<string[]> =>
  gatesAndStates(await traceModel(await model.engine(), sampleOf(rows, { steps: TRACED, least: 1 })), share);

function leap(losses: readonly number[], watch: LossWatch): string[] {
  const usual = Math.max(Math.abs(watch.first ?? 0), ...losses.slice(0, 1).map(Math.abs));
  return usual > 0 && watch.highest > LEAP * usual ? [leapt(watch)] : [];
}

const leapt = ({ first = 0, highest, highestAt }: LossWatch): string =>
  `The loss leapt to ${figure(highest)} at step ${highestAt + 1}, from ${figure(first)} at first: ` +
  "gradients explode. Try globalClipnorm: 1, or a smaller learningRate.";

/** A loss that stood still; that of a new model, which has something to learn, also where it only did not fall. */
function stillness(losses: readonly number[], fresh: boolean): string[] {
  const epochs = losses.length;
  const [first, last] = [losses[0], losses[epochs - 1]];
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const still = high - low <= MOVED * Math.abs(high) && high !== 0;
  const course =
    `: ${figure(first)} at first, ${figure(last)} at last. ` +
    "Look whether inputs and targets vary, whether layers are frozen or dead, and whether learningRate is far too small or too large.";
  if (still && epochs >= (fresh ? 2 : EPOCHS)) return [`The loss has not moved in ${epochs} epochs${course}`];
  return fresh && epochs >= EPOCHS && last >= first ? [`The loss has not fallen in ${epochs} epochs${course}`] : [];
}

const lossOf = async (model: Model<unknown>, rows: Rows): Promise<number> => (await evaluateRows(model, rows)).loss;

const figure = (value: number): string => String(Number(value.toPrecision(4)));

/** Of a training that exploded in its first epoch, whose mean then hides the leap, or that left the model worse than it was. */
async function ruin(
  model: Model<unknown>,
  losses: readonly number[],
  watch: LossWatch,
  data: Rows,
  { rose, spare }: Looking,
): Promise<string[]> {
  const { first = 0 } = watch;
  const last = losses[losses.length - 1];
  const exploded = watch.highest > LEAP * first;
  if (!(first > 0 && (rose || (exploded && losses[0] > WORSE * first)))) return [];
  const { rows, now, zeros } = await besideZeros(model, data, { rose, spare });
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
async function besideZeros(model: Model<unknown>, data: Rows, { rose, spare }: Looking) {
  const engine = await model.engine("evaluate");
  const some = data.rows * Math.max(1, ...data.steps) <= STEPS ? data : sampleOf(data);
  const rows = sliceRows(some, 0, some.rows - (some.rows % (model.fixedBatch ?? 1)));
  const kept = await engine.snapshot(spare);
  try {
    const now = rose ? await lossOf(model, rows) : undefined;
    for (const weight of [...engine.weights, ...engine.states]) engine.setWeight(weight, new Float32Array(weight.size));
    return { rows: rows.rows, now, zeros: await lossOf(model, rows) };
  } finally {
    engine.restore(kept);
  }
}
