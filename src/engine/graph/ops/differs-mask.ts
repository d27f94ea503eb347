import { differsMask } from "../../kernels/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** The mask of the steps at which any feature differs from a value. */
export class DiffersMaskOp extends Op {
  readonly name = "differsMask";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly value: number;

  constructor(x: Value, value: number) {
    super();
    this.value = value;
    this.inputs = [x];
    this.output = new Value("mask", 1, { axis: x.axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const [x] = this.inputs;
    const kernel = differsMask(build.module, x.features, this.value);
    build.fn.call(kernel, build.address(x), build.address(this.output), build.places(x));
  }
  backward(): void {}
}
