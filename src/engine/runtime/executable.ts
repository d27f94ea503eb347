import { GruvyError, key, stream } from "../../base/index.ts";
import {
  arrange,
  BLOCK_ENTRY,
  cellCount,
  control,
  frame,
  layoutWeights,
  type Objective,
  opsOf,
  type Program,
  status,
  type Training,
  UPDATE_BYTES,
  type Value,
  type Weight,
  type WeightLayout,
  writeProgram,
} from "../graph/index.ts";
import { STEP_SCALARS, slots } from "../kernels/index.ts";
import { features, type Target } from "../wasm/index.ts";
import { usesWide } from "./experimental.ts";
import { type Memory, newMemory } from "./memory.ts";
import { currentTeam, type Team } from "./team.ts";

export type Purpose = "train" | "evaluate" | "predict";
export type Staged = Float32Array | Int32Array;

/** Rows handed to a program in one call, as whole batches and at the end perhaps a short one. */
export interface Work {
  readonly rows: number;
  readonly batchSize: number;
  /** Steps of each time axis. */
  readonly steps: readonly number[];
  /** [row][step][feature] for each input. */
  readonly inputs: readonly Staged[];
  readonly targets?: Staged;
  /** For each batch the optimizer's [rate, decay]. */
  readonly scalars?: Float32Array;
  /** Optimizer steps taken before. */
  readonly iteration?: number;
}

export interface Outcome {
  readonly status: "done" | "notFinite" | "stopped";
  /** Batches done; with `notFinite` the index of the batch whose loss was not finite. */
  readonly batches: number;
  /** The mean loss of each batch. */
  readonly losses: Float64Array;
  /** Sum of losses times rows, rows, then the metrics' cells, over the batches done. */
  readonly totals: Float64Array;
  /** [row][step][feature], for `predict`. */
  readonly outputs?: Float32Array;
}

interface Loaded {
  readonly program: Program;
  readonly module: WebAssembly.Module;
  readonly id: number;
  readonly told: WeakSet<Team>;
}

const line = (bytes: number): number => Math.ceil(bytes / 64) * 64;
/** Rows of a slice that fill the tiles of the products well. */
const SLICE_ROWS = 16;
const MOST_SLICES = { train: 8, evaluate: 64, predict: 64 } as const;
const noUnitsDealt = new Int32Array((control.end - control.dealers) / 4);
let nextProgram = 0;

/** How a batch is dealt: by its size alone, never by the number of threads, so that sums do not depend on it. */
export function dealBatch(batchSize: number, purpose: Purpose): { slices: number; sliceRows: number } {
  const wanted = Math.min(MOST_SLICES[purpose], Math.ceil(batchSize / SLICE_ROWS));
  const even = Math.ceil(batchSize / wanted);
  const sliceRows = even <= 4 ? even : Math.ceil(even / 4) * 4;
  return { slices: Math.ceil(batchSize / sliceRows), sliceRows };
}

/** A model's graph with its weights in memory, and its programs, compiled when first needed. */
export class Executable {
  readonly output: Value;
  readonly weights: readonly Weight[];
  readonly objective: Objective | undefined;
  readonly training: Training | undefined;
  private readonly target: Target;
  private readonly layout: WeightLayout;
  private memory: Memory;
  private team: Team;
  private last: Promise<unknown> = Promise.resolve();
  private disposed = false;
  private readonly programs = new Map<Purpose, Promise<Loaded>>();
  private current: { purpose: Purpose; batchSize: number; steps: string; frames: number; after: number } | undefined;

  constructor(options: { output: Value; objective?: Objective; training?: Training; exact?: boolean }) {
    this.output = options.output;
    this.objective = options.objective;
    this.training = options.training;
    if (!features().simd) {
      throw new GruvyError(
        "engine/simd",
        "This JavaScript engine has no WebAssembly SIMD",
        "Use Node 20.19 or a current browser.",
      );
    }
    this.target = { fma: features().fma && !options.exact, wide: usesWide() };
    this.weights = opsOf(this.output).flatMap((op) => op.weights);
    this.layout = layoutWeights(this.weights, this.training ? slots(this.training.rule).length : 0);
    this.team = currentTeam();
    this.memory = newMemory(this.team);
    this.memory.reserve(this.layout.end);
    this.memory.write(0, new Uint8Array(this.layout.end));
  }

  /** Sets a weight from the user's order. */
  setWeight(weight: Weight, data: ArrayLike<number>): void {
    const packed = new Float32Array(weight.size);
    weight.places.forEach((place, i) => {
      packed[place] = data[i];
    });
    this.write(this.layout.address(weight), packed);
    if (weight.transposed) this.writeTranspose(weight, packed);
  }

