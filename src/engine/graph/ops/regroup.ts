import { padded, regroup, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";

/**
 * Each row's numbers, in the user's order [step][feature], as steps of another number of features; without an axis as
 * one row.
 */
export class RegroupOp extends Op {
  readonly name = "regroup";
  readonly inputs: readonly Value[];
  readonly output: Value;

  constructor(x: Value, features: number, axis?: TimeAxis) {
    super();
    this.inputs = [x];
    this.output = new Value(axis ? "sequence" : "vector", features, { axis });
    this.output.op = this;
  }

  private move(build: Build, source: { value: Value; at: I32 }, target: { value: Value; at: I32; add: boolean }): void {
    const { module, fn } = build;
    const [from, to] = [source.value.features, target.value.features];
    if (!target.add && padded(to) > to) fn.fill(target.at, build.places(target.value).mul(4 * stride(to)));
    const steps = source.value.axis ? build.steps(source.value.axis) : I32.of(1);
    fn.call(regroup(module, from, to, target.add), source.at, target.at, build.rows, steps);
  }

  forward(build: Build): void {
    const [x] = this.inputs;
    const [from, to] = [build.address(x), build.address(this.output)];
    this.move(build, { value: x, at: from }, { value: this.output, at: to, add: false });
  }

  backward(build: Build): void {
    const [x] = this.inputs;
    const dy = build.gradient(this.output);
    const target = dy && build.target(x);
    if (!dy || !target) return;
    this.move(build, { value: this.output, at: dy }, { value: x, at: target.address, add: target.add });
  }
}
