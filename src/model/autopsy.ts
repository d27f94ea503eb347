import { counted, GruvyError, type Tensor } from "../base/index.ts";
import type { Executable } from "../engine/index.ts";
import type { BadBatch } from "./bad-batch.ts";
import type { Model } from "./model.ts";
import { workOf } from "./rows.ts";
import { type Trace, traceModel } from "./trace.ts";

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
async function originOf(model: Model<unknown>, engine: Executable, { rows, before }: BadBatch): Promise<Origin> {
  const spoilt = await spoiltLayers(model, engine);
  if (spoilt.length > 0) {
    const names = spoilt.length > 3 ? `${spoilt.slice(0, 3).join(", ")} and others` : spoilt.join(", ");
    const cause = before.length > 0 ? `the step before, on row indices ${listed(before)},` : "the step before,";
    return { where: `in ${cause} which left weights of ${names} that are not finite`, layer: spoilt[0] };
  }
  const traced = firstOf(await traceModel(engine, rows).catch(() => ({})));
  if (traced) return traced;
  const { outputs = [] } = await engine.run("predict", { batchSize: rows.rows, ...workOf(rows) });
  for (const [i, numbers] of outputs.entries()) {
    const place = numbers.findIndex(isBad);
    if (place < 0) continue;
    const row = Math.floor(place / (numbers.length / rows.rows));
    if (outputs.length > 1) return { where: `in the output "${model.outputNames[i]}"`, row };
    const layer = model.layerNames[model.layerNames.length - 1];
    return { where: `in the output of the last layer, ${layer}`, layer, row };
  }
  const row = farthest(rows.rows, [...outputs, ...rows.targets.flatMap((target) => target?.data ?? [])]);
  return { where: "in the loss itself: the outputs are finite, and too far from the targets", row };
}

/** The row in which the largest number stands. */
function farthest(rows: number, columns: readonly ArrayLike<number>[]): number {
  let [row, most] = [0, 0];
  for (const numbers of columns) {
    for (let i = 0; i < numbers.length; i++) {
      if (Math.abs(numbers[i]) <= most) continue;
      most = Math.abs(numbers[i]);
      row = Math.floor(i / (numbers.length / rows));
    }
  }
  return row;
}

async function spoiltLayers(model: Model<unknown>, engine: Executable): Promise<string[]> {
  const found = new Set<string>();
  for (const weight of engine.weights) {
    if ((await engine.getWeight(weight)).some(isBad)) found.add(weight.path.split("/")[0]);
  }
  return model.layerNames.filter((name) => found.has(name));
}

/** Of the first layer that has such a place, the earliest step; there the first gate, and the first row. */
function firstOf(trace: Trace): Origin | undefined {
  for (const [layer, gates] of Object.entries(trace)) {
    let first: Origin | undefined;
    for (const [gate, values] of Object.entries(gates)) {
      const found = earliest(values);
      if (found && (first?.step === undefined || found.step < first.step)) {
        first = { ...found, layer, gate, where: `at step index ${found.step}, in ${nameOf(gate)} of layer ${layer}` };
      }
    }
    if (first) return first;
  }
  return undefined;
}

function earliest({ shape: [rows, steps, units], data }: Tensor): { step: number; row: number } | undefined {
  for (let step = 0; step < steps; step++) {
    for (let row = 0; row < rows; row++) {
      const at = (row * steps + step) * units;
      for (let unit = 0; unit < units; unit++) if (isBad(data[at + unit])) return { step, row };
    }
  }
  return undefined;
}

const gateNames: Readonly<Record<string, string>> = {
  candidate: "the candidate",
  h: "the state",
  c: "the cell state",
};

const nameOf = (gate: string): string => gateNames[gate] ?? `the gate ${gate}`;

/**
 * Why a loss is not finite, from the weights that made it so, as the error that says it. Computes the batch once more;
 * what cannot be found out is left out.
 */
export async function autopsy(
  model: Model<unknown>,
  engine: Executable,
  bad: BadBatch,
  loss: number,
): Promise<(stepsBack: number) => GruvyError> {
  const origin = await originOf(model, engine, bad).catch(() => undefined);
  const row = origin?.row === undefined ? undefined : bad.numbers[origin.row];
  const place = origin
    ? `It began ${row === undefined ? "" : `at row index ${row}${origin?.step === undefined ? "" : " and"} `}${origin.where}`
    : "";
  const kind = Number.isNaN(loss) ? "NaN" : "infinite";
  const epoch = bad.epoch + 1;
  const batch = bad.batch + 1;
  const where = `in epoch ${epoch} at batch ${batch}, row indices ${listed(bad.numbers)}`;
  return (back) =>
    new GruvyError(
      "training/not-finite",
      `The loss became ${kind} ${where}. ${place}`.replace(/\. $/, ""),
      `The model has the weights it had ${back === 0 ? "just" : counted(back, "step")} before this batch. Try a smaller learningRate, or globalClipnorm: 1; look at that batch for values far larger than the others.`,
      {
        details: {
          epoch,
          batch,
          rows: Array.from(bad.numbers),
          ...(row === undefined ? {} : { row }),
          ...(origin?.layer === undefined ? {} : { layer: origin.layer }),
          ...(origin?.gate === undefined ? {} : { gate: origin.gate }),
          ...(origin?.step === undefined ? {} : { step: origin.step }),
        },
      },
    );
}
