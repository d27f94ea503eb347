import {
  type BatchStream,
  type Dataset,
  finiteNumber,
  GruvyError,
  isDataset,
  product,
  shown,
  Tensor,
  type TensorLike,
  tensor,
  wholeNumber,
} from "../base/index.ts";
import { Executable, type Purpose, type Threads, takesClassNumbers } from "../engine/index.ts";
import { type BuiltModel, buildModel, declaredInput, inputFromData } from "./build.ts";
import {
  type Compiled,
  type CompileOptions,
  compiledConfig,
  compiledFrom,
  metricsOf,
  programOf,
  targetFeaturesOf,
} from "./compile.ts";
import { type EvaluateOptions, evaluateRows } from "./evaluate.ts";
import { fitModel } from "./fit.ts";
import { fitArguments } from "./fit-arguments.ts";
import { weightOf } from "./fit-data.ts";
import type { FitOptions } from "./fit-options.ts";
import type { History } from "./history.ts";
import { describeLayer, type JsonObject, type Layer, layerAt } from "./layers/layer.ts";
import { type MemoryNeed, type MemoryOptions, memoryNeed } from "./memory.ts";
import type { CountedMetric } from "./metrics.ts";
import { type Optimizer, stepScalars, trainingOf } from "./optimizers.ts";
import { type PredictOptions, predictRows } from "./predict.ts";
import { weightRows } from "./row-weights.ts";
import { prepareRows, type Rows, type TargetSpec } from "./rows.ts";
import { checkedState, checkedWeight, type OptimizerState, readArrays, useAverages } from "./state.ts";
import { summarize } from "./summary.ts";
import { modelToWasm, type WasmOptions } from "./to-wasm.ts";
import { type Trace, traceModel } from "./trace.ts";

/**
 * A stack of layers, each fed by the one before. Make it with `sequential`.
 *
 * @example
 * const model = sequential([dense({ units: 1 })]);
 * model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit([[0], [1], [2]], [[1], [3], [5]], { epochs: 200 });
 * (await model.predict([[3]])).toArray(); // ≈ [[7.0]]
 */
export class Sequential {
  readonly name: string;
  readonly seed: number;
  readonly layers: readonly Layer[];
  /** Optimizer steps taken so far. */
  iterations = 0;
  /** What `learningRate` was set to, in place of what the optimizer says. */
  constantRate: number | undefined;
  private built: BuiltModel | undefined;
  private compiled: Compiled | undefined;
  /** With what it was made for: when that is no longer so, its weights move to the next one. */
  private running: { readonly engine: Executable; readonly compiled: Compiled | undefined } | undefined;
  private lastEngine: Promise<unknown> = Promise.resolve();
  private threads: Threads | undefined;
  private training = false;
  private disposed = false;

  constructor(layers: readonly Layer[], options: { readonly name?: string; readonly seed?: number } = {}) {
    const { name = "sequential", seed = 0 } = options;
    if (!Array.isArray(layers) || layers.length === 0) {
      throw new GruvyError("model/empty", `Expected a list of layers, found ${shown(layers)}`);
    }
    layers.forEach((layer, index) => {
      if (layerAt(layer, `at place ${index}`).kind === "input" && index > 0) {
        throw new GruvyError("model/layer", `Expected input at the first place, found it at place ${index}`);
      }
    });
    this.layers = [...layers];
    this.name = name;
    this.seed = wholeNumber(seed, "seed", { min: 0 });
    const spec = declaredInput(layers);
    if (spec) this.built = buildModel(this.layers, spec, this.seed);
  }

  /** Says how the model is trained and judged. Weights stay; the optimizer starts anew. */
  compile(options: CompileOptions): void {
    if (this.training) throw busy("compiled");
    const compiled = compiledFrom(options);
    if (this.built) metricsOf(compiled, this.built.output.features);
    this.compiled = compiled;
    this.iterations = 0;
    this.constantRate = undefined;
  }

  get optimizer(): Optimizer {
    return this.needCompiled().optimizer;
  }

