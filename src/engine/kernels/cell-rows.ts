import { type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
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
  /** For the way back, gate rows keep the sums of functions whose slope cannot be told from their value. */
  readonly sums?: boolean;
}

/** Bytes from one gate's block to the next in a gate row, and floats from a gate row to the next. */
export const gateBytes = (units: number): number => 4 * padded(units);
export const gateStride = (units: number, gates: number): number => stride(gates * padded(units));

/** What a cell's code depends on, for the names of its kernels. */
export const signature = ({ units, activation, recurrentActivation, masked, sums }: CellShape) =>
  `${units} ${activation} ${recurrentActivation} ${masked}${sums ? " sums" : ""}`;

interface CellRows {
  readonly gates: I32;
  /** Blocks of a gate row. */
  readonly blocks: number;
  /** Rows of one state each: h, c, gradients, keep factors. */
  readonly states: readonly I32[];
  /** A word for each row; read where the cell is masked. */
  readonly mask?: I32;
  readonly rows: I32;
  /** Only the units between two bytes of a block. */
  readonly part?: Part;
}

/** Some units: from one byte of a block to below another. */
export interface Part {
  readonly from: I32;
  readonly to: I32;
}

/**
 * The kernel of a step: over all units of some rows, `call(...addresses, rows)`, or with `part` over some units of one
 * row, `call(...addresses, from, to)`.
 */
export function stepKernel(
  module: Module,
  name: string,
  { addresses, part }: { readonly addresses: number; readonly part: boolean },
  body: (fn: Fn, addresses: I32[], where: Pick<CellRows, "rows" | "part">) => void,
): FunctionRef {
  const parameters = Array.from({ length: addresses + (part ? 2 : 1) }, () => I32);
  return module.function(part ? `${name} part` : name, parameters, (fn, ...values) => {
    const [first, to] = values.slice(addresses);
    body(fn, values.slice(0, addresses), part ? { rows: I32.of(1), part: { from: first, to } } : { rows: first });
    return undefined;
  });
}

/**
 * Runs a body for every four units of every row. `at` is the address in the gate row's first block, `states` the
 * addresses in the states' rows, `alive` the row's mask.
 */
export function eachUnit(
  fn: Fn,
  { units, masked }: CellShape,
  { gates, blocks, states, mask, rows, part }: CellRows,
  body: (place: { readonly at: I32; readonly alive: I32x4 | undefined }, ...states: I32[]) => void,
): void {
  const pointers = [
    [gates, gateStride(units, blocks)],
    [mask ?? I32.of(0), 1],
    ...states.map((state) => [state, stride(units)] as const),
  ] as const;
  eachRow(fn, rows, pointers, (gateRow, maskRow, ...stateRows) => {
    const alive = mask && masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
    const unit = (j: I32) => body({ at: fn.let(gateRow.add(j)), alive }, ...stateRows.map((row) => fn.let(row.add(j))));
    if (part) fn.loop(part.from, part.to, 16, unit);
    else vectors(fn, padded(units), unit);
  });
}
