import { keepRows, stride } from "../../kernels/index.ts";
import type { FunctionRef, I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** A masked sequence with zeros at the steps that do not count. `turned`: its steps run against its mask's. */
export class KeepUnmaskedOp extends Op {
  readonly name = "keepUnmasked";
  override readonly needsAllSteps: string | undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly turned: boolean;

  constructor(x: Value, mask: Value, turned = false) {
    super();
    this.turned = turned;
    this.needsAllSteps = turned ? "begins at the last step" : undefined;
    this.inputs = [x, mask];
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask });
    this.output.op = this;
  }

  private run(build: Build, kernel: FunctionRef, to: I32, from: I32): void {
    const { fn, rows } = build;
    const mask = build.address(this.inputs[1]);
    if (!this.turned) {
      fn.call(kernel.index, to, from, mask, build.places(this.output));
      return;
    }
    const steps = build.steps(this.output.axis!);
    fn.loop(0, steps, 1, (t) => {
      const at = fn.let(t.mul(rows).mul(4 * stride(this.output.features)));
      const of = steps.sub(1).sub(t).mul(rows).mul(4);
      fn.call(kernel.index, to.add(at), from.add(at), mask.add(of), rows);
    });
  }

  forward(build: Build): void {
    const kernel = keepRows(build.module, this.output.features);
    this.run(build, kernel, build.address(this.output), build.address(this.inputs[0]));
  }

  backward(build: Build): void {
    const dy = build.gradient(this.output);
    const target = dy && build.target(this.inputs[0]);
    if (!dy || !target) return;
    this.run(build, keepRows(build.module, this.output.features, target.add), target.address, dy);
  }
}
