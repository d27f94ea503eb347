import {
  type BatchStream,
  type Dataset,
  finiteNumber,
  GruvyError,
  isBatchStream,
  isDataset,
  permutation,
  random,
  shown,
  stream,
  type TensorLike,
  wholeNumber,
} from "../base/index.ts";
import type { Executable, Outcome } from "../engine/index.ts";
import type { Callback, Logs, Trainer } from "./callbacks/index.ts";
import { CostCounter } from "./cost.ts";
import { addTotals, evaluateRows, readTotals } from "./evaluate.ts";
import { type History, newHistory, record } from "./history.ts";
import { flag, optionsOf, refuseUnknown } from "./options.ts";
import { rowsOfCall } from "./predict.ts";
import { Gatherer, type Rows, sliceRows } from "./rows.ts";
import type { Sequential } from "./sequential.ts";

/** What `fit` can be told. */
export interface FitOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Default 32. A stream brings its own. */
  readonly batchSize?: number;
  /** The share of the rows, taken from their end before any shuffling, that is kept for validation. Default 0. */
  readonly validationSplit?: number;
  readonly validationData?: Dataset | readonly [TensorLike, TensorLike];
  /** Default 32, or batchSize. */
  readonly validationBatchSize?: number;
  /** Rows come in a new order in every epoch. Default true; a stream keeps its own order. */
  readonly shuffle?: boolean;
  readonly callbacks?: readonly Callback[];
  /** Ends training after the step under way; `fit` then resolves with what was done. */
  readonly signal?: AbortSignal;
  /** 0: nothing is printed; 1 or 2: a line after every epoch. Default 0. */
  readonly verbose?: 0 | 1 | 2;
  /** The number of the first epoch, when a training goes on. Default 0. */
  readonly initialEpoch?: number;
}

const known = [
  "epochs",
  "batchSize",
  "validationSplit",
  "validationData",
  "validationBatchSize",
  "shuffle",
  "callbacks",
  "signal",
  "verbose",
  "initialEpoch",
];

/** A call should last about as long as one looks at a progress bar. */
const CALL_MILLISECONDS = 100;
/** A state is put aside this often, to return to when a loss is not finite. */
const SNAPSHOT_MILLISECONDS = 250;

/** Trains a compiled model; what `Sequential.fit` does. */
export async function fitModel(model: Sequential, data: Dataset | BatchStream, options: FitOptions): Promise<History> {
  return new Fitting(model, options).run(data);
}

/** A state put aside: what training changes, and after how many steps. */
interface Kept {
  readonly state: Uint8Array;
  readonly iterations: number;
}

/** One call of `fit`: its options, and where it stands. */
class Fitting implements Trainer {
  readonly model: Sequential;
  private readonly options: FitOptions;
  private readonly epochs: number;
  private readonly batchSize: number;
  private readonly callbacks: readonly Callback[];
  private readonly history = newHistory();
  private readonly counter = new CostCounter();
  private readonly gatherer = new Gatherer();
  private reason: string | undefined;
  private millisecondsPerBatch = CALL_MILLISECONDS;
  /** States to return to. From the kept one a finite loss has been computed, from the fresh one perhaps not yet. */
  private kept: Kept | undefined;
  private fresh: Kept | undefined;
  private freshIsGood = false;
  private keptAt = 0;

  constructor(model: Sequential, options: FitOptions) {
    this.model = model;
    this.options = optionsOf(options, "fit", "usage/option");
    refuseUnknown(options, known, "fit", "usage/option");
    this.epochs = wholeNumber(options.epochs ?? 1, "epochs");
    this.batchSize = wholeNumber(options.batchSize ?? 32, "batchSize", { max: 2 ** 20 });
    this.callbacks = options.callbacks ?? [];
    if (!Array.isArray(this.callbacks)) {
      throw new GruvyError("usage/option", `Expected callbacks to be a list, found ${shown(options.callbacks)}`);
    }
    flag(options.shuffle ?? true, "shuffle");
    finiteNumber(options.validationSplit ?? 0, "validationSplit", { min: 0, max: 0.999999 });
    wholeNumber(options.initialEpoch ?? 0, "initialEpoch", { min: 0 });
  }

  get learningRate(): number {
    return this.model.learningRate;
  }
  set learningRate(value: number) {
    this.model.learningRate = value;
  }

