import { keepRows, stride } from "../../kernels/index.ts";
import type { FunctionRef, I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

export interface KeepOptions {
  /** The steps run against those of the mask. */
  readonly turned?: boolean;
  /** What stands at steps that do not count. Default 0. */
  readonly other?: 0 | 1;
  /** The mask of what comes out. Default: the one that is looked at. */
  readonly handedOn?: Value;
}

/** A masked sequence with zeros at the steps that do not count; or rows, of which some do not. */
export class KeepUnmaskedOp extends Op {
  readonly name = "keepUnmasked";
  override readonly needsAllSteps: string | undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly turned: boolean;
  private readonly other: 0 | 1;

  constructor(x: Value, mask: Value, { turned = false, other = 0, handedOn = mask }: KeepOptions = {}) {
    super();
    this.turned = turned;
    this.other = other;
    this.needsAllSteps = turned ? "begins at the last step" : undefined;
    this.inputs = [x, mask];
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.axis && handedOn });
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
    const kernel = keepRows(build.module, this.output.features, false, this.other);
    this.run(build, kernel, build.address(this.output), build.address(this.inputs[0]));
  }

  backward(build: Build): void {
    const dy = build.gradient(this.output);
    const target = dy && build.target(this.inputs[0]);
    if (!dy || !target) return;
    this.run(build, keepRows(build.module, this.output.features, target.add), target.address, dy);
  }
}
