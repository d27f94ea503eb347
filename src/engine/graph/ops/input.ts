import { gatherRows, gatherTokens, tokenMask } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";

/** The model's data: rows as they were staged, brought into the engine's order. */
export class InputOp extends Op {
  readonly name = "input";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[] = [];
  readonly output: Value;
  readonly index: number;

  constructor(index: number, kind: "vector" | "sequence" | "tokens", features: number, axis?: TimeAxis) {
    super();
    this.index = index;
    this.output = new Value(kind, features, { axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const { module, fn, rows, firstRow, order } = build;
    const { kind, features, axis } = this.output;
    const steps = axis ? build.steps(axis) : I32.of(1);
    const width = kind === "tokens" ? 1 : features;
    const from = fn.let(build.staged(this.index).add(firstRow.mul(steps).mul(4 * width)));
    const kernel = kind === "tokens" ? gatherTokens(module) : gatherRows(module, features);
    fn.call(kernel, from, build.address(this.output), order, rows, steps);
  }

  backward(): void {}
}

/** The mask of tokens that are not zero. */
export class TokenMaskOp extends Op {
  readonly name = "tokenMask";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;

  constructor(tokens: Value) {
    super();
    this.inputs = [tokens];
    this.output = new Value("mask", 1, { axis: tokens.axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const tokens = this.inputs[0];
    build.fn.call(tokenMask(build.module), build.address(tokens), build.address(this.output), build.places(tokens));
  }

  backward(): void {}
}
