import { I32 } from "../../wasm/index.ts";
import type { Build, Cost, Counts, Size, Stage } from "../op.ts";
import type { Value } from "../value.ts";

export const CHUNK_STEPS = 8;
const CHUNK_ROWS = 64;

/**
 * Steps whose gates are computed together: eight, which stay in the second-level cache, or more where rows are so few
 * that their products would be short.
 */
export function chunkSteps(build: Build): I32 {
  const { fn, rows } = build;
  const many = fn.let(I32.of(CHUNK_ROWS).divUnsigned(rows));
  return fn.let(many.add(many.less(CHUNK_STEPS).mul(I32.of(CHUNK_STEPS).sub(many))));
}

/** The size of a buffer that holds so many bytes for each row and step of a chunk. */
export const chunkSize = (bytes: number): Size => ({ row: bytes * CHUNK_STEPS, fixed: bytes * CHUNK_ROWS });

/**
 * A run of steps of a slice, and where its gate rows lie. Of each step the first `rows` rows are computed; where that
 * is not all of them, the run is one step.
 */
export interface Chunk {
  readonly first: I32;
  readonly length: I32;
  readonly rows: I32;
  /** length * rows. */
  readonly count: I32;
  readonly gates: I32;
}

/** How a recurrent op's gate rows get the input's part and the biases, and where their gradients go. */
export interface GateSource {
  /** The inputs whose data are read. */
  readonly reads: readonly Value[];
  /** Whether a chunk can be filled again on the way back: its gate rows are read by nobody after that. */
  readonly refills: boolean;
  /** Once for a slice, before its chunks. */
  begin(build: Build): void;
  /** Writes the gate rows of a chunk: biases, and the products of the input. */
  fill(build: Build, chunk: Chunk): void;
  /** Prepares the backward pass of a slice. */
  backward(build: Build): {
    /** Takes the gate gradients of a run. */
    take(chunk: Chunk): void;
    /** Takes note that all gate gradients of some steps, of all rows, are zero. */
    zero(chunk: Chunk): void;
  };
  /** What the products of the input took, for so many rows of all steps. */
  cost(counts: Counts, steps: { forward: number; backward: number; places: number }): Cost;
  /** Work on the whole batch before and after the slices. */
  readonly before: readonly Stage[];
  readonly after: readonly Stage[];
}
