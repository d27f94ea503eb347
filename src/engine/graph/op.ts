import type { Late } from "../../base/index.ts";
import type { F32, Fn, I32, Module } from "../wasm/index.ts";
import type { Together } from "./crew.ts";
import type { RowOrder } from "./row-order.ts";
import type { TracedOp } from "./traced.ts";
import type { TimeAxis, Value } from "./value.ts";
import type { Weight } from "./weight.ts";

/** The bytes of a buffer of one slice: fixed + rows * (row + steps * rowStep). */
export interface Size {
  readonly fixed?: number;
  readonly row?: number;
  readonly rowStep?: number;
  readonly axis?: TimeAxis;
  /** A second axis: so many bytes for each pair of a step of the one and a step of the other. */
  readonly across?: TimeAxis;
}

/**
 * The bytes of a buffer shared by all slices: fixed + place * the batch's rows * steps, where at most `most` places
 * count (the distinct tokens of a batch are no more than the vocabulary).
 */
export interface BatchSize {
  readonly fixed?: number;
  readonly place?: number;
  readonly most?: number;
  readonly axis?: TimeAxis;
}

/** A place that draws random numbers: its words are written when the program is bound. */
export interface RandomSource {
  readonly seed: number;
}

/** What was counted while training on some rows. */
export interface Counts {
  readonly rows: number;
  /** Steps of each input of the model. */
  readonly steps: readonly number[];
  /** What an op has counted under a name; 0 where it has not. */
  tally(owner: object, name: string): number;
}

/** Multiply-adds of matrix products. */
export interface Cost {
  readonly done: number;
  /** What it takes to compute every step of every row once, forward and back, as far as somebody reads it. */
  readonly plain: number;
}

/** How often a product is taken: forward, and for each gradient that somebody reads. */
export const timesTaken = (...gradients: readonly boolean[]): number => 1 + gradients.filter(Boolean).length;

/** Products of each step of one sequence with each of another. */
export interface PairProducts {
  /** The first part of the op's weights' paths. */
  readonly path: string;
  /** Multiply-adds of a pair. */
  readonly each: number;
  readonly axes: readonly [TimeAxis, TimeAxis];
}

/** States that pass from one step of a stream to the next. */
export interface Stream {
  /** Where the first, second... state of an owner is kept between steps. */
  state(owner: object, index: number, bytes: number): I32;
}

/** What an op sees while its code for one slice (some rows of a batch, all their steps) is written. */
export interface Build {
  readonly module: Module;
  readonly fn: Fn;
  /** A backward pass will follow: what it needs must be kept. */
  readonly keep: boolean;
  /** Memory is short: what can be computed again on the way back is not kept. */
  readonly recomputes: boolean;
  readonly rows: I32;
  /** Where the batch begins within everything staged. */
  readonly firstRow: I32;
  /** The number of the slice. */
  readonly slice: I32;
  /** For each row of the slice its number in the batch, by which data are fetched and random numbers counted. */
  readonly order: I32;
  /** Who is computed at each step, where that may be fewer than all rows. */
  readonly rowOrder: RowOrder | undefined;
  /** The slice is one row at one step, which goes on where the step before ended. */
  readonly stream: Stream | undefined;
  /** What recurrent ops compute at each step is kept, to be looked at. */
  readonly traces: boolean;
  /** Whether what ops keep from batch to batch has a place. */
  readonly keepsStates: boolean;
  steps(axis: TimeAxis): I32;
  /** rows, or rows * steps for what has steps. */
  places(value: Value): I32;
  address(value: Value): I32;
  /** A buffer of the op's own; the same owner and name give the same buffer in both passes. */
  buffer(owner: object, name: string, size: Size): I32;
  /** A buffer that all slices share; written by stages before the slices. */
  batchBuffer(owner: object, name: string, size: BatchSize): I32;
  /** Where the gradient of this op's own output lies; undefined when nothing reads the output. */
  gradient(output: Value): I32 | undefined;
  /** Where to write the gradient of an input, and whether to add to what is there; undefined when nobody reads it. */
  target(input: Value): { address: I32; add: boolean } | undefined;
  weight(weight: Weight): I32;
  transposed(weight: Weight): I32;
  weightGradient(weight: Weight): I32 | undefined;
  /** Notes a number of this slice, once; while training the sums over all slices are read as `Counts`. */
  tally(owner: object, name: string, count: I32): void;
  /**
   * Code that all threads run together where the condition holds and the others have nothing else to do, or that this
   * thread runs alone.
   */
  together(when: I32, body: (build: Build, together: Together) => void, alone: () => void): void;
  /** The two key words of this step for a source. */
  randomKey(source: RandomSource): { first: I32; second: I32 };
  /** The address of what was staged for the model's input with that index. */
  staged(input: number): I32;
}

