import { counted, GruvyError } from "../base/index.ts";
import { type Executable, type Traced, traceNamed, type Value } from "../engine/index.ts";
import { type Failed, numbersOf } from "./bad-batch.ts";
import type { Model } from "./model.ts";
import { restored } from "./restored.ts";
import { type Rows, sliceRows, workOf } from "./rows.ts";

/** Where a value first was not finite. */
interface Origin {
  /** As a sentence goes on: "in the candidate of layer gru". */
  readonly where: string;
  readonly layer?: string;
  readonly gate?: string;
  readonly step?: number;
  /** Within the batch. */
  readonly row?: number;
}

const isBad = (value: number): boolean => value - value !== 0;

const NUMBERS_SHOWN = 6;

function listed(numbers: ArrayLike<number>): string {
  const shown = Array.from(numbers).slice(0, NUMBERS_SHOWN).join(", ");
  const more = numbers.length - NUMBERS_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** The first place of a batch where something is not finite, with the weights as they are now. */
async function originOf(
  model: Model<unknown>,
  engine: Executable,
  rows: Rows,
  before: ArrayLike<number> = [],
): Promise<Origin> {
  const spoilt = await spoiltBy(model, engine);
  if (spoilt) {
    const cause = before.length > 0 ? `the step before, on row indices ${listed(before)},` : "the step before,";
    return { ...spoilt, where: `in ${cause} which left weights of ${spoilt.where} that are not finite` };
  }
  const work = { batchSize: rows.rows, ...workOf(rows) };
  const traced = firstOf(await traceNamed(engine, work, outputsOf(model)).catch(() => []), rows.rows);
  if (traced) return traced;
  const { outputs = [] } = await engine.run("predict", work);
  for (const [i, numbers] of outputs.entries()) {
    const place = numbers.findIndex(isBad);
    if (place < 0) continue;
    const row = Math.floor(place / (numbers.length / rows.rows));
    if (outputs.length > 1) return { where: `in the output "${model.outputNames[i]}"`, row };
    const layer = model.layerNames[model.layerNames.length - 1];
    return { where: `in the output of the last layer, ${layer}`, layer, row };
  }
  if ((await engine.run("evaluate", work)).status !== "notFinite")
    return { where: "in what only training does (dropout, statistics of the batch): predicted, these rows are finite" };
  const { row, most } = farthest(rows.rows, [...outputs, ...rows.targets.flatMap((target) => target?.data ?? [])]);
  const where = "in the loss itself: the outputs are finite";
  return most > FAR ? { where: `${where}, and too far from the targets`, row } : { where };
}

/** The layer that gives each value. */
function outputsOf(model: Model<unknown>): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>();
  for (const { name, outputs } of model.builtLayers) {
    for (const { value } of outputs) if (!names.has(value)) names.set(value, name);
  }
  return names;
}

/** Outputs or targets beyond this are too far from others for a square, or a sum of them. */
const FAR = 1e15;

/** The largest number, and the row in which it stands. */
function farthest(rows: number, columns: readonly ArrayLike<number>[]): { row: number; most: number } {
  let [row, most] = [0, 0];
  for (const numbers of columns) {
    for (let i = 0; i < numbers.length; i++) {
      if (Math.abs(numbers[i]) <= most) continue;
      most = Math.abs(numbers[i]);
      row = Math.floor(i / (numbers.length / rows));
    }
  }
  return { row, most };
}

/** The layers with weights that are not finite, and the last of them: gradients come from behind. */
async function spoiltBy(model: Model<unknown>, engine: Executable): Promise<Origin | undefined> {
  const found = new Set<string>();
  for (const weight of engine.weights) {
    if ((await engine.getWeight(weight)).some(isBad)) found.add(weight.path.split("/")[0]);
  }
  const names = model.layerNames.filter((name) => found.has(name));
  if (names.length === 0) return undefined;
  const where = names.length > 3 ? `${names.slice(0, 3).join(", ")} and others` : names.join(", ");
  return { where, layer: names.at(-1) };
}