  /** The rate of the next step. Setting it replaces a schedule by a constant. */
  get learningRate(): number {
    const { learningRate } = this.optimizer;
    return this.constantRate ?? (typeof learningRate === "number" ? learningRate : learningRate.at(this.iterations));
  }
  set learningRate(value: number) {
    this.constantRate = finiteNumber(value, "learningRate", { min: 0 });
  }

  /** What the program is told of a step, counted from 0. */
  stepScalars(step: number): readonly number[] {
    return stepScalars(this.optimizer, step, this.constantRate);
  }

  private needCompiled(): Compiled {
    if (this.compiled) return this.compiled;
    throw new GruvyError(
      "model/not-compiled",
      "The model must be compiled first",
      'Call model.compile({ optimizer: "adam", loss: ... }).',
    );
  }

  private needBuilt(): BuiltModel {
    if (this.disposed) throw new GruvyError("model/disposed", "The model has been disposed of");
    if (this.built) return this.built;
    throw new GruvyError(
      "model/not-built",
      "The shape of the model's input is not known yet",
      "Begin the model with input({ shape: [steps, features] }), or fit it first.",
    );
  }

  /** Metrics in full, once the output is known. */
  get metrics(): readonly CountedMetric[] {
    return metricsOf(this.needCompiled(), this.needBuilt().output.features);
  }

  get isCompiled(): boolean {
    return this.compiled !== undefined;
  }

  /** Whether the shapes of all weights are known. */
  get isBuilt(): boolean {
    return this.built !== undefined;
  }

  /** Rows of every batch, where layers keep states from one batch to the next; else undefined. */
  get fixedBatch(): number | undefined {
    return this.built?.fixedBatch;
  }

  /** What targets must look like; for `fit` and `evaluate`. */
  get target(): TargetSpec {
    const { output } = this.needBuilt();
    const compiled = this.needCompiled();
    const { features, axis } = output;
    return {
      features: targetFeaturesOf(compiled, features),
      sequence: output.kind === "sequence",
      places: (steps) => axis?.steps(steps) ?? 1,
      classes: takesClassNumbers(compiled.loss.kernel),
    };
  }

  /** Checks data and brings it into the staged form; the first data build the model. */
  prepare(x: TensorLike, y: TensorLike | undefined, withTargets: boolean): Rows {
    const inputs = tensor(x);
    if (!this.built) this.built = buildModel(this.layers, inputFromData(inputs.shape, this.layers), this.seed);
    const built = this.needBuilt();
    const tokens = built.input.kind === "tokens" ? built.weights[0].shape[0] : 0;
    return prepareRows(inputs, y, built.input, tokens, withTargets ? this.target : undefined);
  }

  /**
   * Where the model computes: in one of the groups of `splitThreads`, so that models train at the same time. By default
   * all share the same threads, and take turns.
   *
   * @throws {GruvyError} `model/busy` once it has been used.
   */
  runOn(threads: Threads): void {
    if (this.running) {
      throw new GruvyError("model/busy", "The model runs already", "Call runOn before the model is first used.");
    }
    this.threads = threads;
  }

  /** The running form of the model; made when first needed, and anew after `compile`. `purpose`: what it is for. */
  engine(purpose?: Purpose): Promise<Executable> {
    // One after another, so that two callers never make two.
    const engine = this.lastEngine.then(() => this.currentEngine(purpose));
    this.lastEngine = engine.catch(() => {});
    return engine;
  }

  private async currentEngine(purpose: Purpose | undefined): Promise<Executable> {
    const { weights, output, initial } = this.needBuilt();
    const { compiled, running } = this;
    if (running && running.compiled === compiled) return running.engine;
    const { threads } = this;
    const engine = new Executable({ output, ...(compiled && programOf(compiled, output.features)), threads });
    // The program is compiled beside this thread while the first weights are drawn.
    if (purpose) engine.prepare(purpose);
    for (const weight of weights) {
      engine.setWeight(weight, running ? await running.engine.getWeight(weight) : initial(weight));
    }
    for (const state of running ? engine.states : []) {
      engine.setWeight(state, await running!.engine.getWeight(state));
    }
    running?.engine.dispose();
    this.running = { engine, compiled };
    return engine;
  }

