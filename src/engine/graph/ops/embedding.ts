import { lookup, lookupBackward, lookupBlock, padded } from "../../kernels/index.ts";
import { type FunctionRef, I32 } from "../../wasm/index.ts";
import { type BatchBuild, type Build, Op, type Stage } from "../op.ts";
import { RowOrder } from "../row-order.ts";
import { Value } from "../value.ts";
import { activePool, tableWeight, type Weight } from "../weight.ts";
import { type InputOp, TokenMaskOp } from "./input.ts";

/** Tokens to rows of a table. With `maskZero` the output carries the mask of tokens that are not 0. */
export class EmbeddingOp extends Op {
  readonly name = "embedding";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  readonly tokens: Value;
  readonly table: Weight;
  readonly inputDim: number;
  readonly maskZero: boolean;
  /** Set where padding can be left out: by the mask, or by a reader for which padding in front is the same to all. */
  rowOrder: RowOrder | undefined;

  /** Other applications of the layer have the same table. */
  readonly shared: boolean;
  /** Stages that add to the table behind the slices take turns, so that each sum has one order. */
  private turns: number;

  constructor(tokens: Value, options: { path: string; inputDim: number; outputDim: number; maskZero: boolean }) {
    super();
    const { path, inputDim, outputDim, maskZero } = options;
    const mask = maskZero ? new TokenMaskOp(tokens).output : undefined;
    this.tokens = tokens;
    this.inputs = mask ? [tokens, mask] : [tokens];
    this.inputDim = inputDim;
    this.maskZero = maskZero;
    if (mask && tokens.axis) this.rowOrder = new RowOrder(tokens, this.input, mask);
    this.shared = activePool() !== undefined;
    this.turns = activePool()?.turn(path) ?? 0;
    this.table = tableWeight(`${path}/embeddings`, inputDim, outputDim);
    this.weights = [this.table];
    const kind = tokens.axis ? "sequence" : "vector";
    this.output = new Value(kind, outputDim, { axis: tokens.axis, mask });
    this.output.op = this;
  }

  /** The empty stages by which a reader waits for those before it. */
  takeTurn(): Stage[] {
    return this.waiting(this.turns++);
  }

  private waiting(turns: number): Stage[] {
    return Array.from({ length: turns }, () => ({ units: () => I32.of(0), run: () => {} }));
  }

  /** The model's input that the tokens are, as they were staged. */
  get input(): number {
    return (this.tokens.op as InputOp).index;
  }

  override get reads(): readonly Value[] {
    return [this.tokens];
  }

  forward(build: Build): void {
    const kernel = lookup(build.module, this.output.features);
    const to = build.address(this.output);
    build.fn.call(kernel, build.weight(this.table), build.address(this.tokens), to, build.places(this.tokens));
  }

  backward(): void {}

  /** The table's gradient, one block of columns a unit: the same order of additions whoever does it. */
  override after(read: boolean): readonly Stage[] {
    if (!read || !this.table.trainable) return [];
    const units = Math.ceil(padded(this.output.features) / lookupBlock(this.output.features));
    const scatter = {
      units: () => I32.of(units),
      run: (build: BatchBuild, unit: I32) => this.scatter(build, unit, units),
    };
    return [...this.waiting(this.turns), scatter];
  }

  private scatter(build: BatchBuild, unit: I32, units: number): void {
    const { module, fn } = build;
    const { features, axis } = this.output;
    const block = lookupBlock(features);
    const last = padded(features) % block;
    const offset = fn.let(unit.mul(4 * block));
    build.eachSlice((frame) => {
      const { rows } = build.sliceOf(frame);
      const count = fn.let(axis ? rows.mul(build.steps(axis)) : rows);
      const run = (kernel: FunctionRef) =>
        fn.call(
          kernel,
          build.weightGradient(this.table).add(offset),
          build.sliceBuffer(frame, this.tokens, "value"),
          build.sliceBuffer(frame, this.output, "gradient").add(offset),
          count,
          build.scale,
        );
      if (last === 0) run(lookupBackward(module, features, block));
      else {
        fn.if(
          unit.equals(units - 1),
          () => run(lookupBackward(module, features, last)),
          () => run(lookupBackward(module, features, block)),
        );
      }
    });
  }
}
