import {
  copyColumns,
  keepRows,
  multiplyPairs,
  padded,
  pairDropout,
  pairProducts,
  pairSoftmax,
  pairSoftmaxBackward,
  pairSums,
  pairTanh,
  pairTanhBackward,
  pairWidth,
  scalePairs,
  stride,
  sumPairs,
} from "../../kernels/index.ts";
import { F32, I32 } from "../../wasm/index.ts";
import { type Build, type Cost, type Counts, Op, type PairProducts, type RandomSource, timesTaken } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, type Weight } from "../weight.ts";

export interface AttentionOptions {
  readonly path: string;
  /**
   * How well a step of the query goes with one of the key: their product (Luong et al. 2015), the sum of tanh(a + b)
   * times one weight, or times one for each feature (Bahdanau et al. 2015).
   */
  readonly score: "dot" | "concat" | "additive";
  readonly useScale: boolean;
  /** A step of the query sees no later step of the value. */
  readonly causal: boolean;
  readonly dropout: number;
  readonly seed: number;
}

/**
 * For each step of a query the mean of a value's steps, weighted by how well their keys go with it: softmax over the
 * steps that count. The two sequences may differ in their number of steps.
 */
export class AttentionOp extends Op {
  readonly name = "attention";
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  private readonly query: Value;
  private readonly value: Value;
  private readonly key: Value;
  private readonly options: AttentionOptions;
  private readonly source: RandomSource;
  /** The value's steps, with their pads. */
  private readonly across: TimeAxis;
  private readonly scale: Weight | undefined;
  private readonly concatWeight: Weight | undefined;

  constructor([query, value, key]: readonly [query: Value, value: Value, key: Value], options: AttentionOptions) {
    super();
    this.query = query;
    this.value = value;
    this.key = key;
    this.options = options;
    this.source = { seed: options.seed };
    const { path, score, useScale } = options;
    this.across = value.axis!.derive("pairs", pairWidth);
    const units = score === "additive" ? query.features : 1;
    const shape = score === "additive" ? [units] : [];
    this.scale = useScale ? biasWeight({ path: `${path}/scale`, shape, units }) : undefined;
    this.concatWeight =
      score === "concat" ? biasWeight({ path: `${path}/concat_score_weight`, shape: [], units: 1 }) : undefined;
    this.weights = [this.scale, this.concatWeight].filter((weight) => weight !== undefined);
    const masks = [query.mask, value.mask].filter((mask) => mask !== undefined);
    this.inputs = [...new Set([query, value, key, ...masks])];
    this.output = new Value("sequence", value.features, { axis: query.axis, mask: query.mask });
    this.output.op = this;
  }

  override get pairProducts(): PairProducts {
    const { query, key, value, options } = this;
    return {
      path: options.path,
      each: value.features + (options.score === "dot" ? key.features : 0),
      axes: [query.axis!, value.axis!],
    };
  }

  /** Whether anybody reads the gradients of the scores. */
  private get learnsScores(): boolean {
    return this.query.differentiable || this.key.differentiable || this.weights.some(({ trainable }) => trainable);
  }

  override cost({ rows, steps }: Counts): Cost {
    const { query, value, key, scale } = this;
    const pairs = rows * query.axis!.steps(steps) * value.axis!.steps(steps);
    const ofScores = timesTaken(query.differentiable, key.differentiable, scale?.trainable === true);
    const products =
      value.features * timesTaken(this.learnsScores, value.differentiable) +
      (this.options.score === "dot" ? key.features * ofScores : 0);
    return { done: products * pairs, plain: products * pairs };
  }

  private get width(): number {
    return padded(this.query.features);
  }

  private table(build: Build, name: string): I32 {
    return build.buffer(this, name, { rowStep: 4, axis: this.query.axis, across: this.across });
  }

  /** Steps of both sequences, lines of pairs and the bytes of one, and of all lines of a row. */
  private sizes(build: Build) {
    const { fn, rows } = build;
    const steps = build.steps(this.query.axis!);
    const others = build.steps(this.value.axis!);
    const line = fn.let(others.add(3).and(-4).mul(4));
    return { rows, steps, others, line, lines: fn.let(rows.mul(steps)), rowBytes: fn.let(line.mul(steps)) };
  }

  private drops(build: Build): boolean {
    return build.keep && this.options.dropout > 0;
  }

  private weightOr1(build: Build, weight: Weight | undefined): F32 {
    return weight ? F32.load(build.weight(weight)) : F32.of(1);
  }

  /** What each feature's tanh counts. */
  private gains(build: Build): I32 {
    const { fn } = build;
    const { score } = this.options;
    if (score === "additive" && this.scale) return build.weight(this.scale);
    const gains = build.buffer(this, "gains", { fixed: 4 * this.width });
    const gain = fn.let(score === "concat" ? this.weightOr1(build, this.concatWeight) : F32.of(1));
    fn.fill(gains, I32.of(4 * this.width));
    fn.loop(0, 4 * this.query.features, 4, (j) => fn.store(gains.add(j), gain));
    return gains;
  }

  /** By what the sum, or the product, of query and key is multiplied. */
  private factor(build: Build): F32 {
    return this.options.score === "additive" ? F32.of(1) : this.weightOr1(build, this.scale);
  }

  private products(build: Build, table: I32, factor: F32): void {
    const { rows, steps, others } = this.sizes(build);
    const kernel = pairProducts(build.module, this.query.features);
    const [query, key] = [build.address(this.query), build.address(this.key)];
    build.fn.call(kernel, query, key, table, rows, steps, others, factor);
  }

