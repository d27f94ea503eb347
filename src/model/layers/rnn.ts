import { GruvyError } from "../../base/index.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import { cellAt, describeCell, layerOfCells, type RecurrentCell } from "./cell.ts";
import type { Layer } from "./layer.ts";

/** How `rnn` goes through a sequence; as for `gru`. */
export interface RnnOptions {
  readonly returnSequences?: boolean;
  readonly goBackwards?: boolean;
  readonly stateful?: boolean;
  readonly returnState?: boolean;
  readonly seed?: number;
  readonly name?: string;
}

/**
 * A recurrent layer of a cell, or of several one above the other (Keras's StackedRNNCells): `gruCell`, `lstmCell`,
 * `simpleRnnCell`, or one of your own (`customCell`).
 *
 * Input [rows, steps, features]; output [rows, units] of the last cell, or [rows, steps, units] with `returnSequences`.
 * Masks, `goBackwards` and `stateful` work as for `gru`. Throws `model/cell` for what is no cell.
 *
 * @example
 * const stacked = rnn([lstmCell({ units: 16 }), gruCell({ units: 8 })], { returnSequences: true });
 * sequential([input({ shape: [20, 3] }), stacked]).outputShape; // [20, 8]
 */
export function rnn(cell: RecurrentCell | readonly RecurrentCell[], options: RnnOptions = {}): Layer {
  const {
    returnSequences = false,
    goBackwards = false,
    stateful = false,
    returnState = false,
  } = optionsOf(options, "rnn");
  refuseUnknown(options, ["returnSequences", "returnState", "goBackwards", "stateful", "seed", "name"], "rnn");
  const walk = {
    returnSequences: flag(returnSequences, "returnSequences of rnn"),
    goBackwards: flag(goBackwards, "goBackwards of rnn"),
    stateful: flag(stateful, "stateful of rnn"),
    returnState: flag(returnState, "returnState of rnn"),
  };
  const given: readonly unknown[] = Array.isArray(cell) ? cell : [cell];
  if (given.length === 0) throw new GruvyError("model/cell", "Expected at least one cell in rnn, found none");
  const cells = given.map((one) => cellAt(one, "in rnn"));
  const config = { cells: cells.map(describeCell), ...walk };
  return layerOfCells("rnn", cells, { ...walk, name: options.name, seed: options.seed }, config);
}
