// What training drops, from the counter of base's random numbers.

import { key, mix, random, stream } from "../../base/index.ts";
import { padded } from "../kernels/index.ts";
import type { CellName, RecurrentLayer } from "./stack.twin.ts";

export const gateCount: Record<CellName, number> = { gruAfter: 3, gruBefore: 3, lstm: 4, simpleRnn: 1 };

/** Keep factors of the input and the state of each gate in Keras's order, [rows x width]; absent where nothing drops. */
export interface Factors {
  readonly input?: readonly ArrayLike<number>[];
  readonly state?: readonly ArrayLike<number>[];
}

/** Keep factors from the counter: element (first + row) * padded width + column of a seed's stream at a step. */
export function keepFactors(of: {
  seed: number;
  iteration: number;
  rate: number;
  rows: number;
  width: number;
  first?: number;
}): Float32Array {
  const { seed, iteration, rate, rows, width, first = 0 } = of;
  const source = random(seed, stream.dropout, iteration);
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const element = (first + Math.floor(i / width)) * padded(width) + (i % width);
    return source.bits(element) >>> 8 < Math.round(rate * 2 ** 24) ? 0 : 1 / (1 - rate);
  });
}

/** The order in which the engine numbers the gates of an input when it drops each gate's share on its own. */
const inputOrder: Record<CellName, readonly number[]> = {
  gruAfter: [2, 0, 1],
  gruBefore: [2, 0, 1],
  lstm: [0, 1, 2, 3],
  simpleRnn: [0],
};

/** What a layer drops in one training step: the same at every time step. */
export function drawnFactors(layer: RecurrentLayer, features: number, rows: number, iteration: number): Factors {
  const { dropout, recurrentDropout, seed, units } = layer;
  const gates = gateCount[layer.layer];
  const of = (gate: number, seedOf: number, rate: number, width: number) =>
    keepFactors({ seed: seedOf, iteration, rate, rows, width, first: gate * 65536 });
  const order = inputOrder[layer.layer];
  const each = Array.from({ length: gates }, (_, gate) => gate);
  const shared = () => of(0, seed, dropout, features);
  return {
    input:
      dropout === 0
        ? undefined
        : recurrentDropout === 0
          ? each.map(shared)
          : each.map((gate) => of(order.indexOf(gate), seed, dropout, features)),
    state: recurrentDropout === 0 ? undefined : each.map((gate) => of(gate, seed + 0x5eed, recurrentDropout, units)),
  };
}

/** Keep factors of a dropout layer at one time step, whose number is mixed into the first word of the key. */
export function stepFactors(
  of: { seed: number; iteration: number; rate: number; rows: number; width: number },
  t: number,
): Float32Array {
  const { seed, iteration, rate, rows, width } = of;
  const { inner, low } = key(seed, stream.dropout);
  const first = mix((inner + iteration) >>> 0);
  const second = mix((first ^ low) >>> 0);
  const ofStep = mix((first + t) >>> 0);
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const element = Math.floor(i / width) * padded(width) + (i % width);
    const bits = mix((mix((element + ofStep) >>> 0) ^ second) >>> 0);
    return bits >>> 8 < Math.round(rate * 2 ** 24) ? 0 : 1 / (1 - rate);
  });
}
