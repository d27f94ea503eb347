import { finiteNumber, GruvyError, shown, Tensor, wholeNumber, wordOf } from "../base/index.ts";
import { type Callback, type CallbackState, nameOf } from "./callbacks/callback.ts";
import { checkedWeight } from "./checked-weight.ts";
import { CostCounter } from "./cost.ts";
import { type History, newHistory } from "./history.ts";
import type { Json, JsonObject } from "./layers/layer.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { OptimizerState } from "./state.ts";
import type { TrainingSettings } from "./training-settings.ts";

/**
 * All that a training is between two steps: from it the training goes on as if it had never been away. Random numbers
 * need no part of it, since they follow from the seed, the step and the epoch.
 */
export interface TrainingState {
  /** What `model.toConfig()` gave. */
  readonly architecture: JsonObject;
  /** By their paths. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly optimizer: OptimizerState;
  /** Plain JSON: settings, place, history and callbacks, as far as JSON can hold them. */
  readonly run: JsonObject;
  /** Sums, history, callbacks' arrays and the states of stateful layers, to the bit. */
  readonly arrays: ReadonlyMap<string, Tensor>;
}

/** Where a training can be gone on from, such as what `checkpoint` returns. */
export interface StateSource {
  /** The newest state; undefined when there is none yet, and the training starts from its beginning. */
  load(): Promise<TrainingState | undefined>;
}

/** Where a training stands. */
export interface Position {
  epoch: number;
  /** Batches of this epoch that are done. */
  batch: number;
  /** Batches since `fit` began. */
  steps: number;
  /** What the loss and the metrics of this epoch have counted so far. */
  sums: Float64Array;
  /** The learning rate with which this epoch began. */
  rate: number;
  /** Tells the batches of this epoch's stream from others. */
  stream: number;
  /** Why a callback ended the training. */
  stopped: string | undefined;
}

/** `settings`: undefined while a step is under way, or where nobody asks for states. */
export async function captureState(
  model: Model<unknown>,
  settings: TrainingSettings | undefined,
  position: Position,
  { history, counter, losses }: Pick<ReadState, "history" | "losses"> & { readonly counter: CostCounter },
  callbacks: readonly Callback[],
): Promise<TrainingState> {
  if (!settings) {
    throw new GruvyError(
      "usage/state",
      "A training's state is whole only between two steps",
      "Ask for it in a callback's onStanding.",
    );
  }
  const { sums, ...place } = position;
  const arrays = new Map<string, Tensor>();
  const keep = (name: string, data: Float64Array) => arrays.set(name, new Tensor([data.length], data));
  keep("sums", sums.slice());
  keep("cost", counter.counts.slice());
  keep("losses", Float64Array.of(losses.highest, losses.highestAt, ...losses.begun));
  for (const [name, values] of Object.entries(history.history)) keep(`history/${name}`, Float64Array.from(values));
  const states: Json[] = [];
  for (const callback of callbacks) {
    if (!callback.getState) continue;
    const { values = {}, tensors = new Map<string, Tensor>() } = await callback.getState();
    for (const [name, value] of tensors) arrays.set(`callbacks/${states.length}/${name}`, value);
    states.push({ name: nameOf(callback), values });
  }
  const engine = await model.engine();
  for (const state of engine.states) {
    arrays.set(`states/${state.path}`, new Tensor(state.shape, await engine.getWeight(state)));
  }
  const weights = await model.getWeights();
  return {
    architecture: model.toConfig(),
    weights: new Map(model.weightPaths.map((path, i) => [path, weights[i]])),
    optimizer: await model.getOptimizerState(),
    run: {
      settings,
      position: { ...place, stopped: place.stopped ?? null },
      constantRate: model.constantRate ?? null,
      history: { epoch: [...history.epoch], names: Object.keys(history.history) },
      callbacks: states,
    },
    arrays,
  };
}

/** What a state says about the run, checked: it may come from a file. */
export interface ReadState {
  readonly settings: JsonObject;
  readonly position: Position;
  readonly constantRate: number | undefined;
  readonly history: History;
  /** Those of the cost. */
  readonly counts: Float64Array;
  readonly losses: Pick<LossWatch, "begun" | "highest" | "highestAt">;
  readonly callbacks: readonly (CallbackState & { readonly name: string })[];
}

