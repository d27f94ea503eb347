import { type PoolKind, poolWindow, poolWindowBackward, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";
import { axisOfWindows, stepsInFront, type Windows } from "./windows.ts";

/** The largest or the mean of each feature in windows over the steps; steps beyond the ends do not count. */
export class PoolWindowsOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly kind: PoolKind;
  private readonly windows: Windows;

  constructor(x: Value, kind: PoolKind, options: Omit<Windows, "dilation">) {
    super();
    this.name = `${kind}Windows`;
    this.kind = kind;
    this.windows = { ...options, dilation: 1 };
    this.inputs = [x];
    this.output = new Value("sequence", x.features, { axis: axisOfWindows(x.axis!, this.windows) });
    this.output.op = this;
  }

  /** Each window with the bytes to its first step of the input, to its own step of the output, and its steps. */
  private eachWindow(build: Build, body: (from: I32, to: I32, places: I32, distance: I32) => void): void {
    const { fn, rows } = build;
    const [x] = this.inputs;
    const { size, strides } = this.windows;
    const steps = build.steps(x.axis!);
    const front = stepsInFront(build, this.windows, x, this.output);
    const distance = fn.let(rows.mul(4 * stride(x.features)));
    fn.loop(0, build.steps(this.output.axis!), 1, (t) => {
      const begin = fn.let(t.mul(strides).sub(front));
      const first = fn.let(begin.max(0));
      const places = fn.let(begin.add(size).min(steps).sub(first));
      body(fn.let(first.mul(distance)), fn.let(t.mul(distance)), places, distance);
    });
  }

  forward(build: Build): void {
    const kernel = poolWindow(build.module, this.kind, this.output.features);
    const [x, y] = [build.address(this.inputs[0]), build.address(this.output)];
    this.eachWindow(build, (from, to, places, distance) =>
      build.fn.call(kernel, x.add(from), y.add(to), build.rows, places, distance),
    );
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    const dy = build.gradient(this.output);
    const target = dy && build.target(x);
    if (!dy || !target) return;
    if (!target.add) fn.fill(target.address, build.places(x).mul(4 * stride(x.features)));
    const kernel = poolWindowBackward(module, this.kind, x.features);
    const [values, largest] =
      this.kind === "max" ? [build.address(x), build.address(this.output)] : [I32.of(0), I32.of(0)];
    this.eachWindow(build, (from, to, places, distance) => {
      const through = dy.add(to);
      const dx = target.address.add(from);
      fn.call(kernel, values.add(from), largest.add(to), through, dx, build.rows, places, distance);
    });
  }
}
