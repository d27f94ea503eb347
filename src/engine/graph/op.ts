import type { Fn, I32, Module } from "../wasm/index.ts";
import type { TimeAxis, Value } from "./value.ts";
import type { Weight } from "./weight.ts";

/** The bytes of a buffer of one slice: fixed + rows * (row + steps * rowStep). */
export interface Size {
  readonly fixed?: number;
  readonly row?: number;
  readonly rowStep?: number;
  readonly axis?: TimeAxis;
}

/** A place that draws random numbers: its words are written when the program is bound. */
export interface RandomSource {
  readonly seed: number;
}

/** What an op sees while its code for one slice (some rows of a batch, all their steps) is written. */
export interface Build {
  readonly module: Module;
  readonly fn: Fn;
  /** A backward pass will follow: what it needs must be kept. */
  readonly keep: boolean;
  readonly rows: I32;
  /** Of this slice, within everything staged; and within its batch (the counter of random numbers). */
  readonly firstRow: I32;
  readonly rowInBatch: I32;
  steps(axis: TimeAxis): I32;
  /** rows, or rows * steps for what has steps. */
  places(value: Value): I32;
  address(value: Value): I32;
  /** A buffer of the op's own; the same owner and name give the same buffer in both passes. */
  buffer(owner: object, name: string, size: Size): I32;
  /** Where the gradient of this op's own output lies; undefined when nothing reads the output. */
  gradient(output: Value): I32 | undefined;
  /** Where to write the gradient of an input, and whether to add to what is there; undefined when nobody reads it. */
  target(input: Value): { address: I32; add: boolean } | undefined;
  weight(weight: Weight): I32;
  transposed(weight: Weight): I32;
  weightGradient(weight: Weight): I32 | undefined;
  /** The two key words of this step for a source. */
  randomKey(source: RandomSource): { first: I32; second: I32 };
  /** The address of what was staged for the model's input with that index. */
  staged(input: number): I32;
}

/** Work done for a whole batch after all slices: the scattered gradients. */
export interface BatchBuild {
  readonly module: Module;
  readonly fn: Fn;
  readonly slices: I32;
  /** One over the number of rows (or steps) that counted in the loss. */
  weightGradient(weight: Weight): I32;
  rows(frame: I32): I32;
  steps(frame: I32, axis: TimeAxis): I32;
  address(frame: I32, value: Value): I32;
  gradient(frame: I32, value: Value): I32;
  /** Runs the body for the frame of each slice that has rows, in order. */
  eachSlice(body: (frame: I32) => void): void;
}

/** One node of the graph. It says its shapes when made and writes its code when asked. */
export abstract class Op {
  abstract readonly name: string;
  abstract readonly inputs: readonly Value[];
  abstract readonly output: Value;
  readonly weights: readonly Weight[] = [];
  readonly random: readonly RandomSource[] = [];

  abstract forward(build: Build): void;
  /** Reads the gradient of the output; writes those of inputs and weights. */
  abstract backward(build: Build): void;

  /** Where the output lies when it has no buffer of its own. */
  locate?(build: Build): I32;
  /** Units of work of the batch phase, dealt to threads, and the code of one. */
  batchUnits?(): number;
  batch?(build: BatchBuild, unit: I32, scale: import("../wasm/index.ts").F32): void;
}
