import type { RowActivation } from "../../kernels/index.ts";
import type { Value } from "../value.ts";

/** What a recurrent layer is. */
export interface RecurrentOptions {
  readonly path: string;
  readonly units: number;
  readonly activation: RowActivation;
  readonly recurrentActivation: RowActivation;
  readonly useBias: boolean;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  /** Sequences come out in the other order than Keras's: that of a wrapper that turns them back. Default false. */
  readonly turned?: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number;
  /** What the states start from, h and of cells with two also c: values of `units` features. Default zeros. */
  readonly initialState?: readonly Value[];
  /** Rows of a batch, which start from the states that the batch before has left. Default: each batch starts anew. */
  readonly keptRows?: number;
}
