import { key, stream } from "../../base/index.ts";
import {
  arrange,
  BLOCK_ENTRY,
  control,
  frame,
  type Output,
  type Program,
  type Training,
  UPDATE_BYTES,
  type WeightLayout,
} from "../graph/index.ts";
import { STEP_SCALARS } from "../kernels/index.ts";
import type { Memory } from "./memory.ts";
import { dealBatch, type Purpose, type Run, type Work } from "./work.ts";

const line = (bytes: number): number => Math.ceil(bytes / 64) * 64;
const noUnitsDealt = new Int32Array((control.end - control.dealers) / 4);

/** Hands out addresses, a cache line apart. */
class Stretch {
  at: number;
  constructor(start: number) {
    this.at = line(start);
  }
  take(bytes: number): number {
    const address = this.at;
    this.at += line(bytes);
    return address;
  }
}

/** Where the frames, tables and buffers of calls of one shape lie. */
interface Frames {
  readonly program: Program;
  readonly batchSize: number;
  readonly steps: readonly number[];
  /** The first byte. */
  readonly start: number;
  readonly slices: number;
  readonly seeds: number;
  readonly blocks: Int32Array;
  readonly table: number;
  readonly factors: number;
  readonly squares: number;
  readonly frames: number;
  readonly frameBytes: number;
  readonly cells: number;
  readonly gradients: number;
  readonly arena: number;
  /** Bytes of one slice's buffers, and where each lies within them. */
  readonly arenaBytes: number;
  readonly offsets: readonly number[];
  readonly shared: readonly number[];
  readonly sharedTable: number;
  readonly inOrder: number;
  /** The first byte behind. */
  readonly after: number;
}

/** What a call brings, in bytes. */
export interface Burden {
  readonly rows: number;
  readonly batchSize: number;
  readonly steps: readonly number[];
  readonly inputBytes: readonly number[];
  /** For each output. */
  readonly targetBytes: readonly number[];
  /** Of the weights of rows or steps, for each output; undefined without them. */
  readonly weightBytes?: readonly number[];
}

export const burdenOf = (work: Work): Burden => ({
  rows: work.rows,
  batchSize: work.batchSize,
  steps: work.steps,
  inputBytes: work.inputs.map((input) => input.byteLength),
  targetBytes: work.targets?.map((target) => target?.byteLength ?? 0) ?? [],
  weightBytes: work.weights?.map((weights) => weights?.byteLength ?? 0),
});

/** Bytes of the data that a call brings. */
export const stagedBytes = ({ inputBytes, targetBytes, weightBytes = [] }: Burden): number =>
  [...inputBytes, ...targetBytes, ...weightBytes].reduce((sum, bytes) => sum + bytes, 0);

/** A program that a call runs, and on what. */
export interface Bound extends Run {
  readonly program: Program;
}

/** Where the results of a run will lie, and its words if it follows another in its call. */
export interface Places {
  readonly batches: number;
  readonly outputs: readonly { readonly address: number; readonly bytes: number }[];
  readonly losses: number;
  readonly totals: number;
  readonly words: number;
}

type StagedPlaces = ReturnType<Binding["layStaged"]>;

/** Lays out a model's memory behind its weights, for one call after another. */
export class Binding {
  readonly #memory: Memory;
  readonly #layout: WeightLayout;
  readonly #training: Training | undefined;
  readonly #outputs: readonly Output[];
  /** What the memory holds of the call before. */
  #current: readonly Frames[] = [];
  #changed = true;

  constructor(options: {
    memory: Memory;
    layout: WeightLayout;
    training: Training | undefined;
    outputs: readonly Output[];
  }) {
    this.#memory = options.memory;
    this.#layout = options.layout;
    this.#training = options.training;
    this.#outputs = options.outputs;
  }

  /** Weights are no longer those of the call before. */
  forget(): void {
    this.#changed = true;
  }

  /** The memory may be another one, or in disorder. */
  restart(): void {
    this.#current = [];
    this.forget();
  }

  /** Bytes that a call takes, weights and all. */
  need(purpose: Purpose, program: Program, burden: Burden): number {
    const frames = this.#layFrames(purpose, program, burden, this.#layout.end);
    return this.layStaged(frames, purpose, burden, frames.after).end;
  }

  /** The same of several runs in one call. */
  needOf(runs: readonly Bound[]): number {
    return this.#lay(runs).end;
  }