/** Of the first layer that has such a place, the earliest step; there the first gate, and the first row. */
function firstOf(traced: readonly Traced[], rows: number): Origin | undefined {
  for (const { path, steps, backwards, values } of traced) {
    let first: { readonly gate: string; readonly step: number; readonly row: number } | undefined;
    for (const { name, units, data } of values) {
      const found = earliest(data, { rows, steps, units, backwards });
      if (found && (!first || (backwards ? found.step > first.step : found.step < first.step)))
        first = { ...found, gate: name };
    }
    if (!first) continue;
    const { gate, step, row } = first;
    if (gate !== OUTPUT) {
      const layer = path.slice(0, path.lastIndexOf("/"));
      return { ...first, layer, where: `at step index ${step}, in ${nameOf(gate)} of layer ${layer}` };
    }
    const where = `in the output of layer ${path}`;
    return steps === 1
      ? { row, layer: path, where }
      : { row, step, layer: path, where: `at step index ${step}, ${where}` };
  }
  return undefined;
}

function earliest(
  data: Float32Array,
  {
    rows,
    steps,
    units,
    backwards,
  }: Pick<Traced, "steps" | "backwards"> & { readonly rows: number; readonly units: number },
): { step: number; row: number } | undefined {
  for (let taken = 0; taken < steps; taken++) {
    const step = backwards ? steps - 1 - taken : taken;
    for (let row = 0; row < rows; row++) {
      const at = (row * steps + step) * units;
      for (let unit = 0; unit < units; unit++) if (isBad(data[at + unit])) return { step, row };
    }
  }
  return undefined;
}

/** What a layer without gates is traced by. */
const OUTPUT = "output";

const gateNames: Readonly<Record<string, string>> = {
  candidate: "the candidate",
  h: "the state",
  c: "the cell state",
};

const nameOf = (gate: string): string => gateNames[gate] ?? `the gate ${gate}`;

/** The batch in question, and the rows of the one before, whose step moved the weights; none where there was none. */
function batchOf({ position, numbers, call }: Failed) {
  if (!call) return { batch: position.batch - 1, numbers };
  const { rows, batchSize, outcome, before } = call;
  const from = outcome.batches * batchSize;
  const to = Math.min(rows.rows, from + batchSize);
  return {
    batch: position.batch + outcome.batches,
    numbers: numbersOf(numbers, from, to),
    rows: sliceRows(rows, from, to),
    before: from > 0 ? numbersOf(numbers, from - batchSize, from) : before,
    loss: outcome.losses[outcome.batches],
  };
}

/**
 * Why a loss, or weights behind it, are not finite, from the weights as they are, as the error that says it. Computes the
 * batch once more; what cannot be found out is left out. `back`: steps from the state that the model goes back to, to the
 * batch.
 */
export async function autopsy(
  model: Model<unknown>,
  engine: Executable,
  failed: Failed,
  back: number,
): Promise<GruvyError> {
  const { rows, numbers, before, loss, ...place } = batchOf(failed);
  const origin = await (rows ? originOf(model, engine, rows, before) : spoiltBy(model, engine)).catch(() => undefined);
  const row = origin?.row === undefined ? undefined : numbers[origin.row];
  const epoch = failed.position.epoch + 1;
  const batch = place.batch + 1;
  const where = `in epoch ${epoch} at batch ${batch}, row indices ${listed(numbers)}`;
  const at = row === undefined ? "" : `at row index ${row}${origin?.step === undefined ? "" : " and"} `;
  const what =
    loss === undefined
      ? `The step ${where}, left weights${origin ? ` of ${origin.where}` : ""} that are not finite, though its loss was`
      : `The loss became ${Number.isNaN(loss) ? "NaN" : "infinite"} ${where}${origin ? `. It began ${at}${origin.where}` : ""}`;
  const weights =
    (await restored(failed.callbacks)) ?? `it had ${back === 0 ? "just" : counted(back, "step")} before this batch`;
  return new GruvyError(
    "training/not-finite",
    what,
    `The model has the weights ${weights}. Try a smaller learningRate, or globalClipnorm: 1; look at that batch for values far larger than the others.`,
    {
      details: {
        epoch,
        batch,
        rows: Array.from(numbers),
        ...(row === undefined ? {} : { row }),
        ...(origin?.layer === undefined ? {} : { layer: origin.layer }),
        ...(origin?.gate === undefined ? {} : { gate: origin.gate }),
        ...(origin?.step === undefined ? {} : { step: origin.step }),
      },
    },
  );
}
