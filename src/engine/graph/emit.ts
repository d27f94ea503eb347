import { GruvyError } from "../../base/index.ts";
import { mixScalar, stride } from "../kernels/index.ts";
import { type Fn, I32, type Module } from "../wasm/index.ts";
import type { Buffer } from "./arena.ts";
import * as control from "./control.ts";
import type { Crew, Together } from "./crew.ts";
import * as frame from "./frame.ts";
import type { WeightLayout } from "./layout.ts";
import type { BatchSize, Build, RandomSource, Size, Stream } from "./op.ts";
import type { RowOrder } from "./row-order.ts";
import type { TimeAxis, Value } from "./value.ts";
import type { Weight } from "./weight.ts";

/** The buffers of a slice, collected while its code is written. */
export class Buffers {
  readonly all: Buffer[] = [];
  private readonly byOwner = new Map<object, Map<string, Buffer>>();
  /** Moves on with every op: the clock by which a buffer's stretch is measured. */
  now = 0;

  get(owner: object, name: string, size: Size): Buffer {
    let names = this.byOwner.get(owner);
    if (!names) {
      names = new Map();
      this.byOwner.set(owner, names);
    }
    let buffer = names.get(name);
    if (!buffer) {
      buffer = { slot: this.all.length, size, first: this.now, last: this.now };
      names.set(name, buffer);
      this.all.push(buffer);
    }
    buffer.first = Math.min(buffer.first, this.now);
    buffer.last = Math.max(buffer.last, this.now);
    return buffer;
  }

  /** Whether some code has asked for it. */
  has(owner: object, name: string): boolean {
    return this.byOwner.get(owner)?.has(name) === true;
  }

  /** A buffer that is there already, kept from its first use to the end. */
  kept(owner: object, name: string): Buffer {
    const buffer = this.byOwner.get(owner)?.get(name);
    if (!buffer) throw new Error(`no slice has a buffer "${name}"`);
    buffer.last = Number.POSITIVE_INFINITY;
    return buffer;
  }
}

/** The buffers that all slices share, collected likewise. */
export class BatchBuffers {
  readonly all: BatchSize[] = [];
  private readonly byOwner = new Map<object, Map<string, number>>();

  /** The address of a buffer, read from the table of addresses. */
  address(fn: Fn, owner: object, name: string, size: BatchSize): I32 {
    let names = this.byOwner.get(owner);
    if (!names) {
      names = new Map();
      this.byOwner.set(owner, names);
    }
    let slot = names.get(name);
    if (slot === undefined) {
      slot = this.all.push(size) - 1;
      names.set(name, slot);
    }
    return fn.let(I32.load(I32.load(I32.of(control.batchBuffers)), 4 * slot));
  }
}

/** The time axes that a program asks for: each has a word in the frames. */
export class Axes {
  readonly all: TimeAxis[] = [];

  /** The steps of an axis, read from a frame. */
  steps(at: I32, axis: TimeAxis): I32 {
    let word = this.all.indexOf(axis);
    if (word < 0) word = this.all.push(axis) - 1;
    if (word < frame.MOST_AXES) return I32.load(at, frame.steps + 4 * word);
    throw new GruvyError(
      "model/size",
      `The model has sequences of more than ${frame.MOST_AXES} different lengths`,
      "Give layers that change the number of steps the same strides and padding, or use fewer of them.",
    );
  }
}

/** A number that an op counts, in a cell of its own behind those of the objective. */
export interface Tally {
  readonly owner: object;
  readonly name: string;
}

/** The cells of tallies, collected likewise: those of slices first. */
export class Tallies {
  readonly slices: Tally[] = [];
  readonly batches: Tally[] = [];
  private readonly first: number;

  /** `first`: cells that come before. */
  constructor(first: number) {
    this.first = first;
  }

  get all(): readonly Tally[] {
    return [...this.slices, ...this.batches];
  }

  /** The byte within a slice's cells. */
  ofSlice(owner: object, name: string): number {
    return 8 * (this.first + this.slices.push({ owner, name }) - 1);
  }

  /** The byte within the totals; once the slice's code is written. */
  ofBatch(owner: object, name: string): number {
    return 8 * (this.first + this.slices.length + this.batches.push({ owner, name }) - 1);
  }
}

/** The bytes of a value in the engine's order. */
export function valueSize(value: Value): Size {
  const bytes = value.kind === "tokens" || value.kind === "mask" ? 4 : 4 * stride(value.features);
  return value.axis ? { rowStep: bytes, axis: value.axis } : { row: bytes };
}

interface SliceOptions {
  readonly module: Module;
  readonly fn: Fn;
  readonly frame: I32;
  readonly keep: boolean;
  readonly recomputes: boolean;
  readonly layout: WeightLayout;
  readonly buffers: Buffers;
  readonly batchBuffers: BatchBuffers;
  readonly sources: RandomSource[];
  readonly tallies: Tallies;
  readonly axes: Axes;
  readonly rowOrder: RowOrder | undefined;
  readonly stream?: Stream;
  readonly traces?: boolean;
  readonly keepsStates?: boolean;
  /** undefined where there is but one thread. */
  readonly crew: Crew | undefined;
  /** The values whose gradients have been written, by this function or those before it. */
  readonly written: Set<Value>;
}

