import { type Datasets, fetched, type Tensor, type TensorsLike } from "../base/index.ts";
import { holdsBoth } from "./arguments.ts";
import type { Model } from "./model.ts";
import type { Trace } from "./trace.ts";

/** A gate counts as shut or open beyond these. */
const SHUT = 0.01;
const OPEN = 0.99;
/** From this share of its values on a gate is saturated. */
const SATURATED = 0.95;
/** A state that never leaves zero by more than this is dead. */
const DEAD = 1e-6;

/** The gates that open and close, and what each does where it stays shut or open. */
const gateKinds: Readonly<Record<string, string>> = {
  z: "update",
  r: "reset",
  i: "input",
  f: "forget",
  o: "output",
};

/**
 * What is wrong inside a model, in plain words: gates of recurrent layers that are shut or open at nearly every step, and
 * units whose state never leaves zero or whose relu never opens, on the rows given. Empty when nothing was found. A few
 * dozen rows do. `fit` looks by itself, on a sample of its rows, for layers of which half the relus are closed, and at gates and
 * states: see `findings` of `History`.
 *
 * Throws what `predict` throws for rows that do not fit the model.
 *
 * @example
 * const model = sequential([input({ shape: [4, 1] }), gru({ units: 2, biasInitializer: constant(-40) })]);
 * const findings = await diagnose(model, [[[1], [2], [3], [4]]]);
 * findings[0].includes("update gate of layer gru is shut"); // true
 */
export async function diagnose(model: Model<unknown>, x: TensorsLike | Datasets): Promise<string[]> {
  const found = gatesAndStates(await model.trace(x));
  const { deadRelus } = await fetched(import("./dead-units.ts"));
  return [
    ...found,
    ...(await deadRelus(model, await model.prepare(holdsBoth(model, x) ? x.x : x, undefined, false), 0)),
  ];
}

/** What `diagnose` says of recurrent layers: of units that are dead from this share of a layer on. */
export function gatesAndStates(trace: Trace, share = 0): string[] {
  const found: string[] = [];
  for (const [layer, values] of Object.entries(trace)) {
    const isComputed = computedSteps(values);
    for (const [gate, kind] of Object.entries(gateKinds)) {
      const text = values[gate] && saturation(values[gate], isComputed);
      if (text) found.push(`The ${kind} gate of layer ${layer} is ${text}: it no longer learns. ${remedy}`);
    }
    const dead = values.h ? deadUnits(values.h) : 0;
    const units = values.h?.shape[2] ?? 0;
    if (dead > 0 && dead >= share * units) {
      found.push(
        `${dead} of ${units} units of layer ${layer} are dead: their state is zero throughout. ` +
          "Use fewer units, another initializer, or a smaller learningRate.",
      );
    }
  }
  return found;
}

const remedy = "Try a smaller learningRate, scaled inputs, or kernelRegularizer.";

/** Masked steps have no gates: all of them, and the candidate, are 0 in every unit. */
function computedSteps({ h, c, ...values }: Readonly<Record<string, Tensor>>): (step: number) => boolean {
  const tensors = Object.values(values);
  return (step) =>
    tensors.some(({ shape, data }) => {
      const units = shape[2];
      for (let at = step * units; at < (step + 1) * units; at++) if (data[at] !== 0) return true;
      return false;
    });
}

/** `isComputed` is asked of rows and steps counted in one. */
function saturation({ shape, data }: Tensor, isComputed: (step: number) => boolean): string | undefined {
  const units = shape[2];
  let [all, shut, open] = [0, 0, 0];
  for (let step = 0; step < data.length / units; step++) {
    if (!isComputed(step)) continue;
    all += units;
    for (let at = step * units; at < (step + 1) * units; at++) {
      if (data[at] < SHUT) shut++;
      else if (data[at] > OPEN) open++;
    }
  }
  if (all === 0) return undefined;
  const share = (count: number) => `${Math.floor((100 * count) / all)} %`;
  if (shut >= SATURATED * all) return `shut in ${share(shut)} of its values`;
  if (open >= SATURATED * all) return `open in ${share(open)} of its values`;
  if (shut + open >= SATURATED * all) return `saturated in ${share(shut + open)} of its values`;
  return undefined;
}

function deadUnits({ shape, data }: Tensor): number {
  const units = shape[2];
  let dead = 0;
  for (let unit = 0; unit < units; unit++) {
    let largest = 0;
    for (let at = unit; at < data.length; at += units) largest = Math.max(largest, Math.abs(data[at]));
    if (largest <= DEAD) dead++;
  }
  return dead;
}
