import { GruvyError } from "../../base/index.ts";
import {
  type Constraint,
  PANEL,
  type Penalty,
  padded,
  panelIndex,
  panelSize,
  transposeSize,
} from "../kernels/index.ts";

/** The transpose that the gradient of a product reads, kept beside the weights and renewed after every step. */
export interface TransposeSpec {
  /** Matrices that lie one above another, each turned by itself; and the rows of one. */
  readonly parts: number;
  readonly rows: number;
  readonly columns: number;
  readonly size: number;
}

/** Tells of every stretch where it begins in the user's order and in memory, and how many numbers it has. */
export type Stretches = (tell: (from: number, place: number, count: number) => void) => void;

/** A trained array: its shape and order for the user, and its packed order in memory. */
export interface Weight {
  /** As in Keras: "gru/gru_cell/kernel". */
  readonly path: string;
  readonly shape: readonly number[];
  /** Floats in memory, pads included. */
  readonly size: number;
  /** Which numbers lie together both in the user's order and in memory. */
  readonly stretches: Stretches;
  /** Gradients are added up by slice, or computed for the whole batch by stages. */
  readonly gradient: "slices" | "batch";
  readonly transposed?: TransposeSpec;
  /** How its numbers lie, for what is taken along an axis. */
  readonly arrangement?: Arrangement;
  trainable: boolean;
  /** What its size adds to the loss. */
  penalty?: Penalty;
  /** What it is brought back to after every step. */
  constraint?: Constraint;
}

export type Arrangement =
  /** Panels of the columns of `taps` matrices that lie one above another, each of so many rows. */
  | { readonly taps: number; readonly rows: number; readonly panels: number }
  /** Rows one behind the other, of blocks of `width` floats: those of the user in that order, or one a row. */
  | { readonly width: number; readonly order?: readonly number[] };

const wholeLines = (floats: number): number => Math.ceil(floats / 16) * 16;

/** Numbers of one weight at most; its gradient and the optimizer's arrays must fit into the same 4 GiB. */
const MOST_NUMBERS = 2 ** 28;

function checkCount(path: string, count: number): void {
  if (count > MOST_NUMBERS) {
    throw new GruvyError(
      "model/size",
      `The weight "${path}" would have ${count} numbers; at most ${MOST_NUMBERS} can be trained`,
      "Use fewer units, features or tokens.",
    );
  }
}

/** Where ops find their weights while a layer is applied that is applied more than once. */
export interface WeightPool {
  /** How many ops have asked for a turn with the weights of that path before. */
  turn(path: string): number;
  get(path: string, shape: readonly number[], make: () => Weight): Weight;
}

let pool: WeightPool | undefined;

/** That of the layer being applied; undefined where it is applied but once. */
export const activePool = (): WeightPool | undefined => pool;

export function usePool(next: WeightPool | undefined): void {
  pool = next;
}

/** A weight made now, or the one that an earlier application of the same layer has made. */
function own(path: string, shape: readonly number[], make: () => Weight): Weight {
  return pool?.get(path, shape, make) ?? make();
}

interface BlockOptions {
  readonly path: string;
  readonly rows: number;
  /** Matrices of so many rows that lie one above another; the user's first axis where there are some. */
  readonly taps?: number;
  /** Columns of one block (units of one gate). */
  readonly units: number;
  /** In memory block i stands what the user calls block order[i]. */
  readonly order?: readonly number[];
  /** Whether products with the transpose are needed. Default true. */
  readonly transposed?: boolean;
  readonly gradient?: Weight["gradient"];
}

/** A matrix of rows x (blocks * units), each block padded to whole panels. */
export function matrixWeight(options: BlockOptions): Weight {
  const { path, taps, rows, units, order = [0] } = options;
  const shape = [...(taps === undefined ? [] : [taps]), rows, order.length * units];
  return own(path, shape, () => newMatrix(options, shape));
}

function newMatrix(options: BlockOptions, shape: readonly number[]): Weight {
  const { path, taps, units, order = [0], gradient = "slices" } = options;
  // The first application cannot know what a later one needs.
  const transposed = options.transposed !== false || pool !== undefined;
  const parts = taps ?? 1;
  const rows = parts * options.rows;
  const blocks = order.length;
  const columns = blocks * padded(units);
  checkCount(path, rows * blocks * units);
  const stretches: Stretches = (tell) => {
    order.forEach((userBlock, block) => {
      for (let row = 0; row < rows; row++) {
        const [from, place] = [(row * blocks + userBlock) * units, panelIndex(row, block * padded(units), rows)];
        for (let j = 0; j < units; j += PANEL) tell(from + j, place + j * rows, Math.min(PANEL, units - j));
      }
    });
  };
  return {
    path,
    shape,
    size: wholeLines(panelSize(rows, columns)),
    arrangement: { taps: parts, rows: options.rows, panels: columns / PANEL },
    stretches,
    gradient,
    transposed: transposed
      ? { parts, rows: options.rows, columns, size: wholeLines(parts * transposeSize(options.rows, columns)) }
      : undefined,
    trainable: true,
  };
}

interface BiasOptions {
  readonly path: string;
  readonly shape: readonly number[];
  readonly units: number;
  readonly order?: readonly number[];
}

/** One or more rows of blocks of units: biases. `order` is given for all blocks of all rows. */
export function biasWeight(options: BiasOptions): Weight {
  return own(options.path, options.shape, () => newBias(options));
}

function newBias(options: BiasOptions): Weight {
  const { path, shape, units, order = [0] } = options;
  checkCount(path, order.length * units);
  const stretches: Stretches = (tell) => {
    order.forEach((userBlock, block) => {
      tell(userBlock * units, block * padded(units), units);
    });
  };
  const size = wholeLines(order.length * padded(units));
  return {
    path,
    shape,
    size,
    arrangement: { width: padded(units), order },
    stretches,
    gradient: "slices",
    trainable: true,
  };
}

/** Rows of features, looked up by number. */
export function tableWeight(path: string, rows: number, features: number): Weight {
  return own(path, [rows, features], () => newTable(path, rows, features));
}

function newTable(path: string, rows: number, features: number): Weight {
  checkCount(path, rows * features);
  const stretches: Stretches = (tell) => {
    if (padded(features) === features) tell(0, 0, rows * features);
    else for (let row = 0; row < rows; row++) tell(row * features, row * padded(features), features);
  };
  const size = wholeLines(rows * padded(features));
  return {
    path,
    shape: [rows, features],
    size,
    arrangement: { width: padded(features) },
    stretches,
    gradient: "batch",
    trainable: true,
  };
}

/** Numbers of each row of a batch that stay for the next one, as the user lays them out. */
export function stateWeight(path: string, rows: number, features: number): Weight {
  checkCount(path, rows * features);
  const stretches: Stretches = (tell) => tell(0, 0, rows * features);
  return {
    path,
    shape: [rows, features],
    size: wholeLines(rows * features),
    stretches,
    gradient: "slices",
    trainable: false,
  };
}

/** Bytes of a panel of a matrix with that many rows. */
export const panelBytes = (rows: number): number => 4 * rows * PANEL;
