import type { Late } from "../../../base/index.ts";
import { type CellShape, gateStride, multiplyRows, PANEL, padded, product, stride } from "../../kernels/index.ts";
import type { FunctionRef, I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import { panelBytes } from "../weight.ts";
import type { Factors } from "./factors.ts";

/** A run of gate blocks. */
export interface Blocks {
  readonly first: number;
  readonly count: number;
}

/** A product of some state with some blocks of the recurrent kernel, added to some blocks of the gate row. */
export interface Recurrence {
  readonly window: Blocks;
  /** The first of the kernel's blocks. */
  readonly panel: number;
  readonly from: "h" | "resetState";
}

/** Where the rows of one step lie. */
export interface StepPlace {
  readonly gates: I32;
  readonly h: I32;
  readonly next: I32;
  readonly c: I32;
  readonly nextC: I32;
  readonly mask: I32;
}

export interface BackwardPlace extends StepPlace {
  readonly dh: I32;
  readonly dc: I32;
  /** Where in the chunk's buffer this step keeps its reset state. */
  readonly resetState: I32;
}

/** What a cell is: the blocks of its gate row, the order of its weights, and the code of one step. */
export interface Cell {
  readonly name: string;
  /** What must be loaded before its steps are written. Default: nothing. */
  readonly needs?: readonly Late<unknown>[];
  /** Computes all units of a row at once. */
  readonly whole?: true;
  /** Blocks of units in a gate row; the input fills the first kernelOrder.length of them. */
  readonly blocks: number;
  /** Block i in memory is block order[i] of Keras's weight. */
  readonly kernelOrder: readonly number[];
  readonly recurrentOrder: readonly number[];
  readonly biasOrder: readonly number[];
  biasShape(units: number): readonly number[];
  /** Which runs of bias blocks are added to which gate blocks. */
  readonly biasParts: readonly { readonly gate: number; readonly bias: number; readonly count: number }[];
  readonly recurrences: readonly Recurrence[];
  /** Has a second state, c. */
  readonly cellState: boolean;
  /** What the blocks of a gate row hold behind a step, by the names that a trace gives them. */
  readonly gates: Readonly<Record<string, number>>;
  forward(code: StepCode, at: StepPlace): void;
  backward(code: StepCode, at: BackwardPlace): void;
}

/** Multiply-adds of a step below which several threads gain nothing: they meet after each. */
const SHARED_STEP = 16_384;

/** Whether several threads may compute one row of a cell together. */
export function sharesRow(cell: Cell, units: number): boolean {
  const [first, ...others] = cell.recurrences;
  return !cell.whole && others.length === 0 && first.window.count * units ** 2 >= SHARED_STEP;
}

/** Writes the products with the state for a cell; with recurrent dropout each gate sees its own share of it. */
export class StepCode {
  readonly build: Build;
  readonly shape: CellShape;
  /** Set for each step. */
  rows: I32;
  protected readonly recurrentKernel: I32;
  private readonly owner: object;
  private readonly cell: Cell;
  private readonly factors: Factors;

  constructor(
    build: Build,
    owner: object,
    cell: Cell,
    shape: CellShape,
    { recurrentKernel, factors }: { recurrentKernel: I32; factors: Factors },
  ) {
    this.build = build;
    this.owner = owner;
    this.cell = cell;
    this.shape = shape;
    this.recurrentKernel = recurrentKernel;
    this.factors = factors;
    this.rows = build.rows;
  }

  get dropped(): boolean {
    return this.factors.active(this.build);
  }

  /** Whether products with this state see only a share of it. */
  drops(from: Recurrence["from"]): boolean {
    return this.dropped && from === "h";
  }

  /** Whether a part of one row is computed. */
  get partly(): boolean {
    return false;
  }

  /** Calls a kernel that takes last what the step under way computes: the number of rows, or a part of one row. */
  call(kernel: FunctionRef, ...values: I32[]): void {
    this.build.fn.call(kernel, ...values, this.rows);
  }

  /** A buffer of one state, or of so many floats, for each row. */
  state(name: string, floats = stride(this.shape.units)): I32 {
    return this.build.buffer(this.owner, name, { row: 4 * floats });
  }

  /** The keep factors of one gate's state. */
  factor(panel: number): I32 {
    return this.factors.at(this.build, panel);
  }

  /** The recurrence as products: one for all its blocks, or one for each where gates drop on their own. */
  parts(recurrence: Recurrence): readonly Recurrence[] {
    const { window, panel, from } = recurrence;
    if (!this.drops(from)) return [recurrence];
    return Array.from({ length: window.count }, (_, i) => ({
      window: { first: window.first + i, count: 1 },
      panel: panel + i,
      from,
    }));
  }

  private dropRows(add: boolean): FunctionRef {
    const row = stride(this.shape.units);
    return multiplyRows(this.build.module, padded(this.shape.units), { to: row, a: row, b: row }, add);
  }

  /** gates[window] += state * U[window]. */
  addProduct(recurrence: Recurrence, state: I32, gates: I32): void {
    const { units } = this.shape;
    for (const { window, panel, from } of this.parts(recurrence)) {
      let source = state;
      if (this.drops(from)) {
        source = this.state("droppedState");
        this.call(this.dropRows(false), source, state, this.factor(panel));
      }
      const kernel = product(this.build.module, {
        inner: units,
        columns: window.count * padded(units),
        strideA: stride(units),
        strideC: gateStride(units, this.cell.blocks),
        accumulate: true,
      });
      const panels = this.recurrentKernel.add(((panel * padded(units)) / PANEL) * panelBytes(units));
      this.call(kernel, source, panels, gates.add(4 * window.first * padded(units)));
    }
  }

  /** dState += dGates[window] * transpose(U[window]), or = when it starts the sum. */
  addGradient(recurrence: Recurrence, gates: I32, dState: I32, accumulate = true): void {
    const { units } = this.shape;
    for (const { window, panel, from } of this.parts(recurrence)) {
      const drops = this.drops(from);
      const kernel = product(this.build.module, {
        inner: window.count * padded(units),
        columns: padded(units),
        strideA: gateStride(units, this.cell.blocks),
        strideB: this.cell.recurrentOrder.length * padded(units) * PANEL,
        strideC: stride(units),
        accumulate: !drops && accumulate,
      });
      const to = drops ? this.state("droppedState") : dState;
      const panels = this.recurrentKernel.add(panel * padded(units) * panelBytes(1));
      this.call(kernel, gates.add(4 * window.first * padded(units)), panels, to);
      if (drops) this.call(this.dropRows(true), dState, to, this.factor(panel));
    }
  }
}
