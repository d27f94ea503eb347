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
import { dealBatch, type Purpose, type Work } from "./work.ts";

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
  readonly steps: string;
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

/** Where a call's results will lie. */
export interface Places {
  readonly batches: number;
  readonly outputs: readonly { readonly address: number; readonly bytes: number }[];
  readonly losses: number;
  readonly totals: number;
  readonly cells: number;
}

/** Lays out a model's memory behind its weights, for one call after another. */
export class Binding {
  private readonly memory: Memory;
  private readonly layout: WeightLayout;
  private readonly training: Training | undefined;
  private readonly outputs: readonly Output[];
  private current: Frames | undefined;
  private changed = true;

  constructor(options: {
    memory: Memory;
    layout: WeightLayout;
    training: Training | undefined;
    outputs: readonly Output[];
  }) {
    this.memory = options.memory;
    this.layout = options.layout;
    this.training = options.training;
    this.outputs = options.outputs;
  }

  /** Weights are no longer those of the call before. */
  forget(): void {
    this.changed = true;
  }

  /** The memory may be another one, or in disorder. */
  restart(): void {
    this.current = undefined;
    this.forget();
  }

  /** Bytes that a call takes, weights and all. */
  need(purpose: Purpose, program: Program, burden: Burden): number {
    return this.layStaged(this.layFrames(purpose, program, burden), purpose, burden).end;
  }

  /** Lays everything out that this call needs and writes the words by which the program finds it. */
  bind(purpose: Purpose, program: Program, work: Work): Places {
    const { current } = this;
    const known =
      current?.program === program && current.batchSize === work.batchSize && current.steps === work.steps.join();
    const fixed = known ? current : this.layFrames(purpose, program, work);
    const staged = this.layStaged(fixed, purpose, burdenOf(work));
    this.memory.reserve(staged.end);
    if (!known) this.writeFrames(fixed, work);
    this.current = fixed;
    work.inputs.forEach((input, i) => {
      this.memory.write(staged.inputs[i], input);
    });
    work.targets?.forEach((target, i) => {
      if (target) this.memory.write(staged.targets[i], target);
    });
    work.weights?.forEach((weights, i) => {
      if (weights) this.memory.write(staged.weights[i], weights);
    });
    if (work.scalars) this.memory.write(staged.scalars, work.scalars);
    const totals = new Float64Array(program.cells);
    totals.set(work.totals ?? []);
    this.memory.write(staged.totals, totals);
    const words = new Int32Array((control.seeds - control.poison) / 4);
    const set = (address: number, value: number) => {
      words[address / 4] = value;
    };
    set(control.batchSize, work.batchSize);
    set(control.sliceRows, dealBatch(work.batchSize, purpose).sliceRows);
    set(control.slices, fixed.slices);
    set(control.rows, work.rows);
    set(control.iteration, work.iteration ?? 0);
    set(control.frames, fixed.frames);
    set(control.frameBytes, fixed.frameBytes);
    staged.inputs.forEach((address, i) => {
      set(control.inputs + 4 * i, address);
    });
    staged.targets.forEach((address, i) => {
      set(control.targets + 4 * i, address);
    });
    staged.weights.forEach((address, i) => {
      set(control.rowWeights + 4 * i, address);
    });
    staged.outputs.forEach(({ address }, i) => {
      set(control.outputs + 4 * i, address);
    });
    set(control.stepScalars, staged.scalars);
    set(control.stepLosses, staged.losses);
    set(control.sliceGradients, fixed.gradients);
    set(control.sliceGradientBytes, this.layout.slicedBytes);
    set(control.cells, fixed.cells);
    set(control.cellBytes, line(8 * program.cells));
    set(control.totals, staged.totals);
    this.memory.write(0, words);
    this.memory.write(control.unchanged, Int32Array.of(known && !this.changed ? 1 : 0));
    this.changed = purpose === "train";
    // A team that broke off in the middle of a phase has left its dealer where it was.
    this.memory.write(control.dealers, noUnitsDealt);
    return { ...staged, cells: program.cells };
  }