/** Writes the code of ops for the slice whose frame is at an address. */
export class SliceBuild implements Build {
  private readonly options: SliceOptions;
  readonly module: Module;
  readonly fn: Fn;
  readonly keep: boolean;
  readonly recomputes: boolean;
  readonly rows: I32;
  readonly firstRow: I32;
  readonly slice: I32;
  readonly order: I32;
  readonly rowOrder: RowOrder | undefined;
  readonly stream: Stream | undefined;
  readonly traces: boolean;
  readonly keepsStates: boolean;
  private readonly frame: I32;
  private readonly layout: WeightLayout;
  private readonly buffers: Buffers;
  private readonly batchBuffers: BatchBuffers;
  private readonly sources: RandomSource[];
  private readonly tallies: Tallies;
  private readonly axes: Axes;
  private readonly written: Set<Value>;

  constructor(options: SliceOptions) {
    this.options = options;
    const { fn } = options;
    this.module = options.module;
    this.fn = fn;
    this.frame = options.frame;
    this.keep = options.keep;
    this.recomputes = options.recomputes;
    this.stream = options.stream;
    this.traces = options.traces ?? false;
    this.keepsStates = options.keepsStates ?? true;
    this.layout = options.layout;
    this.buffers = options.buffers;
    this.batchBuffers = options.batchBuffers;
    this.sources = options.sources;
    this.tallies = options.tallies;
    this.axes = options.axes;
    this.written = options.written;
    this.rows = fn.let(I32.load(this.frame, frame.rows));
    this.firstRow = fn.let(I32.load(this.frame, frame.firstRow));
    this.slice = fn.let(I32.load(this.frame, frame.slice));
    this.rowOrder = options.rowOrder;
    const inOrder = this.rowOrder?.order(this) ?? I32.load(I32.of(control.inOrder));
    this.order = fn.let(inOrder.add(I32.load(this.frame, frame.before).mul(4)));
  }

  steps(axis: TimeAxis): I32 {
    return this.fn.let(this.axes.steps(this.frame, axis));
  }

  /** Where the slice counts losses and metrics, and where it adds up its gradients. */
  get cells(): I32 {
    return this.fn.let(I32.load(this.frame, frame.cells));
  }
  /** How many slices the batch has. */
  get slices(): I32 {
    return this.fn.let(I32.load(this.frame, frame.slices));
  }
  get gradients(): I32 {
    return this.fn.let(I32.load(this.frame, frame.gradients));
  }

  places(value: Value): I32 {
    return value.axis ? this.fn.let(this.rows.mul(this.steps(value.axis))) : this.rows;
  }

  address(value: Value): I32 {
    return value.op?.locate ? this.fn.let(value.op.locate(this)) : this.buffer(value, "value", valueSize(value));
  }

  buffer(owner: object, name: string, size: Size): I32 {
    const { slot } = this.buffers.get(owner, name, size);
    return this.fn.let(I32.load(this.frame, frame.buffers + 4 * slot));
  }

  batchBuffer(owner: object, name: string, size: BatchSize): I32 {
    return this.batchBuffers.address(this.fn, owner, name, size);
  }

  gradient(output: Value): I32 | undefined {
    return this.written.has(output) ? this.buffer(output, "gradient", valueSize(output)) : undefined;
  }

  target(input: Value): { address: I32; add: boolean } | undefined {
    if (!input.differentiable) return undefined;
    const add = this.written.has(input);
    this.written.add(input);
    return { address: this.buffer(input, "gradient", valueSize(input)), add };
  }

  weight(weight: Weight): I32 {
    return I32.of(this.layout.address(weight));
  }

  transposed(weight: Weight): I32 {
    return I32.of(this.layout.transposed(weight));
  }

  weightGradient(weight: Weight): I32 | undefined {
    if (!weight.trainable) return undefined;
    return this.fn.let(I32.load(this.frame, frame.gradients).add(this.layout.offset(weight)));
  }

  randomKey(source: RandomSource): { first: I32; second: I32 } {
    let index = this.sources.indexOf(source);
    if (index < 0) index = this.sources.push(source) - 1;
    const words = this.fn.let(I32.load(I32.of(control.seeds)));
    const iteration = I32.load(this.frame, frame.iteration);
    const first = mixScalar(this.fn, I32.load(words, 8 * index).add(iteration));
    return { first, second: mixScalar(this.fn, first.xor(I32.load(words, 8 * index + 4))) };
  }

  tally(owner: object, name: string, count: I32): void {
    if (!this.keep) return;
    this.fn.store(I32.load(this.frame, frame.cells), count.toF64(), this.tallies.ofSlice(owner, name));
  }

  together(when: I32, body: (build: Build, together: Together) => void, alone: () => void): void {
    const { crew } = this.options;
    if (!crew) {
      alone();
      return;
    }
    const offer = () =>
      crew.offer(this.fn, this.frame, (fn, frame, together) =>
        body(new SliceBuild({ ...this.options, fn, frame }), together),
      );
    const ready = this.fn.variable(I32, I32.of(0));
    this.fn.if(when, () => ready.set(crew.ready(this.fn, this.frame)));
    this.fn.if(ready.get, offer, alone);
  }

  staged(input: number): I32 {
    return I32.load(I32.of(control.inputs + 4 * input));
  }
}
