import {
  activate,
  activateBackward,
  activationNeeds,
  isCurved,
  padded,
  type RowActivation,
  rareKernels,
  stride,
} from "../../kernels/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** A function of each element, or softmax over the features. */
export class ActivationOp extends Op {
  readonly name = "activation";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly function: RowActivation;

  constructor(x: Value, name: RowActivation) {
    super();
    this.function = name;
    this.inputs = [x];
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  override get needs() {
    return activationNeeds(this.function);
  }

  forward(build: Build): void {
    const { features } = this.output;
    const kernel =
      this.function === "softmax"
        ? rareKernels.loaded.softmax(build.module, features)
        : activate(build.module, this.function, padded(features), stride(features));
    const [x] = this.inputs;
    build.fn.call(kernel, build.address(x), build.address(this.output), build.places(x));
  }

  backward(build: Build): void {
    const { features } = this.output;
    const [x] = this.inputs;
    const gradient = build.gradient(this.output);
    const input = gradient && build.target(x);
    if (!gradient || !input) return;
    const kernel =
      this.function === "softmax"
        ? rareKernels.loaded.softmaxBackward(build.module, features, input.add)
        : activateBackward(build.module, this.function, padded(features), stride(features), input.add);
    const from = isCurved(this.function) ? x : this.output;
    build.fn.call(kernel, build.address(from), gradient, input.address, build.places(x));
  }
}

/** Whether an op is a relu, which gives 0 for everything below. */
export const isRelu = (op: Op): boolean => op instanceof ActivationOp && op.function === "relu";
