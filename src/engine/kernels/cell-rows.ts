import { type Fn, I32, I32x4 } from "../wasm/index.ts";
import type { ActivationName } from "./activation.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/** What a recurrent cell is made of; shared by the three cells. */
export interface CellShape {
  readonly units: number;
  readonly activation: ActivationName;
  readonly recurrentActivation: ActivationName;
  /** Rows carry a mask word (all bits or none): where none is set, the state stays as it was. */
  readonly masked: boolean;
}

/** Bytes from one gate's block to the next in a gate row, and floats from a gate row to the next. */
export const gateBytes = (units: number): number => 4 * padded(units);
export const gateStride = (units: number, gates: number): number => stride(gates * padded(units));

/** What a cell's code depends on, for the names of its kernels. */
export const signature = ({ units, activation, recurrentActivation, masked }: CellShape) =>
  `${units} ${activation} ${recurrentActivation} ${masked}`;

interface CellRows {
  readonly gates: I32;
  /** Blocks of a gate row. */
  readonly blocks: number;
  /** Rows of one state each: h, c, gradients, keep factors. */
  readonly states: readonly I32[];
  /** A word for each row; read where the cell is masked. */
  readonly mask?: I32;
  readonly rows: I32;
}

/**
 * Runs a body for every four units of every row. `at` is the address in the gate row's first block, `states` the
 * addresses in the states' rows, `alive` the row's mask.
 */
export function eachUnit(
  fn: Fn,
  { units, masked }: CellShape,
  { gates, blocks, states, mask, rows }: CellRows,
  body: (place: { readonly at: I32; readonly alive: I32x4 | undefined }, ...states: I32[]) => void,
): void {
  const pointers = [
    [gates, gateStride(units, blocks)],
    [mask ?? I32.of(0), 1],
    ...states.map((state) => [state, stride(units)] as const),
  ] as const;
  eachRow(fn, rows, pointers, (gateRow, maskRow, ...stateRows) => {
    const alive = mask && masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
    vectors(fn, padded(units), (j) => {
      body({ at: fn.let(gateRow.add(j)), alive }, ...stateRows.map((row) => fn.let(row.add(j))));
    });
  });
}
