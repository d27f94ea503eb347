import {
  approach,
  columnMoments,
  copyRows,
  joinMoments,
  momentBytes,
  multiplyRows,
  normalFactors,
  normalizeColumns,
  normalizeColumnsBackward,
  normalSums,
  padded,
  stride,
  varianceOf,
} from "../../kernels/index.ts";
import { F32, type Fn, I32 } from "../../wasm/index.ts";
import { type BatchBuild, type Build, type Meeting, Op, type Stage } from "../op.ts";
import { Value } from "../value.ts";
import { biasWeight, type Weight } from "../weight.ts";

interface Options {
  readonly path: string;
  /** The share of a moving statistic that stays at each step. */
  readonly momentum: number;
  readonly epsilon: number;
  /** Whether a gain and a shift are learned. */
  readonly scale: boolean;
  readonly center: boolean;
  /** Training too goes by the moving averages, and leaves them as they are. Default false. */
  readonly frozen?: boolean;
}

/**
 * Each feature brought to mean 0 and variance 1 over the rows and steps of a batch that count, then scaled and shifted
 * (Ioffe and Szegedy 2015); outside training by moving averages of the batches' means and variances.
 *
 * What the batch is like is known only once all slices have looked: they meet before the forward pass, each with the
 * moments of its rows, which are joined in the order of the slices; and likewise before the way back.
 */
export class BatchNormOp extends Op {
  readonly name = "batchNorm";
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly gamma: Weight | undefined;
  private readonly beta: Weight | undefined;
  private readonly mean: Weight;
  private readonly variance: Weight;
  private readonly frozen: boolean;

