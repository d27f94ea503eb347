import { random, stream } from "../../src/base/index.ts";
import { type Clipping, opsOf, type Weight } from "../../src/engine/graph/index.ts";
import { graphOf, isSequence, isTokens, type Stack } from "../../src/engine/graph/stack.twin.ts";
import {
  Executable,
  features,
  type LossKernel,
  type MetricKernel,
  type Outcome,
  slots,
  type Threads,
  type UpdateRule,
} from "../../src/engine/index.ts";

/** Momentum of which the first step's slot is exactly minus the gradient. */
export const watched: UpdateRule = { kind: "sgd", momentum: 0.5, nesterov: false };

export interface Setting {
  readonly loss: LossKernel;
  readonly metrics?: readonly MetricKernel[];
  readonly rule?: UpdateRule;
  readonly clipping?: Clipping;
  readonly exact?: boolean;
  readonly decays?: boolean;
  /** Tiles for registers of 256 bits. */
  readonly wide?: boolean;
  /** In bytes. */
  readonly memoryBudget?: number;
  readonly threads?: Threads;
}

export type WeightValues = Map<string, { shape: readonly number[]; data: Float32Array }>;

/** A stack compiled, with weights drawn from a seed. */
export class StackRun {
  readonly stack: Stack;
  readonly executable: Executable;
  readonly start: WeightValues;
  readonly setting: Setting;

  /** `trained`: whether the weight of that path is trained. */
  constructor(stack: Stack, setting: Setting, seed = 1, trained: (path: string) => boolean = () => true) {
    this.stack = stack;
    this.setting = setting;
    const { loss, metrics = [], rule = watched, clipping, exact, decays = false, memoryBudget, threads } = setting;
    const output = graphOf(stack);
    for (const weight of opsOf(output).flatMap((op) => op.weights)) weight.trainable &&= trained(weight.path);
    this.executable = new Executable({
      outputs: [{ value: output, objective: { loss, metrics } }],
      training: { rule, clipping, decays },
      exact,
      memoryBudget,
      threads,
    });
    if (setting.wide) Object.assign(this.executable, { target: { fma: features().fma && !exact, wide: true } });
    this.start = drawnWeights(this.executable.weights, seed);
    this.reset();
  }

  reset(): void {
    for (const weight of this.executable.weights) {
      const { data } = this.start.get(weight.path)!;
      this.executable.setWeight(weight, data);
      for (let slot = 0; weight.trainable && slot < this.slotCount; slot++) {
        this.executable.setSlot(weight, slot, new Float32Array(data.length));
      }
    }
  }

  private get slotCount(): number {
    return slots(this.setting.rule ?? watched).length;
  }

  private work(x: ArrayLike<number>, rows: number, batchSize: number) {
    const { input, steps } = this.stack;
    const staged = isTokens(input) ? Int32Array.from(x) : Float32Array.from(x);
    return { rows, batchSize, steps: isSequence(input) ? [steps] : [], inputs: [staged] };
  }

  /** Trains on rows in batches; the rate is the same for every batch. */
  train(
    x: ArrayLike<number>,
    y: ArrayLike<number>,
    options: {
      rows: number;
      batchSize?: number;
      rate?: number;
      decay?: number;
      iteration?: number;
      signal?: AbortSignal;
    },
  ): Promise<Outcome> {
    const { rows, batchSize = rows, rate = 1, decay = 0, iteration = 0, signal } = options;
    const batches = Math.ceil(rows / batchSize);
    const scalars = Float32Array.from({ length: 5 * batches }, (_, i) => [rate, decay, 0, 0, 1][i % 5]);
    const work = { ...this.work(x, rows, batchSize), targets: this.targets(y), scalars, iteration };
    return this.executable.run("train", work, signal);
  }

  evaluate(x: ArrayLike<number>, y: ArrayLike<number>, rows: number, batchSize = rows): Promise<Outcome> {
    return this.executable.run("evaluate", { ...this.work(x, rows, batchSize), targets: this.targets(y) });
  }

  async predict(x: ArrayLike<number>, rows: number, batchSize = rows): Promise<Float32Array> {
    return (await this.executable.run("predict", this.work(x, rows, batchSize))).outputs![0];
  }

  private targets(y: ArrayLike<number>): (Float32Array | Int32Array)[] {
    return [this.setting.loss.kind === "sparseCategoricalCrossentropy" ? Int32Array.from(y) : Float32Array.from(y)];
  }

  async weights(): Promise<Map<string, Float32Array>> {
    const read = await Promise.all(this.executable.weights.map((weight) => this.executable.getWeight(weight)));
    return new Map(this.executable.weights.map((weight, i) => [weight.path, read[i]]));
  }

  /** After one training step from the start at rate 1 with the watched rule. */
  async gradients(): Promise<Map<string, Float32Array>> {
    const trained = this.executable.weights.filter((weight) => weight.trainable);
    const read = await Promise.all(trained.map((weight) => this.executable.getSlot(weight, 0)));
    return new Map(trained.map((weight, i) => [weight.path, read[i].map((value) => 0 - value)]));
  }

  dispose(): void {
    this.executable.dispose();
  }
}

/** Uniform values about as large as an initializer's; biases are not zero, so that a lost one shows. */
export function drawnWeights(weights: readonly Weight[], seed: number): WeightValues {
  return new Map(
    weights.map(({ path, shape }, index) => {
      const source = random(seed, stream.initial, index);
      const length = shape.reduce((a, b) => a * b, 1);
      const limit = path.endsWith("bias")
        ? 0.5
        : path.startsWith("table")
          ? 1
          : Math.min(1, 1.7 / Math.sqrt(shape[0] ?? 1));
      const least = path.endsWith("moving_variance") ? 1.5 : 0;
      const data = Float32Array.from({ length }, (_, i) => (2 * source.uniform(i) - 1) * limit + least);
      return [path, { shape, data }] as const;
    }),
  );
}
