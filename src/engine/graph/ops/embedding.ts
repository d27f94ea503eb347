import { lookup, lookupBackward, lookupBlock, padded } from "../../kernels/index.ts";
import { type F32, type FunctionRef, I32 } from "../../wasm/index.ts";
import { type BatchBuild, type Build, Op } from "../op.ts";
import { Value } from "../value.ts";
import { tableWeight, type Weight } from "../weight.ts";
import { TokenMaskOp } from "./input.ts";

/** Tokens to rows of a table. With `maskZero` the output carries the mask of tokens that are not 0. */
export class EmbeddingOp extends Op {
  readonly name = "embedding";
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];

  constructor(tokens: Value, options: { path: string; inputDim: number; outputDim: number; maskZero: boolean }) {
    super();
    const mask = options.maskZero ? new TokenMaskOp(tokens).output : undefined;
    this.inputs = mask ? [tokens, mask] : [tokens];
    this.weights = [tableWeight(`${options.path}/embeddings`, options.inputDim, options.outputDim)];
    const kind = tokens.axis ? "sequence" : "vector";
    this.output = new Value(kind, options.outputDim, { axis: tokens.axis, mask });
    this.output.op = this;
  }

  forward(build: Build): void {
    const [tokens] = this.inputs;
    const kernel = lookup(build.module, this.output.features);
    const to = build.address(this.output);
    build.fn.call(kernel.index, build.weight(this.weights[0]), build.address(tokens), to, build.places(tokens));
  }

  backward(): void {}

  override batchUnits(): number {
    const width = padded(this.output.features);
    return this.weights[0].trainable ? Math.ceil(width / lookupBlock(this.output.features)) : 0;
  }

  /** One block of columns of the table's gradient: the same order of additions whoever does it. */
  override batch(build: BatchBuild, unit: I32, scale: F32): void {
    const { module, fn } = build;
    const { features, axis } = this.output;
    const [tokens] = this.inputs;
    const block = lookupBlock(features);
    const last = padded(features) % block;
    const offset = fn.let(unit.mul(4 * block));
    build.eachSlice((frame) => {
      const steps = axis ? build.steps(frame, axis) : I32.of(1);
      const count = fn.let(build.rows(frame).mul(steps));
      const run = (kernel: FunctionRef) =>
        fn.call(
          kernel.index,
          build.weightGradient(this.weights[0]).add(offset),
          build.address(frame, tokens),
          build.gradient(frame, this.output).add(offset),
          count,
          scale,
        );
      if (last === 0) run(lookupBackward(module, features, block));
      else {
        fn.if(
          unit.equals(this.batchUnits() - 1),
          () => run(lookupBackward(module, features, last)),
          () => run(lookupBackward(module, features, block)),
        );
      }
    });
  }
}
