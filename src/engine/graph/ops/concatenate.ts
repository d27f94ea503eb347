import { copyColumns } from "../../kernels/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";
import { mergedMask } from "./merge.ts";

/** The features of some values side by side, at every row and step. */
export class ConcatenateOp extends Op {
  readonly name = "concatenate";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    super();
    const [{ kind, axis }] = values;
    this.values = values;
    const mask = mergedMask(values);
    this.inputs = mask ? [...values, mask] : values;
    const features = values.reduce((sum, value) => sum + value.features, 0);
    this.output = new Value(kind, features, { axis, mask });
    this.output.op = this;
  }

  override get reads(): readonly Value[] {
    return this.values;
  }

  /** Each value with its first column in the output. */
  private parts(): { value: Value; first: number }[] {
    let next = 0;
    return this.values.map((value) => {
      const first = next;
      next += value.features;
      return { value, first };
    });
  }

  forward(build: Build): void {
    const { features } = this.output;
    const to = build.address(this.output);
    for (const { value, first } of this.parts()) {
      const kernel = copyColumns(build.module, {
        count: value.features,
        to: { features, first },
        from: { features: value.features, first: 0 },
      });
      build.fn.call(kernel, to, build.address(value), build.places(this.output));
    }
  }

  backward(build: Build): void {
    const { features } = this.output;
    const dy = build.gradient(this.output);
    if (!dy) return;
    for (const { value, first } of this.parts()) {
      const target = build.target(value);
      if (!target) continue;
      const kernel = copyColumns(build.module, {
        count: value.features,
        to: { features: value.features, first: 0 },
        from: { features, first },
        add: target.add,
      });
      build.fn.call(kernel, target.address, dy, build.places(this.output));
    }
  }
}
