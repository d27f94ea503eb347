import { key, stream } from "../../base/index.ts";
import {
  arrange,
  BLOCK_ENTRY,
  control,
  frame,
  type Program,
  type Training,
  UPDATE_BYTES,
  type Value,
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

/** What stays where it is for calls of one shape. */
interface Frames {
  readonly purpose: Purpose;
  readonly batchSize: number;
  readonly steps: string;
  readonly frames: number;
  readonly cells: number;
  readonly gradients: number;
  /** The first byte behind. */
  readonly after: number;
}

/** Where a call's results will lie. */
export interface Places {
  readonly batches: number;
  readonly outputs: number;
  readonly outputBytes: number;
  readonly losses: number;
  readonly totals: number;
  readonly cells: number;
}

/** Lays out a model's memory behind its weights, for one call after another. */
export class Binding {
  private readonly memory: Memory;
  private readonly layout: WeightLayout;
  private readonly training: Training | undefined;
  private readonly output: Value;
  private current: Frames | undefined;

  constructor(options: { memory: Memory; layout: WeightLayout; training: Training | undefined; output: Value }) {
    this.memory = options.memory;
    this.layout = options.layout;
    this.training = options.training;
    this.output = options.output;
  }

  /** Lays everything out that this call needs and writes the words by which the program finds it. */
  bind(purpose: Purpose, program: Program, work: Work): Places {
    const { slices, sliceRows } = dealBatch(work.batchSize, purpose);
    const steps = work.steps.join();
    const { current } = this;
    const known = current?.purpose === purpose && current.batchSize === work.batchSize && current.steps === steps;
    const fixed = known ? current : this.layFrames(purpose, program, work, slices, sliceRows);
    this.current = fixed;
    const stretch = new Stretch(fixed.after);
    const take = (bytes: number) => stretch.take(bytes);
    const batches = Math.ceil(work.rows / work.batchSize);
    const outputRow = this.output.features * (this.output.axis ? work.steps[this.output.axis.index] : 1);
    const inputs = work.inputs.map((input) => take(input.byteLength));
    const targets = take(work.targets?.byteLength ?? 0);
    const outputBytes = purpose === "predict" ? 4 * outputRow * work.rows : 0;
    const outputs = take(outputBytes);
    const scalars = take(4 * STEP_SCALARS * batches);
    const losses = take(8 * batches);
    const totals = take(8 * program.cells);
    this.memory.reserve(stretch.at);
    work.inputs.forEach((input, i) => {
      this.memory.write(inputs[i], input);
    });
    if (work.targets) this.memory.write(targets, work.targets);
    if (work.scalars) this.memory.write(scalars, work.scalars);
    this.memory.write(totals, new Float64Array(program.cells));
    const words = new Int32Array((control.seeds - control.poison) / 4);
    const set = (address: number, value: number) => {
      words[address / 4] = value;
    };
    set(control.batchSize, work.batchSize);
    set(control.sliceRows, sliceRows);
    set(control.slices, slices);
    set(control.rows, work.rows);
    set(control.iteration, work.iteration ?? 0);
    set(control.frames, fixed.frames);
    set(control.frameBytes, frame.buffers + 4 * program.buffers.length + 64);
    inputs.forEach((address, i) => {
      set(control.inputs + 4 * i, address);
    });
    set(control.targets, targets);
    set(control.outputs, outputs);
    set(control.stepScalars, scalars);
    set(control.stepLosses, losses);
    set(control.sliceGradients, fixed.gradients);
    set(control.sliceGradientBytes, this.layout.slicedBytes);
    set(control.cells, fixed.cells);
    set(control.cellBytes, line(8 * program.cells));
    set(control.totals, totals);
    this.memory.write(0, words);
    // A team that broke off in the middle of a phase has left its dealer where it was.
    this.memory.write(control.dealers, noUnitsDealt);
    return { batches, outputs, outputBytes, losses, totals, cells: program.cells };
  }

  /** The frames and buffers of the slices, and the tables of seeds and blocks: the same for every call of a shape. */
  private layFrames(purpose: Purpose, program: Program, work: Work, slices: number, sliceRows: number): Frames {
    const { offsets, bytes } = arrange(program.buffers, sliceRows, work.steps);
    const stretch = new Stretch(this.layout.end);
    const take = (size: number) => stretch.take(size);
    const training = purpose === "train";
    const blocks = training ? this.blockTable() : new Int32Array(0);
    const count = blocks.length / (BLOCK_ENTRY / 4);
    const seeds = take(8 * program.sources.length);
    const table = take(blocks.byteLength);
    const factors = take(4 * (this.layout.weights.length + 1));
    const squares = take(8 * count);
    const frameBytes = frame.buffers + 4 * program.buffers.length + 64;
    const frames = take(frameBytes * slices);
    const cells = take(line(8 * program.cells) * slices);
    const gradients = take(training ? this.layout.slicedBytes * slices : 0);
    const arena = take(bytes * slices);
    const shared = program.batchBuffers.map(({ fixed = 0, place = 0, most = Number.POSITIVE_INFINITY, axis }) =>
      take(fixed + place * Math.min(most, work.batchSize * (axis ? work.steps[axis.index] : 1))),
    );
    const sharedTable = take(4 * shared.length);
    const inOrder = take(4 * work.batchSize);
    this.memory.reserve(stretch.at);
    this.memory.write(sharedTable, Int32Array.from(shared));
    this.memory.write(
      inOrder,
      Int32Array.from({ length: work.batchSize }, (_, row) => row),
    );
    const words = new Int32Array((frameBytes * slices) / 4);
    for (let slice = 0; slice < slices; slice++) {
      const first = (slice * frameBytes) / 4;
      words[first + frame.gradients / 4] = gradients + slice * this.layout.slicedBytes;
      words[first + frame.cells / 4] = cells + slice * line(8 * program.cells);
      work.steps.forEach((steps, axis) => {
        words[first + frame.steps / 4 + axis] = steps;
      });
      for (const { slot } of program.buffers) {
        words[first + frame.buffers / 4 + slot] = arena + slice * bytes + offsets[slot];
      }
    }
    this.memory.write(frames, words);
    this.memory.write(table, blocks);
    const keys = program.sources.flatMap(({ seed }) => {
      const { inner, low } = key(seed, stream.dropout);
      return [inner | 0, low | 0];
    });
    this.memory.write(seeds, Int32Array.from(keys));
    this.memory.write(control.seeds, Int32Array.of(seeds, table, count, factors, squares, sharedTable, inOrder));
    return {
      purpose,
      batchSize: work.batchSize,
      steps: work.steps.join(),
      frames,
      cells,
      gradients,
      after: stretch.at,
    };
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
