import { gruResetAfter, gruResetBefore } from "../../engine/index.ts";
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

/** What `gru` can be told, besides what all recurrent layers can. */
export interface GruOptions extends RecurrentLayerOptions, GateOptions {
  /** The reset gate works after the recurrent product (the form of Keras and cuDNN) or before it. Default true. */
  readonly resetAfter?: boolean;
}

/**
 * A gated recurrent unit (Cho et al. 2014). With update gate z and reset gate r,
 * h' = z*h + (1-z)*c, where the candidate c is tanh(x W + r*(h U)) after, tanh(x W + (r*h) U) before.
 *
 * Input [rows, steps, features]; output [rows, units], or [rows, steps, units] with `returnSequences`. Learned: kernel
 * [features, 3 units], recurrent kernel [units, 3 units], bias [2, 3 units] (after) or [3 units]; gates in Keras's
 * order z, r, c. Throws `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [10, 1] }), gru({ units: 50 }), dense({ units: 1 })]);
 * model.countParams(); // 8001
 */
export function gru(options: GruOptions): Layer {
  const { cell, resolved } = parts("gru", options);
  return recurrentLayer("gru", cell, options, resolved);
}

function parts(kind: string, options: CellOptions<GruOptions>) {
  const resolved = resolve(kind, options);
  const { resetAfter = true } = options;
  const config = { ...resolved.config, resetAfter: flag(resetAfter, `resetAfter of ${kind}`) };
  return { cell: resetAfter ? gruResetAfter : gruResetBefore, resolved: { ...resolved, config } };
}

/**
 * One step of a gated recurrent unit, for `rnn`: the options of `gru` without those that say how a layer goes through a
 * sequence. Throws `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [10, 1] }), rnn([gruCell({ units: 8 }), gruCell({ units: 4 })])]);
 * model.weightPaths[3]; // "rnn/stacked_rnn_cells/gru_cell_1/kernel"
 */
export function gruCell(options: CellOptions<GruOptions>): RecurrentCell {
  const { cell, resolved } = parts("gruCell", options);
  return recurrentCell("gruCell", cell, options, resolved);
}