  forward(build: Build): void {
    const { module, fn, order } = build;
    const { rows, steps, others, line, lines, rowBytes } = this.sizes(build);
    const { score, causal, dropout } = this.options;
    const shares = this.table(build, "shares");
    if (score === "dot") this.products(build, shares, this.factor(build));
    else {
      const kernel = pairTanh(module, this.query.features);
      const [query, key] = [build.address(this.query), build.address(this.key)];
      fn.call(kernel, query, key, this.gains(build), this.factor(build), shares, rows, steps, others);
    }
    const { mask } = this.value;
    const softmax = pairSoftmax(module, { masked: mask !== undefined, causal });
    fn.call(softmax, shares, mask ? build.address(mask) : I32.of(0), rows, steps, others);
    let kept = shares;
    if (this.drops(build)) {
      const factors = this.table(build, "factors");
      const { first, second } = build.randomKey(this.source);
      fn.call(pairDropout(module, dropout), factors, order, first, second, rows, steps, others);
      kept = this.table(build, "kept");
      fn.call(multiplyPairs(module), kept, shares, factors, lines, others);
    }
    const to = build.address(this.output);
    const sums = pairSums(module, this.value.features);
    fn.call(sums, kept, build.address(this.value), to, rows, steps, others, line, I32.of(4), rowBytes);
    if (!this.query.mask) return;
    const keep = keepRows(module, this.value.features);
    fn.call(keep, to, to, build.address(this.query.mask), build.places(this.output));
  }

  backward(build: Build): void {
    const { module, fn } = build;
    const dy = build.gradient(this.output);
    if (!dy) return;
    const { rows, steps, others, line, lines, rowBytes } = this.sizes(build);
    const { value, query } = this;
    let through = dy;
    if (query.mask) {
      through = build.buffer(this, "through", { rowStep: 4 * stride(value.features), axis: query.axis });
      const keep = keepRows(module, value.features);
      fn.call(keep, through, dy, build.address(query.mask), build.places(this.output));
    }
    const shares = this.table(build, "shares");
    const target = build.target(value);
    if (target) {
      const kept = this.drops(build) ? this.table(build, "kept") : shares;
      const sums = pairSums(module, value.features, target.add);
      fn.call(sums, kept, through, target.address, rows, others, steps, I32.of(4), line, rowBytes);
    }
    if (!this.learnsScores) return;
    const gradients = this.table(build, "gradients");
    const products = pairProducts(module, value.features);
    fn.call(products, through, build.address(value), gradients, rows, steps, others, F32.of(1));
    if (this.drops(build)) {
      fn.call(multiplyPairs(module), gradients, gradients, this.table(build, "factors"), lines, others);
    }
    fn.call(pairSoftmaxBackward(module), shares, gradients, lines, others);
    if (this.options.score === "dot") this.productsBackward(build, gradients);
    else this.tanhBackward(build, gradients);
  }

  private productsBackward(build: Build, gradients: I32): void {
    const { module, fn } = build;
    const { rows, steps, others, line, lines, rowBytes } = this.sizes(build);
    const { query, key, scale } = this;
    const dScale = scale && build.weightGradient(scale);
    if (dScale) {
      const raw = this.table(build, "raw");
      this.products(build, raw, F32.of(1));
      fn.call(sumPairs(module), gradients, raw, dScale, lines, others);
    }
    if (scale) fn.call(scalePairs(module), gradients, this.factor(build), lines, others);
    const toQuery = build.target(query);
    if (toQuery) {
      const sums = pairSums(module, query.features, toQuery.add);
      const from = build.address(key);
      fn.call(sums, gradients, from, toQuery.address, rows, steps, others, line, I32.of(4), rowBytes);
    }
    const toKey = build.target(key);
    if (toKey) {
      const sums = pairSums(module, query.features, toKey.add);
      const from = build.address(query);
      fn.call(sums, gradients, from, toKey.address, rows, others, steps, I32.of(4), line, rowBytes);
    }
  }

  private tanhBackward(build: Build, gradients: I32): void {
    const { module, fn } = build;
    const { rows, steps, others } = this.sizes(build);
    const { query, key } = this;
    const sums = build.buffer(this, "sums", { fixed: 8 * this.width });
    fn.fill(sums, I32.of(8 * this.width));
    const [toQuery, toKey] = [query, key].map((input) => {
      const target = build.target(input);
      if (target && !target.add) fn.fill(target.address, build.places(input).mul(4 * stride(input.features)));
      return target?.address;
    });
    const wanted = { a: toQuery !== undefined, b: toKey !== undefined };
    const [ofGains, ofFactor] = [sums, sums.add(4 * this.width)];
    fn.call(
      pairTanhBackward(module, query.features, wanted),
      build.address(query),
      build.address(key),
      this.gains(build),
      this.factor(build),
      gradients,
      toQuery ?? I32.of(0),
      toKey ?? I32.of(0),
      ofGains,
      ofFactor,
      rows,
      steps,
      others,
    );
    const dScale = this.scale && build.weightGradient(this.scale);
    if (this.options.score === "additive") {
      const whole = { features: query.features, first: 0 };
      const add = copyColumns(module, { count: query.features, to: whole, from: whole, add: true });
      if (dScale) fn.call(add, dScale, ofGains, I32.of(1));
      return;
    }
    const dConcat = build.weightGradient(this.concatWeight!);
    for (const [to, from] of [
      [dConcat, ofGains],
      [dScale, ofFactor],
    ]) {
      if (!to || !from) continue;
      fn.loop(0, 4 * query.features, 4, (j) => fn.store(to, F32.load(to).add(F32.load(from.add(j)))));
    }
  }
}
