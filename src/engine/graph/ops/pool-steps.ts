import { maxSteps, maxStepsBackward, meanSteps, meanStepsBackward, stepShares } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** One row for a sequence: the mean over the steps that count, or the largest of all steps. */
export class PoolStepsOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly kind: "mean" | "max";

  constructor(x: Value, kind: "mean" | "max") {
    super();
    this.name = `${kind}Steps`;
    this.kind = kind;
    this.inputs = kind === "mean" && x.mask ? [x, x.mask] : [x];
    this.output = new Value("vector", x.features);
    this.output.op = this;
  }

  private parts(build: Build) {
    const [x, mask] = this.inputs;
    return {
      x: build.address(x),
      steps: build.steps(x.axis!),
      mask: mask ? build.address(mask) : I32.of(0),
      masked: mask !== undefined,
      shares: build.buffer(this, "shares", { row: 4 }),
      features: x.features,
    };
  }

  forward(build: Build): void {
    const { module, fn, rows } = build;
    const { x, steps, mask, masked, shares, features } = this.parts(build);
    const y = build.address(this.output);
    if (this.kind === "max") {
      fn.call(maxSteps(module, features), x, y, rows, steps);
      return;
    }
    fn.call(stepShares(module, masked), mask, shares, rows, steps);
    fn.call(meanSteps(module, features, masked), x, mask, shares, y, rows, steps);
  }

  backward(build: Build): void {
    const { module, fn, rows } = build;
    const dy = build.gradient(this.output);
    const target = dy && build.target(this.inputs[0]);
    if (!dy || !target) return;
    const { address, add } = target;
    const { x, steps, mask, masked, shares, features } = this.parts(build);
    if (this.kind === "max") {
      const kernel = maxStepsBackward(module, features, add);
      fn.call(kernel, x, build.address(this.output), dy, address, rows, steps);
      return;
    }
    fn.call(meanStepsBackward(module, features, masked, add), address, mask, shares, dy, rows, steps);
  }
}
