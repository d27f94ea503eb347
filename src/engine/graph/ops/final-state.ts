import type { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** A state behind the last step of a recurrent op, which computes it and takes its gradient by itself. */
export class FinalStateOp extends Op {
  readonly name = "finalState";
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly locate: (build: Build) => I32;

  /** `outputs`: the recurrent op's; `locate`: where it leaves the state. */
  constructor(outputs: Value, locate: (build: Build) => I32, features = outputs.features) {
    super();
    this.inputs = [outputs];
    this.locate = locate;
    this.output = new Value("vector", features);
    this.output.op = this;
  }

  forward(): void {}
  backward(): void {}
}