  stop(reason = "a callback"): void {
    this.reason ??= reason;
  }

  private get stopped(): boolean {
    if (this.options.signal?.aborted) this.reason ??= "signal";
    return this.reason !== undefined;
  }

  async run(data: Dataset | BatchStream): Promise<History> {
    const { initialEpoch = 0, verbose = 0 } = this.options;
    const { train, validation } = this.parts(data);
    for (const callback of this.callbacks) await callback.onTrainBegin?.(this);
    try {
      for (let epoch = initialEpoch; epoch < this.epochs && !this.stopped; epoch++) {
        for (const callback of this.callbacks) await callback.onEpochBegin?.(epoch, this);
        if (this.stopped) break;
        const rate = this.learningRate;
        const totals = isRows(train) ? await this.epoch(epoch, train) : await this.streamEpoch(epoch, train);
        // An epoch that was broken off has no numbers that can stand beside the others'.
        if (this.options.signal?.aborted) break;
        const logs: Record<string, number> = readTotals(totals, this.model.metrics);
        if (validation) {
          const batchSize = this.options.validationBatchSize ?? this.batchSize;
          Object.assign(logs, await evaluateRows(this.model, validation, { batchSize }, "val"));
        }
        logs.learningRate = rate;
        record(this.history, epoch, logs);
        for (const callback of this.callbacks) await callback.onEpochEnd?.(epoch, logs, this);
        if (verbose > 0) console.log(epochLine(epoch, this.epochs, logs));
      }
    } finally {
      for (const callback of this.callbacks) await callback.onTrainEnd?.(this);
    }
    this.history.cost = this.counter.cost;
    if (this.stopped) this.history.stopped = this.reason;
    return this.history;
  }

  /** Training and validation rows, checked; the validation split is the last rows before any shuffling. */
  private parts(data: Dataset | BatchStream): { train: Rows | BatchStream; validation: Rows | undefined } {
    const { validationSplit = 0, validationData } = this.options;
    let train: Rows | BatchStream;
    let validation: Rows | undefined;
    if (isDataset(data)) {
      const rows = this.model.prepare(data.x, data.y, true);
      const keep = validationData ? rows.rows : Math.floor(rows.rows * (1 - validationSplit));
      if (keep === 0) {
        throw new GruvyError(
          "data/empty",
          `A validationSplit of ${validationSplit} leaves nothing of ${rows.rows} rows to train on`,
        );
      }
      train = sliceRows(rows, 0, keep);
      if (keep < rows.rows) validation = sliceRows(rows, keep, rows.rows);
    } else if (isBatchStream(data)) {
      if (validationSplit > 0) {
        throw new GruvyError(
          "usage/validation-split",
          "A stream of batches cannot be split",
          "Give validationData instead.",
        );
      }
      train = data;
    } else {
      throw new GruvyError("data/type", "Expected x and y, a data set or a stream of batches");
    }
    if (validationData) {
      const { x, y } = isDataset(validationData) ? validationData : { x: validationData[0], y: validationData[1] };
      validation = this.model.prepare(x, y, true);
    }
    return { train, validation };
  }

  /** Trains on all rows once; resolves to the sums of the loss and the metrics. */
  private async epoch(epoch: number, train: Rows): Promise<Float64Array> {
    const { shuffle = true } = this.options;
    const engine = await this.model.engine("train");
    const totals = new Float64Array(engine.cells);
    const batchSize = Math.min(this.batchSize, train.rows);
    const order = shuffle ? permutation(train.rows, random(this.model.seed, stream.shuffle, epoch)) : undefined;
    const batches = Math.ceil(train.rows / batchSize);
    const most = rowsOfCall(train, batchSize) / batchSize;
    const stepwise = this.callbacks.some((callback) => callback.onBatchEnd);
    for (let batch = 0; batch < batches && !this.stopped; ) {
      const wanted = stepwise ? 1 : Math.max(1, Math.floor(CALL_MILLISECONDS / this.millisecondsPerBatch));
      const count = Math.min(wanted, most, batches - batch);
      const from = batch * batchSize;
      const to = Math.min(train.rows, from + count * batchSize);
      const rows = order ? this.gatherer.gather(train, order.subarray(from, to)) : sliceRows(train, from, to);
      const outcome = await this.call(engine, epoch, batch, rows, batchSize, totals);
      batch += outcome.batches;
      for (const callback of this.callbacks) {
        await callback.onProgress?.({ epoch, epochs: this.epochs, batch, batches });
      }
    }
    return totals;
  }

