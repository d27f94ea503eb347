import { multiplyRows, padded, stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";
import { Factors } from "./factors.ts";

/** Dropout that drops the same features of a row at every step. */
export class SpatialDropoutOp extends Op {
  readonly name = "spatialDropout";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly factors: Factors;

  constructor(x: Value, rate: number, seed: number) {
    super();
    this.inputs = [x];
    this.factors = new Factors(this, { name: "factors", features: x.features, gates: 1, rate, source: { seed } });
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  /** Without a backward pass nothing is dropped: the output is the input. */
  override locate(build: Build): I32 {
    if (!build.keep) return build.address(this.inputs[0]);
    const { features, axis } = this.output;
    return build.buffer(this, "output", { rowStep: 4 * stride(features), axis });
  }

  private multiply(build: Build, to: I32, from: I32, add: boolean): void {
    const { module, fn, rows } = build;
    const { features, axis } = this.output;
    const width = stride(features);
    const kernel = multiplyRows(module, padded(features), { to: width, a: width, b: width }, add);
    const factors = fn.let(this.factors.at(build, 0));
    fn.loop(0, build.steps(axis!), 1, (t) => {
      const offset = fn.let(t.mul(rows).mul(4 * width));
      fn.call(kernel, to.add(offset), from.add(offset), factors, rows);
    });
  }

  forward(build: Build): void {
    if (!build.keep) return;
    this.factors.write(build);
    this.multiply(build, build.address(this.output), build.address(this.inputs[0]), false);
  }

  backward(build: Build): void {
    const gradient = build.gradient(this.output);
    const input = gradient && build.target(this.inputs[0]);
    if (gradient && input) this.multiply(build, input.address, gradient, input.add);
  }
}