/** @throws {GruvyError} `training/state` for what no training gave. */
export function readState(state: TrainingState): ReadState {
  const { arrays } = state;
  const run = record(state.run, "the whole");
  const position = record(run.position, "the position");
  const whole = (name: string) => wholeNumber(position[name], `${name} of the position`, { min: 0, code });
  const written = record(run.history, "the history");
  const epoch = list(written.epoch, "the epochs").map((value) => wholeNumber(value, "an epoch", { min: 0, code }));
  const history: Record<string, number[]> = {};
  for (const name of list(written.names, "the names of the history").map(wordOf)) {
    Object.defineProperty(history, name, {
      value: Array.from(numbers(arrays, `history/${name}`)),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  const { stopped } = position;
  // States of earlier versions have none; then findings know the losses from here on.
  const watched = arrays.has("losses") ? numbers(arrays, "losses") : [];
  const [highest = Number.NEGATIVE_INFINITY, highestAt = 0, ...begun] = watched;
  return {
    losses: { highest, highestAt, begun },
    settings: record(run.settings, "the settings"),
    position: {
      epoch: whole("epoch"),
      batch: whole("batch"),
      steps: whole("steps"),
      stream: whole("stream"),
      sums: numbers(arrays, "sums"),
      rate: finiteNumber(position.rate, "rate of the position", { min: 0, code }),
      stopped: stopped === null ? undefined : wordOf(stopped),
    },
    constantRate:
      run.constantRate === null ? undefined : finiteNumber(run.constantRate, "the learning rate", { min: 0, code }),
    history: { ...newHistory(), epoch, history },
    counts: numbers(arrays, "cost").subarray(0, new CostCounter().counts.length),
    callbacks: list(run.callbacks, "the callbacks").map((value, index) => {
      const { name, values } = record(value, `callback ${index}`);
      const prefix = `callbacks/${index}/`;
      const own = [...arrays].filter(([key]) => key.startsWith(prefix));
      return {
        name: wordOf(name),
        values: record(values, `the values of callback ${index}`),
        tensors: new Map(own.map(([key, tensor]) => [key.slice(prefix.length), tensor])),
      };
    }),
  };
}

const code = "training/state";

function broken(what: string, expected: string, found: unknown): GruvyError {
  return new GruvyError(
    code,
    `Expected ${expected} for ${what} in a training's state, found ${shown(found)}`,
    "It was not written by this version of Gruvy, or was changed since; start the training anew.",
  );
}

function record(value: Json | undefined, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw broken(what, "an object", value);
}

function list(value: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw broken(what, "a list", value);
}

function numbers(arrays: ReadonlyMap<string, Tensor>, name: string): Float64Array {
  const data = arrays.get(name)?.data;
  if (data instanceof Float64Array) return data.slice();
  throw broken(shown(name), "float64 numbers", data);
}

/** What stateful layers had kept. */
async function restoreStates(model: Model<unknown>, arrays: TrainingState["arrays"]): Promise<void> {
  const engine = await model.engine();
  const values = engine.states.map((state) => {
    const found = arrays.get(`states/${state.path}`);
    if (!found) throw broken(`states/${state.path}`, "numbers", found);
    return checkedWeight(state, found).data;
  });
  engine.states.forEach((state, i) => {
    engine.setWeight(state, values[i]);
  });
}

/** Gives the model what it had; where the optimizer is meant to be another one, only what that one has too. */
export async function restoreModel(
  model: Model<unknown>,
  { weights, optimizer, arrays }: TrainingState,
  { constantRate }: ReadState,
  otherOptimizer: boolean,
): Promise<void> {
  const values = model.weightPaths.map((path) => {
    const found = weights.get(path);
    if (found) return found;
    throw new GruvyError(
      "model/weights",
      `Expected the weight "${path}" in the training's state, found none`,
      "Resume with the layers it was begun with, or start anew.",
    );
  });
  await model.setWeights(values);
  await restoreStates(model, arrays);
  if (!otherOptimizer) {
    await model.setOptimizerState(optimizer);
    model.constantRate = constantRate;
    return;
  }
  const { tensors } = await model.getOptimizerState();
  if ([...tensors.keys()].every((name) => optimizer.tensors.has(name))) await model.setOptimizerState(optimizer);
  else model.iterations = optimizer.iterations;
}
