import {
  type BatchStream,
  type Datasets,
  finiteNumber,
  GruvyError,
  product,
  Tensor,
  type TensorLike,
  type TensorsLike,
} from "../base/index.ts";
import type { Executable, Purpose, Threads } from "../engine/index.ts";
import { Architecture } from "./architecture.ts";
import { busy, holdsBoth, sortArguments } from "./arguments.ts";
import type { Arranged, Filled } from "./arranged.ts";
import { type BuiltModel, buildModel } from "./build.ts";
import { checkedWeights } from "./checked-weight.ts";
import {
  type Compiled,
  type CompileOptions,
  compiledConfig,
  compiledFrom,
  type Measured,
  measured,
} from "./compile.ts";
import { type EvaluateOptions, evaluateRows } from "./evaluate.ts";
import { fitModel } from "./fit.ts";
import { weightOf } from "./fit-data.ts";
import type { FitOptions } from "./fit-options.ts";
import type { History } from "./history.ts";
import { rare } from "./late.ts";
import { type AnyLayer, freezing, type JsonObject, type SymbolicTensor } from "./layers/layer.ts";
import type { MemoryNeed, MemoryOptions } from "./memory.ts";
import { type Optimizer, stepScalars, trainingOf } from "./optimizers.ts";
import { type PredictOptions, predictRows } from "./predict.ts";
import { prepareRows, type Rows, type TargetSpec } from "./rows.ts";
import { featuresOf, Running, type WeightValues } from "./running.ts";
import type { OptimizerState } from "./state.ts";
import { targetsOf } from "./targets.ts";
import type { WasmOptions } from "./to-wasm.ts";
import type { Trace } from "./trace.ts";
import { weightRows } from "./weigh.ts";

/**
 * What sequential and functional models have in common: they are compiled, fitted, evaluated and asked, and their
 * weights are read and set. `Out` is what `predict` resolves to.
 */
export abstract class Model<Out = Tensor> extends Architecture {
  /** Optimizer steps taken so far. */
  iterations = 0;
  /** What `learningRate` was set to, in place of what the optimizer says. */
  constantRate: number | undefined;
  protected compiled: Compiled | undefined;
  readonly #running = new Running();
  #training = false;

  /** The model in the part of a layer: what `apply` applies, and what a stack of layers takes. */
  abstract get asLayer(): AnyLayer;

  /**
   * Whether training moves weights of the model. To set it sets that of all its layers, from the next `compile` on: see
   * `Layer`.
   *
   * @example
   * const base = sequential([input({ shape: [5, 1] }), gru({ units: 4 })]);
   * base.trainable = false;
   * const net = sequential([input({ shape: [5, 1] }), base, dense({ units: 1 })]);
   * net.trainablePaths; // ["dense/kernel", "dense/bias"]
   */
  get trainable(): boolean {
    return this.asLayer.trainable;
  }
  set trainable(trainable: boolean) {
    this.asLayer.trainable = trainable;
  }

  /**
   * The model as a layer of a functional model. Like a layer it is a description: its weights there are new ones.
   * Throws `model/apply` for data.
   */
  apply(input: SymbolicTensor | readonly SymbolicTensor[]): Filled<Out, SymbolicTensor> {
    return this.arrange([this.asLayer.apply<SymbolicTensor>(input)].flat()) as Filled<Out, SymbolicTensor>;
  }

  /** What belongs to the outputs, as these were given. */
  protected abstract arrange<T>(values: readonly T[]): Arranged<T>;

  /** The architecture without what the model was compiled with, as plain JSON. */
  protected abstract describe(): JsonObject;

  /** The model built for its first data. */
  protected abstract buildFor(x: TensorsLike): BuiltModel | undefined;

