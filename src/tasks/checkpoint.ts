import { finiteNumber, GruvyError, refuseUnknown, type Store, shown, Tensor, wholeNumber } from "../base/index.ts";
import type { Callback, Standing, StateSource, Trainer, TrainingState } from "../model/index.ts";
import { decodeModelFile, encodeModelFile } from "../storage/index.ts";
import { ITERATIONS } from "./model-parts.ts";

/** How often a checkpoint is written: after so many epochs, batches, or seconds since the last one. */
export type Every = number | { readonly epochs: number } | { readonly batches: number } | { readonly seconds: number };

/** What `checkpoint` and `checkpointTo` can be told. */
export interface CheckpointOptions {
  /** A number counts epochs. Default 1. Whatever it is, one is written when training ends, also by a signal. */
  readonly every?: Every;
  /** The newest so many are kept. Default 2. */
  readonly keep?: number;
  /** Told when checkpoints had to be skipped. Default `console.warn`. */
  readonly warn?: (text: string) => void;
}

/** A callback that writes checkpoints, and from which `fit` can resume. */
export type Checkpoint = Callback & StateSource;

/** What keeps others from writing to the store meanwhile. */
export type Lock = () => Promise<{ release(): Promise<void> }>;

export const checkpointOptions = ["every", "keep", "warn"];

const NAME = /^checkpoint-(\d{6,15})\.gruvy$/;

/**
 * Writes all that a training needs to go on, again and again, into a store: for pages, and for whoever keeps files
 * elsewhere. In Node `checkpoint({ directory })` of `gruvy/node` does it to a folder, for one trainer at a time.
 *
 * @throws {GruvyError} `usage/option`; from `fit`: `training/checkpoints-exist` when there are checkpoints and `fit` is
 *   not to resume from them, `file/no-checkpoint` when it is, and none of them is whole.
 * @example
 * const saving = checkpointTo(memoryStore(), { every: { batches: 10 } });
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.compile({ loss: "meanSquaredError" });
 * const { epoch } = await model.fit([[1], [2]], [[2], [4]], { epochs: 3, callbacks: [saving], resumeFrom: saving });
 * epoch; // [0, 1, 2]
 */
export function checkpointTo(store: Store, options: CheckpointOptions = {}, lock?: Lock): Checkpoint {
  refuseUnknown(options, checkpointOptions, "checkpointTo");
  const { keep = 2, warn = console.warn } = options;
  const every = readEvery(options.every === undefined ? 1 : options.every);
  wholeNumber(keep, "keep");
  const damaged = new Set<string>();
  let held: { release(): Promise<void> } | undefined;
  /** The number of the checkpoint that was loaded, 0 where there was none; undefined when nobody asked. */
  let loaded: number | undefined;
  let last = 0;
  let writtenAt = 0;

  const names = async (): Promise<string[]> =>
    (await store.list()).filter((name) => NAME.test(name)).sort((a, b) => numberOf(a) - numberOf(b));

  const due = ({ epoch, batch, batches, steps, ending }: Standing): boolean => {
    if (ending) return true;
    if (batch === batches) return false; // the end of the epoch follows at once
    if (every.unit === "epochs") return batch === 0 && epoch % every.count === 0;
    if (every.unit === "batches") return steps % every.count === 0;
    return performance.now() - writtenAt >= 1000 * every.count;
  };

  const write = async ({ batch }: Standing, trainer: Trainer): Promise<void> => {
    // What a step in the middle of an epoch has spoilt, the next will find; at its end `fit` has looked. Until then the
    // checkpoints before are the ones to go back to.
    if (batch > 0 && !(await (await trainer.model.engine()).isFinite())) return;
    const bytes = encodeTraining(await trainer.getState());
    await store.write(`checkpoint-${String(++last).padStart(6, "0")}.gruvy`, bytes);
    const there = await names();
    const good = there.filter((name) => !damaged.has(name)).slice(-keep);
    for (const name of there) if (!good.includes(name)) await store.remove(name);
    damaged.clear();
    writtenAt = performance.now();
  };

  return {
    name: "checkpoint",
    everyBatches: every.unit === "batches" ? every.count : undefined,

    async load() {
      const skipped: string[] = [];
      damaged.clear();
      loaded = 0;
      const there = (await names()).reverse();
      for (const name of there) {
        const bytes = (await store.read(name)) ?? new Uint8Array(0);
        try {
          const state = decodeTraining(bytes, name);
          loaded = numberOf(there[0]);
          if (skipped.length > 0) warn(`${skippedText(skipped)} The training goes on from ${name}.`);
          return state;
        } catch (error) {
          if (!(error instanceof GruvyError) || error.kind !== "file" || error.code === "file/newer-version")
            throw error;
          damaged.add(name);
          skipped.push(error.message.split(". ")[0]); // without what one does with a file from elsewhere
        }
      }
      if (skipped.length === 0) return undefined;
      throw new GruvyError(
        "file/no-checkpoint",
        `Expected a whole checkpoint, found ${there.length} that cannot be used: ${skipped[0]}`,
        "Without one the training cannot go on: remove them, or choose another folder, to begin it anew.",
      );
    },

    async onTrainBegin({ resumed }) {
      held = await lock?.();
      try {
        const there = await names();
        last = there.length > 0 ? numberOf(there[there.length - 1]) : 0;
        if (loaded !== undefined && last !== loaded) throw meanwhile();
        // What was read is not what is gone on with when it was refused, or another state was given.
        if (last > 0 && !(resumed && loaded !== undefined)) throw checkpointsExist(there);
      } catch (error) {
        await held?.release();
        held = undefined;
        throw error;
      }
      writtenAt = performance.now();
    },

    async onStanding(standing, trainer) {
      if (due(standing)) await write(standing, trainer);
    },

    async onTrainEnd() {
      loaded = undefined;
      await held?.release();
      held = undefined;
    },
  };
}