  /** Trains the model. See `FitOptions`; resolves to the history. */
  fit(data: Dataset | BatchStream, options?: FitOptions): Promise<History>;
  fit(x: TensorLike, y: TensorLike, options?: FitOptions): Promise<History>;
  async fit(
    data: Dataset | BatchStream | TensorLike,
    second?: TensorLike | FitOptions,
    third?: FitOptions,
  ): Promise<History> {
    this.needCompiled();
    if (this.training) throw busy("fitted");
    this.training = true;
    try {
      const given = fitArguments(data, second, third);
      return await fitModel(this, given.data, given.options);
    } finally {
      this.training = false;
    }
  }

  /** Loss and metrics on data, by name. */
  evaluate(data: Dataset, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(x: TensorLike, y: TensorLike, options?: EvaluateOptions): Promise<Record<string, number>>;
  async evaluate(
    data: Dataset | TensorLike,
    second?: TensorLike | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<Record<string, number>> {
    this.needCompiled();
    const given = isDataset(data);
    const rows = given
      ? this.prepare(data.x, data.y, true)
      : this.prepare(data as TensorLike, second as TensorLike, true);
    const options = ((given ? second : third) ?? {}) as EvaluateOptions;
    const weights = weightOf(given ? data.sampleWeight : undefined, options.sampleWeight);
    return evaluateRows(this, weightRows(rows, weights, this.target), options);
  }

  /** The model's output for each row. */
  async predict(x: TensorLike | Dataset, options: PredictOptions = {}): Promise<Tensor> {
    const rows = this.prepare(isDataset(x) ? x.x : x, undefined, false);
    return predictRows(this, rows, options);
  }

  /**
   * Gates and states of every recurrent layer at each step, from the kernels that `predict` uses: see `Trace`. They are in
   * the order of the data, also where a layer goes backwards; at masked steps gates are 0 and states stay.
   *
   * @example
   * const model = sequential([input({ shape: [null, 1] }), gru({ units: 3 }), dense({ units: 1 })]);
   * const { z, r, candidate, h } = (await model.trace([[[1], [2], [3], [4]]])).gru;
   * z.shape; // [1, 4, 3]
   */
  async trace(x: TensorLike | Dataset): Promise<Trace> {
    return traceModel(await this.engine(), this.prepare(isDataset(x) ? x.x : x, undefined, false));
  }

  /** A table of layers, output shapes and parameters. */
  summary(): string {
    return summarize(this.name, this.needBuilt());
  }

  /**
   * Bytes that a batch needs, known before it runs. Throws `usage/option` where `timeSteps` is missing.
   *
   * @example
   * const model = sequential([input({ shape: [null, 1] }), gru({ units: 128 }), dense({ units: 1 })]);
   * model.compile({ loss: "meanSquaredError", memoryBudget: 512 * 2 ** 20 });
   * const need = await model.memory({ batchSize: 64, timeSteps: 20_000 });
   * need.recomputes; // true
   * need.bytes < 512 * 2 ** 20; // true
   */
  async memory(options: MemoryOptions = {}): Promise<MemoryNeed> {
    const { input } = this.needBuilt();
    const target = this.compiled ? this.target : undefined;
    return memoryNeed(await this.engine(), options, { input, target });
  }

  /** What one might not expect of the model, such as a layer that ends a mask; the console was told too. */
  get warnings(): readonly string[] {
    return this.needBuilt().warnings;
  }

  countParams(): number {
    return this.needBuilt().weights.reduce((sum, weight) => sum + product(weight.shape), 0);
  }

  /** The layers' names, in order. */
  get layerNames(): readonly string[] {
    return this.needBuilt().layers.map(({ name }) => name);
  }

  /** Paths of the weights as in Keras, in the order of `getWeights`. */
  get weightPaths(): readonly string[] {
    return this.needBuilt().weights.map((weight) => weight.path);
  }

  /** Shape of the output without the rows: [features] or [steps, features]; null where it may vary. */
  get outputShape(): readonly (number | null)[] {
    const { layers } = this.needBuilt();
    return layers[layers.length - 1].shape.slice(1);
  }

  /** The weights in Keras's order and shapes. */
  async getWeights(): Promise<Tensor[]> {
    const { weights } = this.needBuilt();
    const engine = await this.engine();
    return Promise.all(weights.map(async (weight) => new Tensor(weight.shape, await engine.getWeight(weight))));
  }

  /**
   * Sets the states of stateful layers to zeros, as they are at first.
   *
   * @example
   * const model = sequential([input({ shape: [5, 1], batchSize: 1 }), gru({ units: 3, stateful: true })]);
   * const x = [[[1], [2], [3], [4], [5]]];
   * const first = (await model.predict(x)).toArray();
   * const second = (await model.predict(x)).toArray(); // goes on from where the first has ended
   * await model.resetState();
   * (await model.predict(x)).toArray(); // again what the first gave
   */
  async resetState(): Promise<void> {
    this.needBuilt();
    const engine = await this.engine();
    for (const state of engine.states) engine.setWeight(state, new Float32Array(product(state.shape)));
  }

  /** Replaces all weights. Throws `model/weights` when their number or shapes differ. */
  async setWeights(values: readonly TensorLike[]): Promise<void> {
    const { weights } = this.needBuilt();
    if (values.length !== weights.length) {
      throw new GruvyError("model/weights", `Expected ${weights.length} weights, found ${values.length}`);
    }
    const tensors = values.map((value, i) => checkedWeight(weights[i], value));
    const engine = await this.engine();
    weights.forEach((weight, i) => {
      engine.setWeight(weight, tensors[i].data);
    });
  }

  /** What the optimizer remembers, so that training can go on elsewhere. */
  async getOptimizerState(): Promise<OptimizerState> {
    const { optimizer } = this.needCompiled();
    const { weights } = this.needBuilt();
    const engine = await this.engine();
    return { iterations: this.iterations, tensors: await readArrays(engine, weights, trainingOf(optimizer)) };
  }

  async setOptimizerState(state: OptimizerState): Promise<void> {
    const { optimizer } = this.needCompiled();
    const { weights } = this.needBuilt();
    const { iterations, write } = checkedState(state, weights, trainingOf(optimizer));
    write(await this.engine());
    this.iterations = iterations;
  }

  /** The weights become the average that the optimizer keeps of them, if it does. */
  async finishAveraging(): Promise<void> {
    if (this.optimizer.average) await useAverages(await this.engine(), this.needBuilt().weights, this.iterations);
  }

  /** The architecture and what it was compiled with, as plain JSON; `sequentialFromConfig` reads it. */
  toConfig(): JsonObject {
    const { compiled, built } = this;
    return {
      kind: "sequential",
      name: this.name,
      seed: this.seed,
      input: built ? { ...built.input } : null,
      layers: this.layers.map(describeLayer),
      compile: compiled ? (compiledConfig(compiled) as unknown as JsonObject) : null,
    };
  }

  /**
   * The forward program and weights as one WebAssembly module without imports, for `load` of `gruvy/run`. Its answers
   * have the bits of `predict` with `numerics: "exact"`. Throws `model/busy` while the model is being trained.
   */
  async toWasm(options: WasmOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    if (this.training) throw busy("exported");
    const { input, weights } = this.needBuilt();
    const tokens = input.kind === "tokens" ? weights[0].shape[0] : 0;
    return modelToWasm(await this.engine(), options, { name: this.name, input, tokens });
  }

  /** Gives the model's memory back at once. The model cannot be used afterwards. */
  dispose(): void {
    this.disposed = true;
    this.running?.engine.dispose();
    this.running = undefined;
  }
}

const busy = (what: string): GruvyError =>
  new GruvyError("model/busy", `The model cannot be ${what} while it is being trained`, "Wait for fit to end.");

/**
 * A model of layers, each fed by the one before.
 *
 * `seed` (default 0) decides the first weights, the shuffling and the dropout: two models made alike and fitted alike
 * end with the same bits. Built at once when its first layer is `input` or `embedding`, else by its first data.
 *
 * @example
 * const model = sequential([embedding({ inputDim: 1000, outputDim: 16 }), gru({ units: 16 }), dense({ units: 1 })]);
 * model.countParams(); // 17649
 */
export function sequential(
  layers: readonly Layer[],
  options: { readonly name?: string; readonly seed?: number } = {},
): Sequential {
  return new Sequential(layers, options);
}