  private writeTranspose(weight: Weight, packed: Float32Array): void {
    const { rows, columns, size } = weight.transposed!;
    const turned = new Float32Array(size);
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) {
        const from = Math.floor(column / 8) * rows * 8 + row * 8 + (column % 8);
        turned[Math.floor(row / 8) * columns * 8 + column * 8 + (row % 8)] = packed[from];
      }
    }
    this.write(this.layout.transposed(weight), turned);
  }

  getWeight(weight: Weight): Promise<Float32Array> {
    return this.unpack(weight, this.layout.address(weight));
  }

  /** An array of the optimizer, in the user's order of its weight. */
  getSlot(weight: Weight, slot: number): Promise<Float32Array> {
    return this.unpack(weight, this.slotAddress(weight, slot));
  }

  setSlot(weight: Weight, slot: number, data: ArrayLike<number>): void {
    const packed = new Float32Array(weight.size);
    weight.places.forEach((place, i) => {
      packed[place] = data[i];
    });
    this.write(this.slotAddress(weight, slot), packed);
  }

  private slotAddress(weight: Weight, slot: number): number {
    return this.layout.slots + slot * this.layout.trainedBytes + this.layout.offset(weight);
  }

  private async unpack(weight: Weight, address: number): Promise<Float32Array> {
    const bytes = await this.exclusive(() => this.memory.read(address, 4 * weight.size));
    const packed = new Float32Array(bytes.buffer, bytes.byteOffset, weight.size);
    return Float32Array.from(weight.places, (place) => packed[place]);
  }

  /**
   * Everything that training changes, as one array of bytes: to keep a good state and return to it. `into`: an earlier
   * snapshot that may be overwritten.
   */
  snapshot(into?: Uint8Array): Promise<Uint8Array> {
    return this.exclusive(() => this.memory.read(control.end, this.layout.end - control.end, into));
  }

  restore(bytes: Uint8Array): void {
    this.write(control.end, bytes);
  }

  /** Takes effect after what was asked for before; whoever asks afterwards meets it, or why it could not be. */
  private write(address: number, data: Float32Array | Uint8Array): void {
    this.exclusive(async () => this.memory.write(address, data)).catch(() => {});
  }

  /** One user of the memory at a time: runs, reads and writes wait for each other. */
  private exclusive<T>(use: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      if (!this.disposed) return use();
      throw new GruvyError("model/disposed", "The model has been disposed of");
    });
    this.last = result.catch(() => {});
    return result;
  }

  private load(purpose: Purpose): Promise<Loaded> {
    let loaded = this.programs.get(purpose);
    if (!loaded) {
      loaded = this.compile(purpose);
      this.programs.set(purpose, loaded);
    }
    return loaded;
  }

  private async compile(purpose: Purpose): Promise<Loaded> {
    const { output, layout, target, objective, training } = this;
    const shared = this.memory.shared !== undefined;
    const program = writeProgram({ output, layout, target, shared, purpose, objective, training });
    const module = await WebAssembly.compile(program.code);
    return { program, module, id: nextProgram++, told: new WeakSet() };
  }

  /** Threads that have something to do. */
  private threadsFor(slices: number): number {
    const blocks = Math.ceil(this.layout.trainedBytes / (4 * UPDATE_BYTES));
    return Math.min(this.team.threads, Math.max(slices, this.training ? blocks : 1));
  }

  run(purpose: Purpose, work: Work, signal?: AbortSignal): Promise<Outcome> {
    return this.exclusive(() => this.runNow(purpose, work, signal));
  }

  private async runNow(purpose: Purpose, work: Work, signal?: AbortSignal): Promise<Outcome> {
    const loaded = await this.load(purpose);
    await this.renewTeam();
    this.memory.introduce(this.team);
    if (!loaded.told.has(this.team)) {
      loaded.told.add(this.team);
      this.team.tell({ do: "program", program: loaded.id, memory: this.memory.id, module: loaded.module });
    }
    const { slices } = dealBatch(work.batchSize, purpose);
    const places = this.bind(purpose, loaded.program, work);
    const stop = () => this.memory.write(control.stop, Int32Array.of(1));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      await this.team.run(loaded.id, this.threadsFor(slices), this.memory.shared);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    return this.outcome(places);
  }

  /**
   * A team that has failed is replaced, once its threads have ended; memory that lived in it is gone. A step that it
   * broke off may have left gradients behind, which the next would add to.
   */
  private async renewTeam(): Promise<void> {
    const team = currentTeam();
    if (team === this.team) return;
    if (!this.memory.shared) {
      throw new GruvyError(
        "engine/thread",
        "The worker that held the model has stopped",
        "Load or train the model again.",
      );
    }
    await this.team.ended;
    this.team = team;
    this.memory.write(this.layout.gradients, new Uint8Array(this.layout.trainedBytes));
  }

  /** Lays everything out that this call needs and writes the words by which the program finds it. */
  private bind(purpose: Purpose, program: Program, work: Work) {
    const { slices, sliceRows } = dealBatch(work.batchSize, purpose);
    const steps = work.steps.join();
    const { current } = this;
    const known = current?.purpose === purpose && current.batchSize === work.batchSize && current.steps === steps;
    const place = known ? current! : this.layFrames(purpose, program, work, slices, sliceRows);
    this.current = place as typeof this.current;
    let at = place.after;
    const take = (bytes: number) => {
      const address = at;
      at += line(bytes);
      return address;
    };
    const batches = Math.ceil(work.rows / work.batchSize);
    const outputRow = this.output.features * (this.output.axis ? work.steps[this.output.axis.index] : 1);
    const inputs = work.inputs.map((input) => take(input.byteLength));
    const targets = take(work.targets?.byteLength ?? 0);
    const outputBytes = purpose === "predict" ? 4 * outputRow * work.rows : 0;
    const outputs = take(outputBytes);
    const scalars = take(4 * STEP_SCALARS * batches);
    const losses = take(8 * batches);
    const totals = take(8 * program.cells);
    this.memory.reserve(at);
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
    set(control.frames, place.frames);
    set(control.frameBytes, frame.buffers + 4 * program.buffers.length + 64);
    inputs.forEach((address, i) => {
      set(control.inputs + 4 * i, address);
    });
    set(control.targets, targets);
    set(control.outputs, outputs);
    set(control.stepScalars, scalars);
    set(control.stepLosses, losses);
    const fixed = place as ReturnType<Executable["layFrames"]>;
    set(control.sliceGradients, fixed.gradients);
    set(control.sliceGradientBytes, this.layout.slicedBytes);
    set(control.cells, fixed.cells);
    set(control.cellBytes, line(8 * program.cells));
    set(control.totals, totals);
    this.memory.write(0, words);
    // A team that broke off in the middle of a phase has left its dealer where it was.
    this.memory.write(control.dealers, noUnitsDealt);
    return { purpose, program, batches, outputs, outputBytes, losses, totals };
  }

  /** The frames and buffers of the slices, and the tables of seeds and blocks: the same for every call of a shape. */
  private layFrames(purpose: Purpose, program: Program, work: Work, slices: number, sliceRows: number) {
    const { offsets, bytes } = arrange(program.buffers, sliceRows, work.steps);
    let at = line(this.layout.end);
    const take = (size: number) => {
      const address = at;
      at += line(size);
      return address;
    };
    const training = purpose === "train";
    const blocks = training ? this.blockTable() : new Int32Array(0);
    const count = blocks.length / (BLOCK_ENTRY / 4);
    const seeds = take(8 * program.sources.length);
    const table = take(blocks.byteLength);
    const factors = take(4 * (this.weights.length + 1));
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
    this.memory.reserve(at);
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
      after: at,
    };
  }

  /** Blocks of the trained run: [offset, bytes, weight]; within one weight where norms are taken. */
  private blockTable(): Int32Array {
    const trained = this.weights.filter((weight) => weight.trainable);
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

  private async outcome(places: ReturnType<Executable["bind"]>): Promise<Outcome> {
    const read = async (address: number, bytes: number) =>
      (await this.memory.read(address, bytes)).buffer as ArrayBuffer;
    const words = new Int32Array(await read(control.status, 8));
    const batches = words[1];
    const kind = words[0] === status.done ? "done" : words[0] === status.notFinite ? "notFinite" : "stopped";
    const scored = places.purpose !== "predict";
    return {
      status: batches >= places.batches ? "done" : kind,
      batches,
      losses: scored
        ? new Float64Array(await read(places.losses, 8 * Math.min(places.batches, batches + 1)))
        : new Float64Array(0),
      totals: new Float64Array(await read(places.totals, 8 * places.program.cells)),
      outputs: places.outputBytes > 0 ? new Float32Array(await read(places.outputs, places.outputBytes)) : undefined,
    };
  }

  /** Cells of the objective that `totals` holds. */
  get cells(): number {
    return this.objective ? cellCount(this.objective) : 0;
  }

  /** Gives the memory back, once a run under way has ended its step; the executable cannot be used afterwards. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.memory.write(control.stop, Int32Array.of(1));
    void this.last.then(async () => {
      const loaded = await Promise.allSettled(this.programs.values());
      this.programs.clear();
      const programs = loaded.flatMap((result) => (result.status === "fulfilled" ? [result.value.id] : []));
      this.team.tell({ do: "forget", memory: this.memory.id, programs });
      this.memory.release();
    });
  }
}