  private async streamEpoch(epoch: number, data: BatchStream): Promise<Float64Array> {
    let totals = new Float64Array();
    let batch = 0;
    let size = 1;
    for await (const { x, y } of data) {
      const rows = this.model.prepare(x, y, true);
      // Only now is a model built whose layers do not say what they expect.
      const engine = await this.model.engine("train");
      if (batch === 0) totals = new Float64Array(engine.cells);
      size = Math.max(size, rows.rows);
      await this.call(engine, epoch, batch, rows, size, totals);
      batch++;
      for (const callback of this.callbacks) await callback.onProgress?.({ epoch, epochs: this.epochs, batch });
      if (this.stopped) return totals;
    }
    if (batch > 0) return totals;
    throw new GruvyError(
      "data/empty",
      `The stream of batches was empty in epoch ${epoch + 1}`,
      "It is iterated once for every epoch: give an object whose iterator starts anew, not a generator that has run out.",
    );
  }

  /** Trains on some batches in one go. */
  private async call(
    engine: Executable,
    epoch: number,
    batch: number,
    rows: Rows,
    batchSize: number,
    totals: Float64Array,
  ): Promise<Outcome> {
    const { model } = this;
    await this.putAside(engine);
    const count = Math.ceil(rows.rows / batchSize);
    const scalars = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) scalars.set(model.stepScalars(model.iterations + i), 2 * i);
    const start = performance.now();
    const work = {
      rows: rows.rows,
      batchSize,
      steps: [rows.steps],
      inputs: [rows.input],
      targets: rows.target,
      scalars,
      iteration: model.iterations,
    };
    const outcome = await engine.run("train", work, this.options.signal).catch((error: unknown) => {
      // A thread may have died in the middle of an update.
      this.goBack(engine, this.fresh!);
      throw error;
    });
    if (outcome.batches > 0) {
      this.millisecondsPerBatch = (performance.now() - start) / outcome.batches;
      this.freshIsGood = true;
    }
    if (outcome.status === "notFinite") this.fail(engine, epoch, batch + outcome.batches, outcome);
    model.iterations += outcome.batches;
    this.counter.add(work, outcome);
    addTotals(totals, outcome.totals);
    if (this.callbacks.some((callback) => callback.onBatchEnd)) {
      const logs: Logs = { loss: outcome.losses[0] };
      for (const callback of this.callbacks) await callback.onBatchEnd?.(batch, logs, this);
    }
    return outcome;
  }

  /** Keeps a state to return to. It counts as good only once a finite loss has been computed from it. */
  private async putAside(engine: Executable): Promise<void> {
    if (this.fresh && performance.now() - this.keptAt < SNAPSHOT_MILLISECONDS) return;
    const spare = this.kept;
    this.kept = this.fresh;
    this.freshIsGood = false;
    this.fresh = { state: await engine.snapshot(spare?.state), iterations: this.model.iterations };
    this.keptAt = performance.now();
  }

  private goBack(engine: Executable, { state, iterations }: Kept): void {
    engine.restore(state);
    this.model.iterations = iterations;
  }

  private fail(engine: Executable, epoch: number, batch: number, outcome: Outcome): never {
    const good = this.freshIsGood || !this.kept ? this.fresh! : this.kept;
    const back = this.model.iterations + outcome.batches - good.iterations;
    this.goBack(engine, good);
    const loss = outcome.losses[outcome.batches];
    throw new GruvyError(
      "training/not-finite",
      `The loss became ${Number.isNaN(loss) ? "NaN" : "infinite"} in epoch ${epoch + 1} at batch ${batch + 1}`,
      `The model keeps its weights of ${back} step${back === 1 ? "" : "s"} before. Try a smaller learningRate, or globalClipnorm: 1.`,
    );
  }
}

function isRows(value: Rows | BatchStream): value is Rows {
  return "rows" in value;
}

function epochLine(epoch: number, epochs: number, logs: Logs): string {
  const numbers = Object.entries(logs).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return `epoch ${epoch + 1}/${epochs}  ${numbers.join("  ")}`;
}
