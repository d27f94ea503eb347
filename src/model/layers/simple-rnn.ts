import { simpleRnnCell as engineCell } from "../../engine/index.ts";
import type { RecurrentCell } from "./cell.ts";
import type { Layer } from "./layer.ts";
import {
  type CellOptions,
  type RecurrentLayerOptions,
  type ResolvedRecurrent,
  recurrentCell,
  recurrentLayer,
  resolve,
} from "./recurrent.ts";

/**
 * A simple recurrent network (Elman 1990): h' = tanh(x W + h U + b).
 *
 * Input [rows, steps, features]; output [rows, units], or [rows, steps, units] with `returnSequences`. Learned: kernel
 * [features, units], recurrent kernel [units, units], bias [units]. Throws `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [10, 1] }), simpleRnn({ units: 50 }), dense({ units: 1 })]);
 * model.countParams(); // 2651
 */
export function simpleRnn(options: RecurrentLayerOptions): Layer {
  return recurrentLayer("simpleRnn", engineCell, options, withoutGates("simpleRnn", options));
}

function withoutGates(kind: string, options: CellOptions<RecurrentLayerOptions>): ResolvedRecurrent {
  const resolved = resolve(kind, options);
  const { recurrentActivation: _, ...config } = resolved.config;
  return { ...resolved, config };
}

/**
 * One step of a simple recurrent network, for `rnn`: the options of `simpleRnn` without those that say how a layer goes
 * through a sequence. Throws `model/option` for an option out of range.
 *
 * @example
 * sequential([input({ shape: [10, 1] }), rnn(simpleRnnCell({ units: 50 }))]).countParams(); // 2600
 */
export function simpleRnnCell(options: CellOptions<RecurrentLayerOptions>): RecurrentCell {
  return recurrentCell("simpleRnnCell", engineCell, options, withoutGates("simpleRnnCell", options));
}