/** What a stage sees: the whole batch. */
export interface BatchBuild {
  readonly module: Module;
  readonly fn: Fn;
  readonly keep: boolean;
  /** Of the batch, and where it begins within everything staged. */
  readonly batchRows: I32;
  readonly firstRow: I32;
  /** How many slices it has. */
  readonly slices: I32;
  /** One over the number of rows (or steps) that counted in the loss; only behind the slices. */
  readonly scale: F32;
  steps(axis: TimeAxis): I32;
  staged(input: number): I32;
  weight(weight: Weight): I32;
  transposed(weight: Weight): I32;
  /** The gradient of the whole batch. */
  weightGradient(weight: Weight): I32;
  batchBuffer(owner: object, name: string, size: BatchSize): I32;
  /** Notes a number of this batch; by one unit of a stage before the slices. */
  tally(owner: object, name: string, count: I32): void;
  readonly rowOrder: RowOrder | undefined;
  /** Runs the body for the frame of each slice that has rows, in order. */
  eachSlice(body: (frame: I32) => void): void;
  /** The number of a slice, its first place among the rows of the batch as they are dealt, and its rows. */
  sliceOf(frame: I32): { index: I32; first: I32; rows: I32 };
  /** A buffer that the slice's own code has asked for; it is then kept to the end of the step. */
  sliceBuffer(frame: I32, owner: object, name: string): I32;
}

/**
 * Work on a whole batch before or after the slices, in units that any thread may take. All units of one stage are done
 * before the next begins.
 */
export interface Stage {
  units(build: BatchBuild): I32;
  run(build: BatchBuild, unit: I32): void;
}

/**
 * Where an op needs something of the whole batch in the midst of a pass: all slices meet before its code of that pass,
 * each having given its part, and one thread joins the parts in the order of the slices.
 */
export interface Meeting {
  give(build: Build): void;
  join(build: BatchBuild): void;
}

/** One node of the graph. It says its shapes when made and writes its code when asked. */
export abstract class Op {
  abstract readonly name: string;
  abstract readonly inputs: readonly Value[];
  abstract readonly output: Value;
  readonly weights: readonly Weight[] = [];
  /** What stays from batch to batch and is no weight; written by the op's own code. */
  readonly states: readonly Weight[] = [];
  /** Why the op cannot take a sequence step by step; undefined where it can. */
  readonly needsAllSteps: string | undefined = "needs all steps at once";

  /** What must be loaded before its code is written. */
  get needs(): readonly Late<unknown>[] {
    return [];
  }

  /** Whether several threads may share the only row of a batch. */
  get sharesRow(): boolean {
    return false;
  }

  abstract forward(build: Build): void;
  /** Reads the gradient of the output; writes those of inputs and weights. */
  abstract backward(build: Build): void;

  /** While training: what must be known of all slices before this op's code of a pass. */
  meeting(_pass: "forward" | "backward"): Meeting | undefined {
    return undefined;
  }
  /** Where the output lies when it has no buffer of its own. */
  locate?(build: Build): I32;
  /** What a trace shows of it, where it is no built-in cell. */
  traced?(): TracedOp;
  /** Inputs whose data the op's code reads; an input that no op reads is not computed. */
  get reads(): readonly Value[] {
    return this.inputs;
  }

  /** The axis over whose steps its products are taken; undefined where once for a row. */
  get productsAxis(): TimeAxis | undefined {
    return this.inputs[0]?.axis;
  }

  /** The products that it takes for each pair of steps, of two sequences and not of a weight. */
  get pairProducts(): PairProducts | undefined {
    return undefined;
  }

  /** What training took, from what was counted. */
  cost(_counts: Counts): Cost {
    return { done: 0, plain: 0 };
  }

  /** Stages before and, while training, after the slices. `read`: whether any op reads this op's output. */
  before(_read: boolean): readonly Stage[] {
    return [];
  }
  after(_read: boolean): readonly Stage[] {
    return [];
  }
}
