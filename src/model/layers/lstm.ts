import type { Random } from "../../base/index.ts";
import { lstmCell as engineCell } from "../../engine/index.ts";
import { flag } from "../options.ts";
import type { RecurrentCell } from "./cell.ts";
import type { Layer } from "./layer.ts";
import {
  type CellOptions,
  type GateOptions,
  type RecurrentLayerOptions,
  recurrentCell,
  recurrentLayer,
  resolve,
} from "./recurrent.ts";

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
  const { resolved, bias } = parts("lstm", options);
  return recurrentLayer("lstm", engineCell, options, resolved, bias);
}

function parts(kind: string, options: CellOptions<LstmOptions>) {
  const resolved = resolve(kind, options);
  const { unitForgetBias = true } = options;
  const { units } = resolved.options;
  const config = { ...resolved.config, unitForgetBias: flag(unitForgetBias, `unitForgetBias of ${kind}`) };
  const bias = async (shape: readonly number[], random: Random) => {
    const values = await resolved.initializers.bias.values(shape, random);
    return unitForgetBias ? values.fill(1, units, 2 * units) : values;
  };
  return { resolved: { ...resolved, config }, bias };
}

/**
 * One step of an LSTM, for `rnn`: the options of `lstm` without those that say how a layer goes through a sequence. Throws
 * `model/option` for an option out of range.
 *
 * @example
 * sequential([input({ shape: [10, 1] }), rnn(lstmCell({ units: 50 }))]).countParams(); // 10400
 */
export function lstmCell(options: CellOptions<LstmOptions>): RecurrentCell {
  const { resolved, bias } = parts("lstmCell", options);
  return recurrentCell("lstmCell", engineCell, options, resolved, bias);
}
