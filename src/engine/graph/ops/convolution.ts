import { columnSums, fillRows, outer, PANEL, padded, stride, windowProduct } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, type Cost, type Counts, Op, timesTaken } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, panelBytes, type Weight } from "../weight.ts";
import { axisOfWindows, spanOf, stepsInFront, type Windows } from "./windows.ts";

/** Rows of a chunk: what it reads and writes stays in the second-level cache. */
const CHUNK_ROWS = 256;

interface Options extends Windows {
  readonly path: string;
  readonly filters: number;
  readonly useBias: boolean;
}

/**
 * A convolution over time: y(t) = bias + the sum over the places i of a window of x(t * strides + i * dilation - front)
 * times kernel(i). Rows of a step lie together, so the steps of a place are a matrix as they lie, and a run of windows
 * is one product with as many taps; nothing is copied. Only windows that reach beyond an end, or that are more than a
 * step apart, are taken one by one.
 */
export class ConvolutionOp extends Op {
  readonly name = "convolution";
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  private readonly windows: Windows;
  private readonly kernel: Weight;
  private readonly bias: Weight | undefined;

  constructor(x: Value, options: Options) {
    super();
    const { path, filters, useBias, size } = options;
    this.windows = options;
    this.inputs = [x];
    this.kernel = matrixWeight({
      path: `${path}/kernel`,
      taps: size,
      rows: x.features,
      units: filters,
      transposed: x.differentiable,
    });
    this.bias = useBias ? biasWeight({ path: `${path}/bias`, shape: [filters], units: filters }) : undefined;
    this.weights = this.bias ? [this.kernel, this.bias] : [this.kernel];
    this.output = new Value("sequence", filters, { axis: axisOfWindows(x.axis!, options) });
    this.output.op = this;
  }

  override get productsAxis(): TimeAxis | undefined {
    return this.output.axis;
  }

  override cost({ rows, steps }: Counts): Cost {
    const [x] = this.inputs;
    const { axis, features } = this.output;
    const row = this.windows.size * x.features * features * timesTaken(x.differentiable, this.kernel.trainable);
    const products = row * rows * axis!.steps(steps);
    return { done: products, plain: products };
  }

  /** Steps of input and output, the steps in front, and the bytes of a step of each. */
  private parts(build: Build) {
    const { fn, rows } = build;
    const [x] = this.inputs;
    const y = this.output;
    return {
      steps: build.steps(x.axis!),
      count: build.steps(y.axis!),
      front: stepsInFront(build, this.windows, x, y),
      xStep: fn.let(rows.mul(4 * stride(x.features))),
      yStep: fn.let(rows.mul(4 * stride(y.features))),
      most: fn.let(I32.of(CHUNK_ROWS).divUnsigned(rows).max(1)),
    };
  }

  forward(build: Build): void {
    const { module, fn, rows } = build;
    const [x] = this.inputs;
    const y = this.output;
    const { size, strides, dilation } = this.windows;
    const { steps, count, front, xStep, yStep, most } = this.parts(build);
    const [from, to, kernel] = [build.address(x), build.address(y), build.weight(this.kernel)];
    const width = padded(y.features);
    if (this.bias) {
      fn.call(fillRows(module, width, stride(y.features)), to, build.weight(this.bias), build.places(y));
    } else fn.fill(to, build.places(y).mul(4 * stride(y.features)));
    const multiply = windowProduct(module, {
      inner: x.features,
      columns: width,
      strideA: stride(x.features),
      strideB: size * x.features * PANEL,
      strideC: stride(y.features),
      accumulate: true,
    });
    const distance = fn.let(xStep.mul(dilation));
    const edge = (t: I32) => {
      // Where the window begins, perhaps in front of the sequence, and the first and last of its places within.
      const begin = fn.let(t.mul(strides).sub(front));
      const first = fn.let(quotient(I32.of(dilation - 1).sub(begin), dilation));
      const last = fn.let(quotient(steps.sub(1).sub(begin).add(dilation), dilation).min(size));
      fn.if(first.less(last), () => {
        const source = from.add(begin.add(first.mul(dilation)).mul(xStep));
        const taps = last.sub(first);
        const panels = kernel.add(first.mul(panelBytes(x.features)));
        fn.call(multiply, source, panels, to.add(t.mul(yStep)), rows, taps, distance);
      });
    };
    const whole = (t: I32, length: I32) => {
      const source = from.add(t.sub(front).mul(xStep));
      fn.call(multiply, source, kernel, to.add(t.mul(yStep)), length.mul(rows), I32.of(size), distance);
    };
    const inside = steps.sub(spanOf(this.windows) - 1).add(front);
    if (strides > 1) fn.loop(0, count, 1, edge);
    else runs(build, { count, first: front, end: inside, most }, { edge, whole });
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const y = this.output;
    const dy = build.gradient(y);
    if (!dy) return;
    this.inputGradient(build, dy);
    const dKernel = build.weightGradient(this.kernel);
    if (dKernel) this.kernelGradient(build, dy, dKernel);
    const dBias = this.bias && build.weightGradient(this.bias);
    const sums = columnSums(module, padded(y.features), stride(y.features));
    if (dBias) fn.call(sums, dy, dBias, build.places(y));
  }

