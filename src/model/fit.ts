import { type BatchStream, type Datasets, isBatchStream, permutation, random, stream } from "../base/index.ts";
import { type Executable, type Outcome, type Run, STEP_SCALARS } from "../engine/index.ts";
import { numbersOf } from "./bad-batch.ts";
import { batchSizeOf } from "./batch-size.ts";
import type { Callback } from "./callbacks/callback.ts";
import type { Listening, Training } from "./callbacks/listening.ts";
import { CostCounter } from "./cost.ts";
import { evaluateRows, evaluation, readTotals } from "./evaluate.ts";
import { fitData, isRows } from "./fit-data.ts";
import { checkFitOptions, type FitOptions } from "./fit-options.ts";
import { type History, newHistory, record } from "./history.ts";
import { LastGood } from "./last-good.ts";
import { rare } from "./late.ts";
import { lookBack } from "./look-back.ts";
import { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import { rowsOfCall } from "./predict.ts";
import { Gatherer, type Rows, sliceRows, workOf } from "./rows.ts";
import type { TrainingSettings } from "./training-settings.ts";
import type { Position } from "./training-state.ts";

/** A call should last about as long as one looks at a progress bar. */
const CALL_MILLISECONDS = 100;
/** Of epochs so short that many go into a call, so many: for each this thread works some 40 microseconds in one go. */
const MOST_EPOCHS = 32;

/** What is trained on in one go. */
interface Call {
  readonly rows: Rows;
  /** Which rows of the data they are. */
  readonly numbers: Uint32Array;
  readonly batchSize: number;
  /** So many epochs, all of them whole. Default: some batches of one. */
  readonly epochs?: number;
  /** The validation at the end of each. */
  readonly validating?: Run;
}

/** Trains a compiled model; what `Model.fit` does. */
export async function fitModel(
  model: Model<unknown>,
  data: Datasets | BatchStream,
  options: FitOptions,
): Promise<History> {
  return new Fitting(model, options).run(data);
}

/** One call of `fit`: its options, and where it stands. */
class Fitting implements Training {
  readonly model: Model<unknown>;
  history = newHistory();
  resumed = false;
  readonly options: FitOptions;
  readonly epochs: number;
  callbacks: readonly Callback[];
  readonly counter = new CostCounter();
  readonly #gatherer = new Gatherer();
  readonly losses = new LossWatch();
  #validation: Rows | undefined;
  /** How the validation of an epoch went that followed its training in the same call. */
  #validated: Outcome | undefined;
  /** The last of a stream's largest batches. */
  #largest: Rows | undefined;
  /** Rows of the last batch. */
  #before: readonly number[] = [];
  #lastGood!: LastGood; // loaded before anything is trained
  readonly position: Position;
  /** What states are kept with; undefined where nobody asks for one. */
  settings: TrainingSettings | undefined;
  /** What the callbacks are told by; undefined where there are none, and nothing to go on from. */
  #listening: Listening | undefined;
  #millisecondsPerBatch = CALL_MILLISECONDS;
  /** Epochs that go into one call at most: fewer where calls have left some undone, for which rows were gathered in vain. */
  #mostEpochs = MOST_EPOCHS;

  constructor(model: Model<unknown>, options: FitOptions) {
    this.model = model;
    checkFitOptions(options);
    this.options = options;
    this.epochs = options.epochs ?? 1;
    this.callbacks = options.callbacks ?? [];
    const sums = new Float64Array();
    this.position = {
      epoch: options.initialEpoch ?? 0,
      batch: 0,
      steps: 0,
      sums,
      rate: 0,
      stream: 0,
      stopped: undefined,
    };
  }

  get #aborted(): boolean {
    return this.options.signal?.aborted === true;
  }

  get #stopped(): boolean {
    return this.#aborted || this.position.stopped !== undefined;
  }

  async run(data: Datasets | BatchStream): Promise<History> {
    const { verbose = 0, resumeFrom } = this.options;
    if (this.callbacks.length > 0 || verbose !== 0 || resumeFrom) {
      const { Listening, progressBar } = await rare.load();
      if (verbose !== 0) this.callbacks = [...this.callbacks, progressBar({ lines: verbose === 2 })];
      this.#listening = new Listening(this);
    }
    if (isBatchStream(data)) (await rare.load()).checkStream(this.options);
    const parts = await fitData(this.model, data, this.options);
    this.#validation = parts.validation;
    let failure: { readonly error: unknown } | undefined;
    this.#lastGood = new LastGood(this.model);
    try {
      await this.#listening?.begin(parts.train, parts.validation);
      await this.#train(parts.train);
      // Before callbacks end, so that the best weights of an epoch are not overwritten.
      await this.model.finishAveraging();
    } catch (error) {
      failure = { error: await this.#recovered(error) };
    }
    const told = await this.#listening?.end();
    failure ??= told;
    try {
      await this.#lastGood.settle();
    } catch (error) {
      failure ??= { error: await this.#recovered(error) };
    }
    if (failure) throw failure.error;
    this.history.cost = this.counter.cost;
    const rows = isRows(parts.train) ? parts.train : this.#largest;
    this.history.findings = await lookBack(
      this.model,
      this.history,
      this.losses,
      rows,
      this.#lastGood,
      this.position.steps,
    );
    if (this.history.epoch.length === 0) {
      Object.assign(this.history.history, (await rare.load()).emptyHistory(this.model, !!this.#validation));
    }
    if (this.#stopped) this.history.stopped = this.position.stopped ?? "signal";
    return this.history;
  }

  /** The error, with what the model now is where threads are gone or it had to go back. */
  async #recovered(error: unknown): Promise<unknown> {
    const here = { ...this.position, iterations: this.model.iterations };
    const back = this.#lastGood.recover(error);
    // Where that cannot be loaded the error says at least what it is.
    return rare.load().then(
      ({ withPlace }) => withPlace(error, back, here, this.callbacks),
      () => error,
    );
  }

  async #train(train: Rows | BatchStream): Promise<void> {
    const { position, callbacks } = this;
    while (position.epoch < this.epochs && !this.#stopped) {
      if (position.batch === 0) await this.#beginEpoch();
      if (this.#stopped) break;
      if (isRows(train)) await this.#epoch(train);
      else await this.#streamEpoch(train);
      // Where nobody meets the weights before the next batch does, its loss will tell.
      if (callbacks.length > 0 || position.epoch + 1 >= this.epochs || this.#stopped) {
        await this.#lastGood.check({ position, numbers: this.#before, callbacks });
      }
      // An epoch that was broken off has no numbers that can stand beside the others'.
      if (this.#aborted && !this.#validated) break;
      await this.#endEpoch();
    }
  }

  async #beginEpoch(): Promise<void> {
    const { position } = this;
    await this.#listening?.beginEpoch();
    Object.assign(position, { rate: this.model.learningRate, stream: 0, sums: new Float64Array() });
  }

  async #endEpoch(): Promise<void> {
    const { model, position } = this;
    const [validation, validated] = [this.#validation, this.#validated];
    const { epoch } = position;
    const logs: Record<string, number> = readTotals(position.sums, model.measured);
    if (validated?.status === "done") Object.assign(logs, readTotals(validated.totals, model.measured, "val"));
    else if (validation) {
      const batchSize = this.options.validationBatchSize ?? this.options.batchSize;
      Object.assign(logs, await evaluateRows(model, validation, { batchSize }, "val"));
    }
    this.#validated = undefined;
    logs.learningRate = position.rate;
    record(this.history, epoch, logs);
    await this.#listening?.endEpoch(epoch, logs);
    position.epoch++;
    position.batch = 0;
    await this.#listening?.stand();
  }

  /** Trains on the rows of this epoch that are left, and on those of some that follow where nobody asks in between. */
  async #epoch(train: Rows): Promise<void> {
    const { position } = this;
    const validation = this.#validation;
    const { shuffle = true, validationBatchSize, batchSize: asked } = this.options;
    const engine = await this.model.engine("train");
    const batchSize = await batchSizeOf(asked, train.rows, this.model.fixedBatch);
    const orderOf = (epoch: number) =>
      shuffle
        ? permutation(train.rows, random(this.model.seed, stream.shuffle, epoch))
        : Uint32Array.from({ length: train.rows }, (_, row) => row);
    const order = orderOf(position.epoch);
    const batches = Math.ceil(train.rows / batchSize);
    const most = rowsOfCall(train, batchSize) / batchSize;
    const validating = validation && (await evaluation(this.model, engine, validation, validationBatchSize ?? asked));
    // It takes less than training on as many rows.
    const behind = Math.ceil((validation?.rows ?? 0) / batchSize);
    while (position.batch < batches && !this.#stopped) {
      const wanted = Math.max(1, Math.floor(CALL_MILLISECONDS / this.#millisecondsPerBatch));
      const left = batches - position.batch;
      const pause = this.#listening?.untilPause() ?? Number.POSITIVE_INFINITY;
      const count = Math.min(wanted, most, left, pause);
      const follows = count === left && left < pause && !validation === !validating && left + behind <= wanted;
      const whole = follows && position.batch === 0 && this.callbacks.length === 0;
      const together = whole ? Math.floor(Math.min(wanted, most) / (left + behind)) : 1;
      const epochs = Math.max(1, Math.min(together, this.#mostEpochs, this.epochs - position.epoch));
      const from = position.batch * batchSize;
      const to = Math.min(train.rows, from + count * batchSize);
      let numbers = order.subarray(from, to);
      if (epochs > 1) {
        numbers = new Uint32Array(epochs * train.rows);
        for (let i = 0; i < epochs; i++) numbers.set(i > 0 ? orderOf(position.epoch + i) : order, i * train.rows);
      }
      const rows = shuffle || epochs > 1 ? this.#gatherer.gather(train, numbers) : sliceRows(train, from, to);
      await this.#call(engine, { rows, numbers, batchSize, epochs, validating: follows ? validating : undefined });
      await this.#listening?.told(batches);
    }
  }

  async #streamEpoch(data: BatchStream): Promise<void> {
    const { model, options, position } = this;
    const { streamRows } = await rare.load();
    for await (const { rows, size, sum } of streamRows(model, data, options, position, this.settings !== undefined)) {
      // Only now is a model built whose layers do not say what they expect.
      const engine = await model.engine("train");
      const numbers = Uint32Array.from({ length: rows.rows }, (_, row) => row);
      await this.#call(engine, { rows, numbers, batchSize: size });
      if (rows.rows === size) this.#largest = rows;
      position.stream = sum;
      await this.#listening?.told();
      if (this.#stopped) return;
    }
  }

  /** Trains on some batches in one go. */
  async #call(engine: Executable, { rows, numbers, batchSize, epochs = 1, validating }: Call): Promise<void> {
    const { model, position } = this;
    await this.#lastGood.putAside(engine, position);
    const each = rows.rows / epochs;
    const steps = Math.ceil(each / batchSize);
    const before = model.iterations;
    const parts = Array.from({ length: epochs }, (_, i) => sliceRows(rows, i * each, (i + 1) * each));
    const works = parts.map((part, i) => {
      const iteration = before + i * steps;
      const scalars = new Float32Array(STEP_SCALARS * steps);
      for (let step = 0; step < steps; step++) scalars.set(model.stepScalars(iteration + step), STEP_SCALARS * step);
      return {
        ...workOf(part),
        batchSize,
        scalars,
        iteration,
        totals: position.batch > 0 ? position.sums : undefined,
      };
    });
    const runs = works.flatMap((work): Run[] => [{ purpose: "train", work }, ...(validating ? [validating] : [])]);
    const start = performance.now();
    const outcomes = await this.#lastGood.run(engine, runs, this.options.signal);
    const lasted = performance.now() - start;
    if (outcomes.length < runs.length) this.#mostEpochs = Math.floor(epochs / 2);
    for (const [i, part] of parts.entries()) {
      const first = (i * runs.length) / epochs;
      const outcome = outcomes[first];
      if (!outcome) break;
      if (i > 0) {
        await this.#endEpoch();
        await this.#beginEpoch();
      }
      const own = numbers.subarray(i * each, (i + 1) * each);
      if (outcome.status === "notFinite") {
        const { callbacks } = this;
        const call = { rows: part, batchSize, outcome, before: this.#before };
        await this.#lastGood.fail({ position, numbers: own, callbacks, call });
      }
      const done = Math.min(each, outcome.batches * batchSize);
      this.#before = numbersOf(own, Math.max(0, outcome.batches - 1) * batchSize, done);
      this.counter.add(part, works[i], outcome);
      await this.#count(outcome, batchSize);
      if (validating) this.#validated = outcomes[first + 1];
    }
    if (model.iterations > before) this.#millisecondsPerBatch = lasted / (model.iterations - before);
  }

  async #count({ batches, totals, losses }: Outcome, batchSize: number): Promise<void> {
    const { position } = this;
    this.losses.add(losses, position.steps, batchSize);
    const { batch } = position;
    this.model.iterations += batches;
    position.sums = totals;
    position.batch += batches;
    position.steps += batches;
    await this.#listening?.endBatch(batch, losses[0]);
  }
}
