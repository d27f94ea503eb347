import { columnSums, LAYER_NORM_SAVED, layerNorm, layerNormBackward, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";
import { biasWeight, type Weight } from "../weight.ts";

interface Options {
  readonly path: string;
  readonly epsilon: number;
  /** Whether a gain and a shift are learned. */
  readonly scale: boolean;
  readonly center: boolean;
}

/** Each row's features brought to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016). */
export class LayerNormOp extends Op {
  readonly name = "layerNorm";
  override readonly needsAllSteps = undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  private readonly epsilon: number;
  private readonly gamma: Weight | undefined;
  private readonly beta: Weight | undefined;

  constructor(x: Value, { path, epsilon, scale, center }: Options) {
    super();
    this.inputs = [x];
    this.epsilon = epsilon;
    const vector = (name: string) => biasWeight({ path: `${path}/${name}`, shape: [x.features], units: x.features });
    this.gamma = scale ? vector("gamma") : undefined;
    this.beta = center ? vector("beta") : undefined;
    this.weights = [this.gamma, this.beta].filter((weight) => weight !== undefined);
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.mask });
    this.output.op = this;
  }

  private get width(): number {
    return padded(this.output.features);
  }

  /** The gains, or ones in their place. */
  private gains(build: Build): I32 {
    return this.gamma ? build.weight(this.gamma) : build.buffer(this, "ones", { fixed: 4 * this.width });
  }

  private saved(build: Build): I32 {
    const bytes = 4 * LAYER_NORM_SAVED;
    const { axis } = this.output;
    return build.buffer(this, "saved", axis ? { rowStep: bytes, axis } : { row: bytes });
  }

  forward(build: Build): void {
    const { module, fn } = build;
    const { features } = this.output;
    const [x] = this.inputs;
    const gains = this.gains(build);
    if (!this.gamma) {
      fn.fill(gains, I32.of(4 * this.width));
      for (let j = 0; j < features; j++) fn.store(gains, I32.of(0x3f800000), 4 * j);
    }
    const zeros = this.beta ? undefined : build.buffer(this, "zeros", { fixed: 4 * this.width });
    if (zeros) fn.fill(zeros, I32.of(4 * this.width));
    const shifts = this.beta ? build.weight(this.beta) : zeros!;
    const kernel = layerNorm(module, features, this.epsilon);
    const to = build.address(this.output);
    fn.call(kernel, build.address(x), gains, shifts, to, this.saved(build), build.places(x));
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const { features } = this.output;
    const [x] = this.inputs;
    const dy = build.gradient(this.output);
    if (!dy) return;
    const target = build.target(x);
    const dGamma = this.gamma && build.weightGradient(this.gamma);
    const dBeta = this.beta && build.weightGradient(this.beta);
    const count = build.places(x);
    if (dBeta) fn.call(columnSums(module, this.width, stride(features)), dy, dBeta, count);
    if (!target && !dGamma) return;
    const wanted = { dx: target !== undefined, dGamma: dGamma !== undefined, add: target?.add ?? false };
    const none = I32.of(0);
    fn.call(
      layerNormBackward(module, features, wanted),
      build.address(x),
      this.gains(build),
      dy,
      this.saved(build),
      target?.address ?? none,
      dGamma ?? none,
      count,
    );
  }
}
