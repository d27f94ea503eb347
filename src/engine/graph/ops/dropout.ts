import { dropoutMask, mixScalar, multiplyRows, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op, type RandomSource } from "../op.ts";
import { Value } from "../value.ts";

/** Sets a share of the elements to zero while training and scales the others up (Srivastava et al. 2014). */
export class DropoutOp extends Op {
  readonly name = "dropout";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly source: RandomSource;
  private readonly rate: number;

  constructor(x: Value, rate: number, seed: number) {
    super();
    this.rate = rate;
    this.inputs = [x];
    this.source = { seed };
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  /** Without a backward pass nothing is dropped: the output is the input. */
  override locate(build: Build): I32 {
    return build.keep ? build.buffer(this, "output", this.size()) : build.address(this.inputs[0]);
  }

  private size() {
    const bytes = 4 * stride(this.output.features);
    return this.output.axis ? { rowStep: bytes, axis: this.output.axis } : { row: bytes };
  }

  private multiply(build: Build, to: I32, from: I32, add: boolean): void {
    const { features } = this.output;
    const width = stride(features);
    const kernel = multiplyRows(build.module, padded(features), { to: width, a: width, b: width }, add);
    const factors = build.buffer(this, "factors", this.size());
    build.fn.call(kernel, to, from, factors, build.places(this.output));
  }

  forward(build: Build): void {
    if (!build.keep) return;
    const { module, fn, rows, order } = build;
    const { features, axis } = this.output;
    const { first, second } = build.randomKey(this.source);
    const kernel = dropoutMask(module, features, stride(features), this.rate);
    const factors = build.buffer(this, "factors", this.size());
    // Each step has a key of its own and counts by the row in the batch: a row's numbers do not depend on its slice.
    fn.loop(0, axis ? build.steps(axis) : 1, 1, (step) => {
      const to = factors.add(step.mul(rows).mul(4 * stride(features)));
      fn.call(kernel, to, order, I32.of(0), mixScalar(fn, first.add(step)), second, rows);
    });
    this.multiply(build, build.address(this.output), build.address(this.inputs[0]), false);
  }

  backward(build: Build): void {
    const gradient = build.gradient(this.output);
    const input = gradient && build.target(this.inputs[0]);
    if (gradient && input) this.multiply(build, input.address, gradient, input.add);
  }
}
