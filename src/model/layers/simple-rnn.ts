import { simpleRnnCell } from "../../engine/index.ts";
import type { Layer } from "./layer.ts";
import { type RecurrentLayerOptions, recurrentLayer, resolve } from "./recurrent.ts";

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
  const resolved = resolve("simpleRnn", options);
  const { recurrentActivation: _, ...config } = resolved.config;
  return recurrentLayer("simpleRnn", simpleRnnCell, "simple_rnn_cell", options, { ...resolved, config });
}
