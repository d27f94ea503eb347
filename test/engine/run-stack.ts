import { type Clipping, opsOf } from "../../src/engine/graph/index.ts";
import { graphOf, isSequence, isTokens, type Stack } from "../../src/engine/graph/stack.twin.ts";
import {
  type LossKernel,
  type MetricKernel,
  type Outcome,
  slots,
  type Threads,
  type UpdateRule,
} from "../../src/engine/index.ts";
import { CompiledRun, staged, stepScalars, targetsFor, watched } from "./compiled-run.ts";

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

/** A stack compiled, with weights drawn from a seed. */
export class StackRun extends CompiledRun {
  readonly stack: Stack;
  readonly setting: Setting;

  /** `trained`: whether the weight of that path is trained. */
  constructor(stack: Stack, setting: Setting, seed = 1, trained: (path: string) => boolean = () => true) {
    const {
      loss,
      metrics = [],
      rule = watched,
      clipping,
      exact,
      wide,
      decays = false,
      memoryBudget,
      threads,
    } = setting;
    const output = graphOf(stack);
    for (const weight of opsOf(output).flatMap((op) => op.weights)) weight.trainable &&= trained(weight.path);
    const outputs = [{ value: output, objective: { loss, metrics } }];
    super({ outputs, training: { rule, clipping, decays }, exact, memoryBudget, threads }, wide, seed);
    this.stack = stack;
    this.setting = setting;
    this.reset();
  }

  override reset(): void {
    super.reset();
    const { length } = slots(this.setting.rule ?? watched);
    for (const weight of this.executable.weights) {
      const size = this.start.get(weight.path)!.data.length;
      for (let slot = 0; weight.trainable && slot < length; slot++) {
        this.executable.setSlot(weight, slot, new Float32Array(size));
      }
    }
  }

  private work(x: ArrayLike<number>, rows: number, batchSize: number) {
    const { input, steps } = this.stack;
    return { rows, batchSize, steps: isSequence(input) ? [steps] : [], inputs: [staged(isTokens(input), x)] };
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
    const scalars = stepScalars(Math.ceil(rows / batchSize), rate, decay);
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
    return [targetsFor(this.setting.loss, y)];
  }
}