function readEvery(every: Every): { readonly unit: "epochs" | "batches" | "seconds"; readonly count: number } {
  if (typeof every === "number") return { unit: "epochs", count: wholeNumber(every, "every") };
  const entries: [string, number][] = typeof every === "object" && every !== null ? Object.entries(every) : [];
  const [unit, count] = entries.length === 1 ? entries[0] : [];
  if (unit === "epochs" || unit === "batches") return { unit, count: wholeNumber(count, `every.${unit}`) };
  if (unit === "seconds") return { unit, count: finiteNumber(count, "every.seconds", { min: 0 }) };
  throw new GruvyError(
    "usage/option",
    `Expected every to be a number of epochs or one of { epochs }, { batches } and { seconds }, found ${shown(every)}`,
  );
}

const numberOf = (name: string): number => Number(NAME.exec(name)?.[1]);

function skippedText(skipped: readonly string[]): string {
  const count = skipped.length === 1 ? "A checkpoint was" : `${skipped.length} checkpoints were`;
  return `${count} skipped: ${skipped[0]}.`;
}

function checkpointsExist(names: readonly string[]): GruvyError {
  return new GruvyError(
    "training/checkpoints-exist",
    `Expected no checkpoints of another training, found ${names.length}, the last ${names[names.length - 1]}`,
    "Give fit this checkpoint as resumeFrom to go on with it, or choose another folder.",
  );
}

function meanwhile(): GruvyError {
  return new GruvyError(
    "training/checkpoints-exist",
    "Another training has written checkpoints here since they were read",
    "Start again to go on from there.",
  );
}

/** A checkpoint is a model file with more in it, so that its model can be loaded as any other. */
export function encodeTraining({ architecture, weights, optimizer, run, arrays }: TrainingState): Uint8Array {
  const iterations = new Tensor([], Int32Array.of(optimizer.iterations));
  return encodeModelFile({
    architecture,
    preprocessing: null,
    training: null,
    tensors: weights,
    optimizer: new Map(optimizer.tensors).set(ITERATIONS, iterations),
    checkpoint: { run, arrays },
  });
}

/** @throws {GruvyError} `file/...` for what is no whole checkpoint. */
export function decodeTraining(bytes: Uint8Array, source: string): TrainingState {
  const { architecture, tensors, optimizer = new Map(), checkpoint } = decodeModelFile(bytes, { source });
  const iterations = optimizer.get(ITERATIONS)?.data[0];
  if (!checkpoint || iterations === undefined) {
    throw new GruvyError(
      "file/no-checkpoint",
      `Expected the state of a training in ${source}, found a model alone`,
      "Start the training anew.",
    );
  }
  return {
    architecture: architecture as TrainingState["architecture"],
    weights: tensors,
    optimizer: { iterations, tensors: optimizer },
    run: checkpoint.run as TrainingState["run"],
    arrays: checkpoint.arrays,
  };
}
