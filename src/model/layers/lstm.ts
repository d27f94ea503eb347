import { lstmCell } from "../../engine/index.ts";
import { flag } from "../options.ts";
import type { Layer } from "./layer.ts";
import { type GateOptions, type RecurrentLayerOptions, recurrentLayer, resolve } from "./recurrent.ts";

/** What `lstm` can be told, besides what all recurrent layers can. */
export interface LstmOptions extends RecurrentLayerOptions, GateOptions {
  /** The forget gate's bias starts at 1 (Jozefowicz et al. 2015). Default true. */
  readonly unitForgetBias?: boolean;
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997). With input, forget and output gates i, f, o and candidate
 * g: c' = f*c + i*g and h' = o*tanh(c').
 *
 * Input [rows, steps, features]; output [rows, units], or [rows, steps, units] with `returnSequences`. Learned: kernel
 * [features, 4 units], recurrent kernel [units, 4 units], bias [4 units]; gates in Keras's order i, f, g, o. Throws
 * `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [10, 1] }), lstm({ units: 50 }), dense({ units: 1 })]);
 * model.countParams(); // 10451
 */
export function lstm(options: LstmOptions): Layer {
  const resolved = resolve("lstm", options);
  const { unitForgetBias = true } = options;
  const { units } = resolved.options;
  return recurrentLayer(
    "lstm",
    lstmCell,
    "lstm_cell",
    options,
    { ...resolved, config: { ...resolved.config, unitForgetBias: flag(unitForgetBias, "unitForgetBias of lstm") } },
    (shape, random) => {
      const values = resolved.initializers.bias.values(shape, random);
      return unitForgetBias ? values.fill(1, units, 2 * units) : values;
    },
  );
}