  /** To each step of the input, from the windows that looked at it: a convolution with the kernel turned round. */
  private inputGradient(build: Build, dy: I32): void {
    const { module, fn, rows } = build;
    const [x] = this.inputs;
    const y = this.output;
    const target = build.target(x);
    if (!target) return;
    const { size, strides, dilation } = this.windows;
    const { steps, count, front, xStep, yStep, most } = this.parts(build);
    if (!target.add) fn.fill(target.address, steps.mul(xStep));
    const width = padded(y.features);
    const multiply = windowProduct(module, {
      inner: width,
      columns: padded(x.features),
      strideA: stride(y.features),
      strideB: size * width * PANEL,
      strideC: stride(x.features),
      accumulate: true,
      tapB: strides * width * PANEL,
    });
    const kernel = build.transposed(this.kernel);
    const distance = fn.let(I32.of(0).sub(yStep.mul(dilation)));
    const edge = (u: I32) => {
      // The last window that begins at or before this step looks at it with its place `tap`, those before with later ones.
      const place = fn.let(u.add(front));
      const window = fn.let(place.divUnsigned(strides));
      const tap = fn.let(place.sub(window.mul(strides)));
      const first = fn.let(quotient(window.sub(count).add(dilation), dilation));
      const taps = quotient(I32.of(size - 1 + strides).sub(tap), strides);
      const last = fn.let(taps.min(window.divUnsigned(dilation).add(1)));
      fn.if(first.less(last), () => {
        const source = dy.add(window.sub(first.mul(dilation)).mul(yStep));
        const panels = kernel.add(tap.add(first.mul(strides)).mul(panelBytes(width)));
        fn.call(multiply, source, panels, target.address.add(u.mul(xStep)), rows, last.sub(first), distance);
      });
    };
    const whole = (u: I32, length: I32) => {
      const source = dy.add(u.add(front).mul(yStep));
      const to = target.address.add(u.mul(xStep));
      fn.call(multiply, source, kernel, to, length.mul(rows), I32.of(size), distance);
    };
    const first = I32.of(spanOf(this.windows) - 1).sub(front);
    if (strides > 1) fn.loop(0, steps, 1, edge);
    else runs(build, { count: steps, first, end: count.sub(front), most }, { edge, whole });
  }

  private kernelGradient(build: Build, dy: I32, dKernel: I32): void {
    const { module, fn, rows } = build;
    const [x] = this.inputs;
    const { size, strides, dilation } = this.windows;
    const { steps, count, front, xStep, yStep, most } = this.parts(build);
    const from = build.address(x);
    const kernel = outer(module, {
      inner: x.features,
      columns: padded(this.output.features),
      strideA: stride(x.features),
      strideG: stride(this.output.features),
      strideC: size * x.features * PANEL,
    });
    const length = strides > 1 ? I32.of(1) : most;
    fn.loop(0, count, length, (begin) => {
      const end = fn.let(begin.add(length).min(count));
      fn.loop(0, size, 1, (tap) => {
        // Within the chunk, the windows whose place `tap` lies on a step.
        const shift = fn.let(tap.mul(dilation).sub(front));
        const first = fn.let(quotient(I32.of(strides - 1).sub(shift), strides).max(begin));
        const last = fn.let(quotient(steps.sub(1).sub(shift).add(strides), strides).min(end));
        fn.if(first.less(last), () => {
          const source = from.add(first.mul(strides).add(shift).mul(xStep));
          const to = dKernel.add(tap.mul(panelBytes(x.features)));
          fn.call(kernel, source, dy.add(first.mul(yStep)), to, last.sub(first).mul(rows));
        });
      });
    });
  }
}

/** a / b rounded down; 0 where a is below 0. */
const quotient = (a: I32, b: number): I32 => (b === 1 ? a.max(0) : a.max(0).divUnsigned(b));

/** Steps one by one, but from `first` to below `end` in chunks of `most`. */
function runs(
  { fn }: Build,
  { count, first, end, most }: { count: I32; first: I32; end: I32; most: I32 },
  { edge, whole }: { edge: (t: I32) => void; whole: (t: I32, length: I32) => void },
): void {
  const low = fn.let(first.min(count));
  const high = fn.let(end.min(count).max(low));
  fn.loop(0, low, 1, edge);
  fn.loop(low, high, most, (t) => whole(t, fn.let(high.sub(t).min(most))));
  fn.loop(high, count, 1, edge);
}
