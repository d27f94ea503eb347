import { copyRows, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";

/** A row at every step of a sequence. */
export class RepeatOp extends Op {
  readonly name = "repeat";
  readonly inputs: readonly Value[];
  readonly output: Value;

  constructor(x: Value, axis: TimeAxis) {
    super();
    this.inputs = [x];
    this.output = new Value("sequence", x.features, { axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const { fn, rows } = build;
    const { features, axis } = this.output;
    const [from, to] = [build.address(this.inputs[0]), build.address(this.output)];
    const bytes = fn.let(rows.mul(4 * stride(features)));
    fn.loop(0, build.steps(axis!), 1, (t) => fn.copy(to.add(t.mul(bytes)), from, bytes));
  }

  backward(build: Build): void {
    const { module, fn, rows } = build;
    const { features, axis } = this.output;
    const dy = build.gradient(this.output);
    const target = dy && build.target(this.inputs[0]);
    if (!dy || !target) return;
    const bytes = fn.let(rows.mul(4 * stride(features)));
    if (!target.add) fn.copy(target.address, dy, bytes);
    const sum = copyRows(module, padded(features), { to: stride(features), from: stride(features) }, true);
    fn.loop(I32.of(target.add ? 0 : 1), build.steps(axis!), 1, (t) =>
      fn.call(sum, target.address, dy.add(t.mul(bytes)), rows),
    );
  }
}