  /**
   * Says how the model is trained and judged. Weights stay; the optimizer starts anew.
   *
   * @throws {GruvyError} `model/optimizer`, `model/loss`, `model/metric` for what is none or does not fit the loss,
   *   `model/outputs` for outputs that the model lacks or that lack a loss, `model/option`; `model/busy` while it is
   *   fitted.
   */
  compile(options: CompileOptions): void {
    if (this.#training) throw busy("compiled");
    const compiled = compiledFrom(options, this.outputNames);
    const { built } = this;
    if (built) measured(compiled, featuresOf(built));
    // Layers were frozen or freed since.
    if (built && built.freezes !== freezing.count) this.built = buildModel(this.network, built.inputs, this.seed);
    this.compiled = compiled;
    this.iterations = 0;
    this.constantRate = undefined;
  }

  get optimizer(): Optimizer {
    return this.#needCompiled().optimizer;
  }

  /** The rate of the next step. Setting it replaces a schedule by a constant; `usage/option` for one below zero. */
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

  #needCompiled(): Compiled {
    if (this.compiled) return this.compiled;
    throw new GruvyError(
      "model/not-compiled",
      "The model must be compiled first",
      'Call model.compile({ optimizer: "adam", loss: ... }).',
    );
  }

  /** How each output is judged, once the model is built. */
  get measured(): readonly Measured[] {
    return measured(this.#needCompiled(), featuresOf(this.needBuilt()));
  }

  get isCompiled(): boolean {
    return this.compiled !== undefined;
  }

  /** What the targets of each output must look like; undefined for one that is not compared. */
  get targets(): (TargetSpec | undefined)[] {
    return targetsOf(this.needBuilt(), this.#needCompiled());
  }

  /** Checks data and brings it into the staged form; the first data build the model. */
  async prepare(x: TensorsLike, y: TensorsLike | undefined, withTargets: boolean): Promise<Rows> {
    this.built ??= this.buildFor(x);
    if (!this.built) return (await rare.load()).refuseFirst(x, this.network);
    const { inputs } = this.needBuilt();
    const expected = { inputs, targets: withTargets ? this.targets : undefined, outputs: this.outputNames };
    let failure: unknown;
    try {
      const rows = prepareRows(x, y, expected);
      if (rows) return rows;
    } catch (error) {
      failure = error;
    }
    return (await rare.load()).refuseRows(x, y, expected, failure);
  }

  /**
   * Where the model computes: in one of the groups of `splitThreads`, so that models train at the same time. By default
   * all share the same threads, and take turns.
   *
   * @throws {GruvyError} `model/busy` once it has been used.
   */
  runOn(threads: Threads): void {
    this.#running.on(threads);
  }

  /** The running form of the model. `purpose`: what it is for. */
  engine(purpose?: Purpose, given?: WeightValues): Promise<Executable> {
    return this.#running.engine(() => ({ built: this.needBuilt(), compiled: this.compiled }), { purpose, given });
  }

  /**
   * Trains the model. See `FitOptions`; resolves to the history. Data of several inputs or outputs are lists in their
   * order, or objects by name.
   *
   * @throws {GruvyError} `training/not-finite` when a loss turned NaN or infinite; `engine/thread` when a thread of the
   *   engine died or was killed, `engine/worker` when none could be started. The model then has the last state that was put
   *   aside, at most some 250 ms and the call under way before, and can be used; the message, and `details`
   *   (`iterations`, `epoch` from 1, `batch`), say which.
   */
  fit(data: Datasets | BatchStream, options?: FitOptions): Promise<History>;
  fit(x: TensorsLike, y: TensorsLike, options?: FitOptions): Promise<History>;
  async fit(
    data: Datasets | BatchStream | TensorsLike,
    second?: TensorsLike | FitOptions,
    third?: FitOptions,
  ): Promise<History> {
    this.#needCompiled();
    if (this.#training) throw busy("fitted");
    this.#training = true;
    try {
      const { given, options = {} } = sortArguments<FitOptions>(this, data, second, third);
      return await fitModel(this as Model<unknown>, given, options);
    } finally {
      this.#training = false;
    }
  }

  /**
   * Loss and metrics on data, by name. Throws `model/not-compiled`, `data/...` for data that do not fit,
   * `usage/option`.
   */
  evaluate(data: Datasets, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(x: TensorsLike, y: TensorsLike, options?: EvaluateOptions): Promise<Record<string, number>>;
  async evaluate(
    data: Datasets | TensorsLike,
    second?: TensorsLike | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<Record<string, number>> {
    this.#needCompiled();
    const { given, options = {} } = sortArguments<EvaluateOptions>(this, data, second, third);
    const { x, y, sampleWeight } = given as Datasets;
    const weights = weightOf(sampleWeight, options.sampleWeight);
    const rows = await weightRows(await this.prepare(x, y, true), weights, this.targets);
    return evaluateRows(this as Model<unknown>, rows, options);
  }

  /**
   * The model's output for each row, [rows, features] or [rows, steps, features]; of several outputs a list or an
   * object, as they were given to `model`. Throws `data/...` for rows that do not fit, `usage/option`.
   */
  async predict(x: TensorsLike | Datasets, options: PredictOptions = {}): Promise<Out> {
    const rows = await this.prepare(holdsBoth(this, x) ? x.x : x, undefined, false);
    return this.arrange(await predictRows(this as Model<unknown>, rows, options)) as Out;
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
  async trace(x: TensorsLike | Datasets): Promise<Trace> {
    const { traceModel } = await rare.load();
    return traceModel(await this.engine(), await this.prepare(holdsBoth(this, x) ? x.x : x, undefined, false));
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
    const { inputs } = this.needBuilt();
    const targets = this.compiled ? this.targets : undefined;
    const { memoryNeed } = await rare.load();
    return memoryNeed(await this.engine(), options, { inputs, targets });
  }

  /** The weights in Keras's order and shapes. Throws `model/not-built` where shapes are not known yet. */
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
    const tensors = checkedWeights(weights, values);
    await this.engine(undefined, new Map(weights.map((weight, i) => [weight, tensors[i].data])));
  }

  /**
   * Takes the weights of a model that has all learning layers of this one: the same objects, or layers given the same
   * names. In Keras models of the same layers share weights; here each has its own. Throws `model/weights` otherwise.
   *
   * @example
   * const words = input({ shape: [null, 8] });
   * const state = gru({ units: 4 }).apply(words);
   * const classifier = model({ inputs: words, outputs: dense({ units: 1 }).apply(state) });
   * const reader = model({ inputs: words, outputs: state });
   * await reader.setWeightsFrom(classifier); // once it is trained
   */
  async setWeightsFrom(other: Model<unknown>): Promise<void> {
    const { notAModel, placesIn } = await rare.load();
    if (!(other instanceof Model)) throw notAModel(other);
    const values = await other.getWeights();
    await this.setWeights(placesIn(other.needBuilt(), this.needBuilt()).map((place) => values[place]));
  }

  /** What the optimizer remembers, so that training can go on elsewhere. Throws `model/not-compiled`. */
  async getOptimizerState(): Promise<OptimizerState> {
    const training = trainingOf(this.optimizer);
    const { weights } = this.needBuilt();
    const { readArrays } = await rare.load();
    return { iterations: this.iterations, tensors: await readArrays(await this.engine(), weights, training) };
  }

  /** Throws `model/optimizer-state` for that of another optimizer, `model/weights` for arrays of another shape. */
  async setOptimizerState(state: OptimizerState): Promise<void> {
    const training = trainingOf(this.optimizer);
    const { weights } = this.needBuilt();
    const { iterations, write } = (await rare.load()).checkedState(state, weights, training);
    write(await this.engine());
    this.iterations = iterations;
  }

  /** The weights become the average that the optimizer keeps of them, if it does. */
  async finishAveraging(): Promise<void> {
    if (!this.optimizer.average) return;
    await (await rare.load()).useAverages(await this.engine(), this.needBuilt().weights, this.iterations);
  }

  /** The architecture and what it was compiled with, as plain JSON; `modelFromConfig` reads it. */
  toConfig(): JsonObject {
    const { compiled } = this;
    // Layers can still be frozen; a description stays as it is.
    return {
      ...structuredClone(this.describe()),
      compile: compiled ? (compiledConfig(compiled) as unknown as JsonObject) : null,
    };
  }

  /**
   * The forward program and weights as one WebAssembly module without imports, for `load` of `gruvy/run`. Its answers
   * have the bits of `predict` with `numerics: "exact"`. Throws `model/busy` while the model is being trained, and
   * `model/option` for preprocessing of several inputs or outputs.
   */
  async toWasm(options: WasmOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#training) throw busy("exported");
    const { modelToWasm } = await rare.load();
    const built = this.needBuilt();
    const answer = this.arrange(built.outputs.map((_, output) => output));
    return modelToWasm(await this.engine(), options, { name: this.name, built, answer });
  }

  /** Gives the model's memory back at once. The model cannot be used afterwards: it throws `model/disposed`. */
  dispose(): void {
    this.disposed = true;
    this.#running.dispose();
  }
}