  /** The frames of all runs, each once, and behind them what each brings. */
  #lay(runs: readonly Bound[]) {
    const frames: Frames[] = [];
    const places = runs.map(({ purpose, program, work }) => {
      const fits = (one: Frames | undefined): one is Frames =>
        one?.program === program && one.batchSize === work.batchSize && one.steps.join() === work.steps.join();
      const known = frames.find(fits);
      if (known) return known;
      const start = frames.at(-1)?.after ?? this.#layout.end;
      const before = this.#current[frames.length];
      const fixed = fits(before) && before.start === start ? before : this.#layFrames(purpose, program, work, start);
      frames.push(fixed);
      return fixed;
    });
    let end = frames[frames.length - 1].after;
    const staged = runs.map(({ purpose, work }, i) => {
      const one = this.layStaged(places[i], purpose, burdenOf(work), end);
      end = one.end;
      return one;
    });
    return { frames, places, staged, end };
  }

  /** Lays everything out that the runs of a call need and writes the words by which their programs find it. */
  bind(runs: readonly Bound[]): Places[] {
    const { frames, places, staged, end } = this.#lay(runs);
    this.#memory.reserve(end);
    const old = this.#current;
    for (const fixed of frames) if (!old.includes(fixed)) this.#writeFrames(fixed);
    this.#current = frames;
    // The barriers, and what the caller can say midway.
    this.#memory.write(control.poison, new Int32Array(control.batchSize / 4));
    runs.forEach((run, i) => {
      this.#writeData(run, staged[i]);
      const words = this.#wordsOf(run, places[i], staged[i]);
      words[(control.unchanged - control.batchSize) / 4] = old.includes(places[i]) && !this.#changed ? 1 : 0;
      this.#memory.write(i === 0 ? control.batchSize : staged[i].words, words);
      this.#changed = run.purpose === "train";
    });
    // A team that broke off in the middle of a phase has left its dealer where it was.
    this.#memory.write(control.dealers, noUnitsDealt);
    return staged;
  }

  #writeData({ program, work }: Bound, staged: StagedPlaces): void {
    const put = (addresses: readonly number[], arrays: readonly (Float32Array | Int32Array | undefined)[] = []) =>
      arrays.forEach((data, i) => {
        if (data) this.#memory.write(addresses[i], data);
      });
    put(staged.inputs, work.inputs);
    put(staged.targets, work.targets);
    put(staged.weights, work.weights);
    put([staged.scalars], [work.scalars]);
    const totals = new Float64Array(program.cells);
    totals.set(work.totals ?? []);
    this.#memory.write(staged.totals, totals);
  }

  /** The words of a run. */
  #wordsOf({ purpose, program, work }: Bound, fixed: Frames, staged: StagedPlaces): Int32Array {
    const words = new Int32Array((control.runEnd - control.batchSize) / 4);
    const set = (address: number, value: number) => {
      words[(address - control.batchSize) / 4] = value;
    };
    const list = (address: number, values: readonly number[]) => {
      values.forEach((value, i) => {
        set(address + 4 * i, value);
      });
    };
    set(control.batchSize, work.batchSize);
    set(control.sliceRows, dealBatch(work.batchSize, purpose).sliceRows);
    set(control.slices, fixed.slices);
    set(control.rows, work.rows);
    set(control.iteration, work.iteration ?? 0);
    set(control.frames, fixed.frames);
    set(control.frameBytes, fixed.frameBytes);
    list(control.inputs, staged.inputs);
    list(control.targets, staged.targets);
    list(control.rowWeights, staged.weights);
    list(
      control.outputs,
      staged.outputs.map(({ address }) => address),
    );
    set(control.stepScalars, staged.scalars);
    set(control.stepLosses, staged.losses);
    set(control.sliceGradients, fixed.gradients);
    set(control.sliceGradientBytes, this.#layout.slicedBytes);
    set(control.cells, fixed.cells);
    set(control.cellBytes, line(8 * program.cells));
    set(control.totals, staged.totals);
    const { seeds, table, blocks, factors, squares, sharedTable, inOrder } = fixed;
    list(control.seeds, [seeds, table, (blocks.length * 4) / BLOCK_ENTRY, factors, squares, sharedTable, inOrder]);
    return words;
  }

  /** Where the call's own data and results lie, behind the frames. */
  private layStaged(frames: Frames, purpose: Purpose, burden: Burden, start: number) {
    const stretch = new Stretch(start);
    const take = (bytes: number) => stretch.take(bytes);
    const batches = Math.ceil(burden.rows / burden.batchSize);
    const inputs = burden.inputBytes.map(take);
    const targets = burden.targetBytes.map(take);
    const weights = (burden.weightBytes ?? []).map(take);
    const outputs = (purpose === "predict" ? this.#outputs : []).map(({ value: { features, axis } }) => {
      const bytes = 4 * features * (axis ? axis.steps(burden.steps) : 1) * burden.rows;
      return { address: take(bytes), bytes };
    });
    const scalars = take(4 * STEP_SCALARS * batches);
    const losses = take(8 * batches);
    const totals = take(8 * frames.program.cells);
    const words = take(control.runEnd - control.batchSize);
    return { batches, inputs, targets, weights, outputs, scalars, losses, totals, words, end: stretch.at };
  }

  #layFrames(
    purpose: Purpose,
    program: Program,
    { batchSize, steps }: Pick<Burden, "batchSize" | "steps">,
    start: number,
  ): Frames {
    const { slices, sliceRows } = dealBatch(batchSize, purpose);
    const { offsets, bytes: arenaBytes } = arrange(program.buffers, sliceRows, steps);
    const stretch = new Stretch(start);
    const take = (size: number) => stretch.take(size);
    const training = purpose === "train";
    const blocks = training ? this.#blockTable() : new Int32Array(0);
    const frameBytes = frame.buffers + 4 * program.buffers.length + 64;
    return {
      program,
      batchSize,
      steps,
      start,
      slices,
      blocks,
      frameBytes,
      arenaBytes,
      offsets,
      seeds: take(8 * program.sources.length),
      table: take(blocks.byteLength),
      factors: take(4 * (this.#layout.weights.length + 1)),
      squares: take((8 * blocks.length * 4) / BLOCK_ENTRY),
      frames: take(frameBytes * slices),
      cells: take(line(8 * program.cells) * slices),
      gradients: take(training ? this.#layout.slicedBytes * slices : 0),
      arena: take(arenaBytes * slices),
      shared: program.batchBuffers.map(({ fixed = 0, place = 0, most = Number.POSITIVE_INFINITY, axis }) =>
        take(fixed + place * Math.min(most, batchSize * (axis ? axis.steps(steps) : 1))),
      ),
      sharedTable: take(4 * program.batchBuffers.length),
      inOrder: take(4 * batchSize),
      after: stretch.at,
    };
  }

  /** The frames of the slices and the tables: the same for every call of a shape. */
  #writeFrames(frames: Frames): void {
    const { program, batchSize, steps, slices, frameBytes, table, blocks, seeds, sharedTable, inOrder } = frames;
    const { cells, gradients } = frames;
    this.#memory.write(sharedTable, Int32Array.from(frames.shared));
    this.#memory.write(
      inOrder,
      Int32Array.from({ length: batchSize }, (_, row) => row),
    );
    const words = new Int32Array((frameBytes * slices) / 4);
    for (let slice = 0; slice < slices; slice++) {
      const first = (slice * frameBytes) / 4;
      words[first + frame.gradients / 4] = gradients + slice * this.#layout.slicedBytes;
      words[first + frame.cells / 4] = cells + slice * line(8 * program.cells);
      program.axes.forEach((axis, word) => {
        words[first + frame.steps / 4 + word] = axis.steps(steps);
      });
      for (const { slot } of program.buffers) {
        words[first + frame.buffers / 4 + slot] = frames.arena + slice * frames.arenaBytes + frames.offsets[slot];
      }
    }
    this.#memory.write(frames.frames, words);
    this.#memory.write(table, blocks);
    const keys = program.sources.flatMap(({ seed }) => {
      const { inner, low } = key(seed, stream.dropout);
      return [inner | 0, low | 0];
    });
    this.#memory.write(seeds, Int32Array.from(keys));
  }

  /** Blocks of the trained run: [offset, bytes, weight]; within one weight where norms are taken. */
  #blockTable(): Int32Array {
    const trained = this.#layout.weights.filter((weight) => weight.trainable);
    const byWeight = this.#training?.clipping !== undefined && this.#training.clipping.kind !== "value";
    const runs = byWeight
      ? trained.map((weight, index) => ({ from: this.#layout.offset(weight), bytes: 4 * weight.size, index }))
      : [{ from: 0, bytes: this.#layout.trainedBytes, index: 0 }];
    const entries: number[] = [];
    for (const { from, bytes, index } of runs) {
      for (let at = 0; at < bytes; at += UPDATE_BYTES)
        entries.push(from + at, Math.min(UPDATE_BYTES, bytes - at), index);
    }
    return Int32Array.from(entries);
  }
}