  constructor(x: Value, { path, momentum, epsilon, scale, center, frozen = false }: Options) {
    super();
    this.inputs = x.mask ? [x, x.mask] : [x];
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.frozen = frozen;
    const vector = (name: string) => biasWeight({ path: `${path}/${name}`, shape: [x.features], units: x.features });
    this.gamma = scale ? vector("gamma") : undefined;
    this.beta = center ? vector("beta") : undefined;
    [this.mean, this.variance] = ["moving_mean", "moving_variance"].map(vector);
    for (const weight of [this.mean, this.variance]) weight.trainable = false;
    this.weights = [this.gamma, this.beta, this.mean, this.variance].filter((weight) => weight !== undefined);
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  private get width(): number {
    return padded(this.output.features);
  }

  private get maskOf(): Value | undefined {
    return this.inputs[1];
  }

  private maskAt(build: Build): I32 {
    return this.maskOf ? build.address(this.maskOf) : I32.of(0);
  }

  /** Of the whole batch: its moments, one over the deviations, and those times the gains. */
  private ofBatch(build: Build | BatchBuild) {
    const moments = build.batchBuffer(this, "moments", { fixed: momentBytes(this.output.features) });
    const factors = build.batchBuffer(this, "factors", { fixed: 12 * this.width });
    return {
      moments,
      variance: moments.add(4 * this.width),
      count: F32.load(moments, 8 * this.width),
      inverse: factors,
      factors: factors.add(4 * this.width),
      ones: factors.add(8 * this.width),
      sums: build.batchBuffer(this, "sums", { fixed: 8 * this.width }),
    };
  }

  override meeting(pass: "forward" | "backward"): Meeting | undefined {
    if (this.frozen) return undefined;
    if (pass === "forward")
      return { give: (build) => this.giveMoments(build), join: (build) => this.joinMoments(build) };
    if (!this.inputs[0].differentiable) return undefined;
    return { give: (build) => this.giveSums(build), join: (build) => this.joinSums(build) };
  }

  private giveMoments(build: Build): void {
    const { module, fn, rows } = build;
    const [x] = this.inputs;
    const moments = build.buffer(this, "moments", { fixed: momentBytes(x.features) });
    const steps = x.axis ? build.steps(x.axis) : I32.of(1);
    const kernel = columnMoments(module, x.features, this.maskOf !== undefined);
    fn.call(kernel, build.address(x), this.maskAt(build), moments, rows, steps);
  }

  private joinMoments(build: BatchBuild): void {
    const { module, fn } = build;
    const { features } = this.output;
    const { moments, variance, inverse, factors, ones } = this.ofBatch(build);
    fn.fill(moments, I32.of(momentBytes(features)));
    build.eachSlice((frame) =>
      fn.call(joinMoments(module, features), moments, build.sliceBuffer(frame, this, "moments")),
    );
    fn.call(varianceOf(module, features), moments);
    fillOnes(fn, ones, features);
    const kernel = normalFactors(module, features, this.epsilon);
    fn.call(kernel, variance, ones, inverse);
    fn.call(kernel, variance, this.gamma ? build.weight(this.gamma) : ones, factors);
  }

  forward(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    const y = this.output;
    const zeros = build.buffer(this, "zeros", { fixed: 4 * this.width });
    if (!this.beta) fn.fill(zeros, I32.of(4 * this.width));
    const shifts = this.beta ? build.weight(this.beta) : zeros;
    const { mean, factors } = build.keep && !this.frozen ? this.batchMeans(build) : this.movingMeans(build);
    const kernel = normalizeColumns(module, y.features);
    fn.call(kernel, build.address(x), mean, factors, shifts, build.address(y), build.places(x));
  }

  private batchMeans(build: Build) {
    const { moments, factors } = this.ofBatch(build);
    return { mean: moments, factors };
  }

  private restFactors(build: Build): I32 {
    return build.buffer(this, "factors", { fixed: 4 * this.width });
  }

  private movingMeans(build: Build) {
    const { module, fn } = build;
    const { features } = this.output;
    const factors = this.restFactors(build);
    if (!this.gamma) fillOnes(fn, factors, features);
    const gains = this.gamma ? build.weight(this.gamma) : factors;
    fn.call(normalFactors(module, features, this.epsilon), build.weight(this.variance), gains, factors);
    return { mean: build.weight(this.mean), factors };
  }

  /** The sums over the slice's rows, which are also the gradients of gains and shifts. */
  private giveSums(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    const sums = build.buffer(this, "sums", { fixed: 8 * this.width });
    fn.fill(sums, I32.of(8 * this.width));
    const dy = build.gradient(this.output);
    if (!dy) return;
    const { moments, inverse } = this.ofBatch(build);
    fn.call(normalSums(module, x.features), build.address(x), moments, inverse, dy, sums, build.places(x));
    const dBeta = this.beta && build.weightGradient(this.beta);
    const dGamma = this.gamma && build.weightGradient(this.gamma);
    const add = copyRows(module, this.width, { to: this.width, from: this.width }, true);
    if (dBeta) fn.call(add, dBeta, sums, I32.of(1));
    if (dGamma) fn.call(add, dGamma, sums.add(4 * this.width), I32.of(1));
  }

  private joinSums(build: BatchBuild): void {
    const { module, fn } = build;
    const { sums } = this.ofBatch(build);
    fn.fill(sums, I32.of(8 * this.width));
    const add = copyRows(module, 2 * this.width, { to: 0, from: 0 }, true);
    build.eachSlice((frame) => fn.call(add, sums, build.sliceBuffer(frame, this, "sums"), I32.of(1)));
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const [x] = this.inputs;
    if (!x.differentiable && !this.frozen) {
      this.giveSums(build);
      return;
    }
    const dy = build.gradient(this.output);
    const target = dy && build.target(x);
    if (!dy || !target) return;
    if (this.frozen) {
      const row = stride(x.features);
      const kernel = multiplyRows(module, this.width, { to: row, a: row, b: 0 }, target.add);
      fn.call(kernel, target.address, dy, this.restFactors(build), build.places(x));
      return;
    }
    const { moments, count, inverse, factors, sums } = this.ofBatch(build);
    const kernel = normalizeColumnsBackward(module, x.features, this.maskOf !== undefined, target.add);
    fn.call(
      kernel,
      build.address(x),
      this.maskAt(build),
      moments,
      inverse,
      factors,
      dy,
      sums,
      F32.of(1).div(count.max(1)),
      target.address,
      build.places(x),
    );
  }

  /** The moving averages, once it is known that the batch's loss is finite. */
  override after(): readonly Stage[] {
    const { features } = this.output;
    if (this.frozen) return [];
    return [
      {
        units: () => I32.of(1),
        run: (build) => {
          const { moments, variance } = this.ofBatch(build);
          const kernel = approach(build.module, features, this.momentum);
          build.fn.call(kernel, build.weight(this.mean), moments);
          build.fn.call(kernel, build.weight(this.variance), variance);
        },
      },
    ];
  }
}

/** One for each feature, zeros in the pads. */
function fillOnes(fn: Fn, at: I32, features: number): void {
  fn.fill(at, I32.of(4 * padded(features)));
  fn.loop(0, 4 * features, 4, (j) => fn.store(at.add(j), F32.of(1)));
}
