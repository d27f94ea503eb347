import { GruvyError } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import { cellAt, describeCell, layerOfSteps, type RecurrentCell, type Steps } from "./cell.ts";
import { checkedName, checkSeed, innerContext, type Layer, snake } from "./layer.ts";

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
  return layerOfSteps("rnn", stepsOf(cells), { ...walk, name: options.name, seed: options.seed }, config);
}

/** Names of the cells of one layer, as Keras gives them: "gru_cell", "gru_cell_1". */
function cellNames(cells: readonly RecurrentCell[]): string[] {
  const taken = new Map<string, number>();
  return cells.map(({ name, kind }) => {
    const base = name === undefined ? snake(kind) : checkedName(name);
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  });
}

/**
 * Cells one above the other: the output of each is the input of the next. They go through the sequence one after another,
 * which gives the same as going through all of them at every step.
 */
function stepsOf(cells: readonly RecurrentCell[]): Steps {
  const names = cellNames(cells);
  return {
    units: cells[cells.length - 1].stateSizes[0],
    stateSizes: cells.flatMap(({ stateSizes }) => stateSizes),
    learning: cells.map(({ config }) => config),
    build(value, context, walk) {
      const given = walk.initialState && [...walk.initialState];
      const states: Value[] = [];
      let output = value;
      cells.forEach((cell, place) => {
        checkSeed(cell, names[place]);
        const inner = cells.length > 1 ? `stacked_rnn_cells/${names[place]}` : names[place];
        // Between cells the steps stay in the order of time.
        const between = place < cells.length - 1 ? { returnSequences: true, turned: walk.goBackwards } : {};
        const initialState = given?.splice(0, cell.stateSizes.length);
        const made = cell.build(output, innerContext(context, inner, cell, place), {
          ...walk,
          ...between,
          initialState,
        });
        output = made.output;
        states.push(...made.states);
      });
      return { output, states };
    },
  };
}