  /** Where the call's own data and results lie, behind the frames. */
  private layStaged(frames: Frames, purpose: Purpose, burden: Burden) {
    const stretch = new Stretch(frames.after);
    const take = (bytes: number) => stretch.take(bytes);
    const batches = Math.ceil(burden.rows / burden.batchSize);
    const inputs = burden.inputBytes.map(take);
    const targets = burden.targetBytes.map(take);
    const weights = (burden.weightBytes ?? []).map(take);
    const outputs = (purpose === "predict" ? this.outputs : []).map(({ value: { features, axis } }) => {
      const bytes = 4 * features * (axis ? axis.steps(burden.steps) : 1) * burden.rows;
      return { address: take(bytes), bytes };
    });
    const scalars = take(4 * STEP_SCALARS * batches);
    const losses = take(8 * batches);
    const totals = take(8 * frames.program.cells);
    return { batches, inputs, targets, weights, outputs, scalars, losses, totals, end: stretch.at };
  }

  private layFrames(purpose: Purpose, program: Program, shape: Pick<Burden, "batchSize" | "steps">): Frames {
    const { batchSize, steps } = shape;
    const { slices, sliceRows } = dealBatch(batchSize, purpose);
    const { offsets, bytes: arenaBytes } = arrange(program.buffers, sliceRows, steps);
    const stretch = new Stretch(this.layout.end);
    const take = (size: number) => stretch.take(size);
    const training = purpose === "train";
    const blocks = training ? this.blockTable() : new Int32Array(0);
    const frameBytes = frame.buffers + 4 * program.buffers.length + 64;
    return {
      program,
      batchSize,
      steps: steps.join(),
      slices,
      blocks,
      frameBytes,
      arenaBytes,
      offsets,
      seeds: take(8 * program.sources.length),
      table: take(blocks.byteLength),
      factors: take(4 * (this.layout.weights.length + 1)),
      squares: take((8 * blocks.length * 4) / BLOCK_ENTRY),
      frames: take(frameBytes * slices),
      cells: take(line(8 * program.cells) * slices),
      gradients: take(training ? this.layout.slicedBytes * slices : 0),
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
  private writeFrames(frames: Frames, { batchSize, steps }: Pick<Work, "batchSize" | "steps">): void {
    const { program, slices, frameBytes, table, blocks, seeds, sharedTable, inOrder, cells, gradients } = frames;
    this.memory.write(sharedTable, Int32Array.from(frames.shared));
    this.memory.write(
      inOrder,
      Int32Array.from({ length: batchSize }, (_, row) => row),
    );
    const words = new Int32Array((frameBytes * slices) / 4);
    for (let slice = 0; slice < slices; slice++) {
      const first = (slice * frameBytes) / 4;
      words[first + frame.gradients / 4] = gradients + slice * this.layout.slicedBytes;
      words[first + frame.cells / 4] = cells + slice * line(8 * program.cells);
      program.axes.forEach((axis, word) => {
        words[first + frame.steps / 4 + word] = axis.steps(steps);
      });
      for (const { slot } of program.buffers) {
        words[first + frame.buffers / 4 + slot] = frames.arena + slice * frames.arenaBytes + frames.offsets[slot];
      }
    }
    this.memory.write(frames.frames, words);
    this.memory.write(table, blocks);
    const keys = program.sources.flatMap(({ seed }) => {
      const { inner, low } = key(seed, stream.dropout);
      return [inner | 0, low | 0];
    });
    this.memory.write(seeds, Int32Array.from(keys));
    const count = (blocks.length * 4) / BLOCK_ENTRY;
    const addresses = [seeds, table, count, frames.factors, frames.squares, sharedTable, inOrder];
    this.memory.write(control.seeds, Int32Array.from(addresses));
  }

  /** Blocks of the trained run: [offset, bytes, weight]; within one weight where norms are taken. */
  private blockTable(): Int32Array {
    const trained = this.layout.weights.filter((weight) => weight.trainable);
    const byWeight = this.training?.clipping !== undefined && this.training.clipping.kind !== "value";
    const runs = byWeight
      ? trained.map((weight, index) => ({ from: this.layout.offset(weight), bytes: 4 * weight.size, index }))
      : [{ from: 0, bytes: this.layout.trainedBytes, index: 0 }];
    const entries: number[] = [];
    for (const { from, bytes, index } of runs) {
      for (let at = 0; at < bytes; at += UPDATE_BYTES)
        entries.push(from + at, Math.min(UPDATE_BYTES, bytes - at), index);
    }
    return Int32Array.from(entries);
  }
}
