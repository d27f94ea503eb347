import { columnSums, fillRows, outer, padded, product, stride } from "../../kernels/index.ts";
import { type Build, type Cost, type Counts, Op, timesTaken } from "../op.ts";
import { Value } from "../value.ts";
import { biasWeight, matrixWeight, type Weight } from "../weight.ts";

/** Rows of a chunk: what a product's gradient reads stays in the second-level cache. */
const CHUNK_ROWS = 256;

/** y = x * kernel + bias over the last axis, at every row and step. */
export class AffineOp extends Op {
  readonly name = "affine";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  private readonly kernel: Weight;
  private readonly bias: Weight | undefined;

  constructor(x: Value, options: { path: string; units: number; useBias: boolean }) {
    super();
    const { path, units, useBias } = options;
    this.inputs = [x];
    this.kernel = matrixWeight({ path: `${path}/kernel`, rows: x.features, units, transposed: x.differentiable });
    this.bias = useBias ? biasWeight({ path: `${path}/bias`, shape: [units], units }) : undefined;
    this.weights = this.bias ? [this.kernel, this.bias] : [this.kernel];
    this.output = new Value(x.kind, units, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  override cost({ rows, steps }: Counts): Cost {
    const [x] = this.inputs;
    const places = rows * (x.axis ? x.axis.steps(steps) : 1);
    const products = x.features * this.output.features * timesTaken(x.differentiable, this.kernel.trainable) * places;
    return { done: products, plain: products };
  }

  forward(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    const y = this.output;
    const count = build.places(x);
    const to = build.address(y);
    const width = padded(y.features);
    if (this.bias) fn.call(fillRows(module, width, stride(y.features)), to, build.weight(this.bias), count);
    const kernel = product(module, {
      inner: x.features,
      columns: width,
      strideA: stride(x.features),
      strideC: stride(y.features),
      accumulate: this.bias !== undefined,
    });
    fn.call(kernel, build.address(x), build.weight(this.kernel), to, count);
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    const y = this.output;
    const gradient = build.gradient(y);
    if (!gradient) return;
    const count = build.places(x);
    const width = padded(y.features);
    const input = build.target(x);
    if (input) {
      const kernel = product(module, {
        inner: width,
        columns: padded(x.features),
        strideA: stride(y.features),
        strideC: stride(x.features),
        accumulate: input.add,
      });
      fn.call(kernel, gradient, build.transposed(this.kernel), input.address, count);
    }
    const dKernel = build.weightGradient(this.kernel);
    const from = build.address(x);
    if (dKernel) {
      const shape = { inner: x.features, columns: width, strideA: stride(x.features), strideG: stride(y.features) };
      const kernel = outer(module, shape);
      fn.loop(0, count, CHUNK_ROWS, (row) => {
        const at = from.add(row.mul(4 * stride(x.features)));
        const dy = gradient.add(row.mul(4 * stride(y.features)));
        fn.call(kernel, at, dy, dKernel, count.sub(row).min(CHUNK_ROWS));
      });
    }
    const dBias = this.bias && build.weightGradient(this.bias);
    if (dBias) fn.call(columnSums(module, width, stride(y.features)), gradient, dBias, count);
  }
}
