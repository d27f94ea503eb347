import { mergeRows, orMasks, scaleRows } from "../../kernels/index.ts";
import { F32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** Steps that count in any of some masks; undefined when in one of the values all steps count, as in Keras. */
export function mergedMask(values: readonly Value[]): Value | undefined {
  const masks = new Set(values.map((value) => value.mask));
  if (masks.has(undefined)) return undefined;
  return [...masks].reduce((merged, mask) => (merged ? new OrMaskOp(merged, mask!).output : mask));
}

class OrMaskOp extends Op {
  readonly name = "orMask";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;

  constructor(a: Value, b: Value) {
    super();
    this.inputs = [a, b];
    this.output = new Value("mask", 1, { axis: a.axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const [a, b] = this.inputs.map((mask) => build.address(mask));
    build.fn.call(orMasks(build.module), build.address(this.output), a, b, build.places(this.output));
  }
  backward(): void {}
}

export type MergeKind = "add" | "subtract" | "multiply" | "average";

/** The sum, difference, product or mean of values of one shape, element by element. */
export class MergeOp extends Op {
  readonly name: string;
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly values: readonly Value[];
  private readonly kind: MergeKind;

  constructor(values: readonly Value[], kind: MergeKind) {
    super();
    const [{ kind: shape, features, axis }] = values;
    this.name = kind;
    this.kind = kind;
    this.values = values;
    const mask = mergedMask(values);
    this.inputs = mask ? [...values, mask] : values;
    this.output = new Value(shape, features, { axis, mask });
    this.output.op = this;
  }

  override get reads(): readonly Value[] {
    return this.values;
  }

  private kernel(build: Build, count: number, add: boolean) {
    const kind = this.kind === "average" ? "add" : this.kind;
    const factor = this.kind === "average" ? 1 / this.values.length : 1;
    return mergeRows(build.module, { features: this.output.features, kind, count, factor }, add);
  }

  forward(build: Build): void {
    const all = this.values.map((value) => build.address(value));
    build.fn.call(this.kernel(build, all.length, false), build.address(this.output), ...all, build.places(this.output));
  }

  backward(build: Build): void {
    const dy = build.gradient(this.output);
    if (!dy) return;
    this.values.forEach((value, place) => {
      const target = build.target(value);
      if (!target) return;
      if (this.kind === "subtract" && place > 0) {
        const negated = scaleRows(build.module, this.output.features, target.add);
        build.fn.call(negated, target.address, dy, F32.of(-1), build.places(this.output));
        return;
      }
      const others = this.kind === "multiply" ? this.values.filter((_, other) => other !== place) : [];
      const factors = [dy, ...others.map((other) => build.address(other))];
      build.fn.call(
        this.kernel(build, factors.length, target.add),
        target.address,
        ...factors,
        build.places(this.output),
      );
    });
  }
}
