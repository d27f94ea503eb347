import {
  addRow,
  copyNumbered,
  fillRows,
  gateStride,
  lookup,
  outer,
  PANEL,
  padded,
  product,
  stride,
  sumRows,
} from "../../kernels/index.ts";

import { I32 } from "../../wasm/index.ts";
import * as control from "../control.ts";
import { type BatchBuild, type BatchSize, type Build, type Cost, type Counts, type Stage, timesTaken } from "../op.ts";
import type { RowOrder } from "../row-order.ts";
import type { Value } from "../value.ts";
import { panelBytes, type Weight } from "../weight.ts";
import { writeBiasRow } from "./bias-row.ts";
import type { Cell } from "./cell.ts";
import type { EmbeddingOp } from "./embedding.ts";
import type { Chunk, GateSource } from "./gate-source.ts";

/** Distinct tokens of one unit of work. */
const UNIT_TOKENS = 64;
/** Panels of the kernel's gradient of one unit of work, and the rows it takes at a time. */
const UNIT_PANELS = 4;
const UNIT_ROWS = 128;
/** Bytes of projected tokens kept from batch to batch at most. */
const MOST_KEPT = 2 ** 26;

interface TokenSourceOptions {
  readonly embedding: EmbeddingOp;
  readonly cell: Cell;
  readonly units: number;
  readonly kernel: Weight;
  readonly bias: Weight | undefined;
  /** The op whose buffer "gates" holds the gate rows of a slice. */
  readonly owner: object;
  /** Whether the owner computes only some rows at each step. */
  leavesOut(order: RowOrder): boolean;
}

/**
 * Gate rows of an embedding's tokens. Each distinct token of a batch is projected once (of 12,800 places of a batch of
 * reviews 2,240 differ); a place copies its token's row. Backward, the gate gradients of a token's places are added up
 * in the order of rows and steps, and the kernel's and the table's gradients work on one row for each distinct token.
 *
 * Outside training the projected tokens are kept as long as the weights stay, unless the vocabulary is huge: then a
 * token is projected once and not again in the batches and calls that follow.
 */
export class TokenSource implements GateSource {
  readonly reads: readonly Value[];
  /** The gate gradients of all places are added up behind the slices. */
  readonly refills = false;
  readonly before: readonly Stage[];
  readonly after: readonly Stage[];
  private readonly options: TokenSourceOptions;

  constructor(options: TokenSourceOptions) {
    this.options = options;
    this.reads = [options.embedding.tokens];
    this.before = [
      { units: () => I32.of(1), run: (build) => this.index(build) },
      { units: (build) => this.tokenUnits(build), run: (build, unit) => this.project(build, unit) },
    ];
    this.after = [
      ...options.embedding.takeTurn(),
      { units: (build) => this.tokenUnits(build), run: (build, unit) => this.sum(build, unit) },
      { units: () => I32.of(this.panelUnits), run: (build, unit) => this.kernelGradient(build, unit) },
    ];
  }

  private get features(): number {
    return this.options.embedding.output.features;
  }

  /** Columns that the input fills in a gate row. */
  private get width(): number {
    return this.options.cell.kernelOrder.length * padded(this.options.units);
  }

  private get gateBytes(): number {
    return 4 * gateStride(this.options.units, this.options.cell.blocks);
  }

  private get panelUnits(): number {
    return Math.ceil(this.width / PANEL / UNIT_PANELS);
  }

  private batchBuffer(build: Build | BatchBuild, name: string, size: BatchSize): I32 {
    return build.batchBuffer(this, name, { axis: this.options.embedding.tokens.axis, ...size });
  }

  /** A buffer with so many bytes for each distinct token. */
  private perToken(build: Build | BatchBuild, name: string, bytes: number): I32 {
    return this.batchBuffer(build, name, { place: bytes, most: this.options.embedding.inputDim, fixed: bytes });
  }

  private keepsTokens(build: Build | BatchBuild): boolean {
    return !build.keep && this.options.embedding.inputDim * 4 * stride(this.width) <= MOST_KEPT;
  }

  /** A buffer with so many bytes for each token that is kept: of a batch, or of all batches. */
  private perKept(build: Build | BatchBuild, name: string, bytes: number): I32 {
    const all = { fixed: bytes * (this.options.embedding.inputDim + 1) };
    return this.keepsTokens(build) ? this.batchBuffer(build, name, all) : this.perToken(build, name, bytes);
  }

  private numbers(build: Build | BatchBuild): I32 {
    return this.batchBuffer(build, "numbers", { place: 4 });
  }
  private tokens(build: BatchBuild): I32 {
    return this.perKept(build, "tokens", 4);
  }
  private count(build: BatchBuild): I32 {
    return this.batchBuffer(build, "count", { fixed: 4 });
  }
  /** Tokens that were there before this batch. */
  private countBefore(build: BatchBuild): I32 {
    return this.batchBuffer(build, "countBefore", { fixed: 4 });
  }
  private projected(build: Build | BatchBuild): I32 {
    return this.perKept(build, "projected", 4 * stride(this.width));
  }
  /** The sums of the gate gradients, in the place of the projected tokens, which all slices have read by then. */
  private sums(build: BatchBuild): I32 {
    return this.projected(build);
  }
  private biasRow(build: Build | BatchBuild): I32 {
    return this.batchBuffer(build, "biasRow", { fixed: 4 * this.options.cell.blocks * padded(this.options.units) });
  }

  private tokenUnits(build: BatchBuild): I32 {
    return I32.load(this.count(build))
      .sub(I32.load(this.countBefore(build)))
      .add(UNIT_TOKENS - 1)
      .divUnsigned(UNIT_TOKENS);
  }

  /**
   * Numbers the distinct tokens in the order in which they come, by a sparse set: a token is known when the number it
   * holds points back at it. For training also lists the gate rows of each token's places.
   */
  private index(build: BatchBuild): void {
    const { fn } = build;
    const { embedding, cell, units, bias } = this.options;
    const { axis } = embedding.tokens;
    const steps = axis ? fn.let(build.steps(axis)) : I32.of(1);
    const places = fn.let(build.batchRows.mul(steps));
    const staged = fn.let(build.staged(embedding.input).add(build.firstRow.mul(steps).mul(4)));
    const known = this.batchBuffer(build, "known", { fixed: 4 * embedding.inputDim });
    const tokens = this.tokens(build);
    const numbers = this.numbers(build);
    const count = fn.variable(I32, I32.of(0));
    if (this.keepsTokens(build)) {
      const anew = fn.let(build.firstRow.isZero().and(I32.load(I32.of(control.unchanged)).isZero()));
      fn.if(anew.isZero(), () => count.set(I32.load(this.count(build))));
    }
    fn.store(this.countBefore(build), count.get);
    writeBiasRow(fn, cell, units, this.biasRow(build), bias && build.weight(bias));
    fn.loop(0, places.mul(4), 4, (at) => {
      const token = fn.let(I32.load(staged.add(at)));
      const number = fn.variable(I32, I32.load(known.add(token.mul(4))));
      const fresh = number.get.lessUnsigned(count.get).isZero();
      const isFresh = fn.variable(I32, fresh);
      fn.if(isFresh.get.isZero(), () => isFresh.set(I32.load(tokens.add(number.get.mul(4))).notEquals(token)));
      fn.if(isFresh.get, () => {
        number.set(count.get);
        fn.store(known.add(token.mul(4)), number.get);
        fn.store(tokens.add(number.get.mul(4)), token);
        count.set(count.get.add(1));
      });
      fn.store(numbers.add(at), number.get);
    });
    fn.store(this.count(build), count.get);
    build.tally(embedding, "distinct", count.get);
    if (build.keep) this.listPlaces(build, steps, count.get);
  }

  /** Counting sort of the computed places by token: `begins` and `ends` bound each token's stretch of `places`. */
  private listPlaces(build: BatchBuild, steps: I32, count: I32): void {
    const { fn } = build;
    const begins = this.perToken(build, "begins", 4);
    const ends = this.perToken(build, "ends", 4);
    const places = this.batchBuffer(build, "places", { place: 4 });
    fn.fill(ends, count.mul(4));
    this.eachPlace(build, steps, (end) => fn.store(end, I32.load(end).add(1)));
    const begin = fn.variable(I32, I32.of(0));
    fn.loop(0, count.mul(4), 4, (at) => {
      const length = fn.let(I32.load(ends.add(at)));
      fn.store(begins.add(at), begin.get);
      fn.store(ends.add(at), begin.get);
      begin.set(begin.get.add(length));
    });
    this.eachPlace(build, steps, (end, gateRow) => {
      const next = fn.let(I32.load(end));
      fn.store(places.add(next.mul(4)), gateRow());
      fn.store(end, next.add(1));
    });
  }

  /** Runs the body for each place that is computed, with its token's word in `ends` and its gate row. */
  private eachPlace(build: BatchBuild, steps: I32, body: (end: I32, gateRow: () => I32) => void): void {
    const { fn, rowOrder } = build;
    const numbers = this.numbers(build);
    const ends = this.perToken(build, "ends", 4);
    const order = rowOrder?.order(build);
    const leftOut = rowOrder && this.options.leavesOut(rowOrder) ? rowOrder : undefined;
    build.eachSlice((frame) => {
      const { index, first, rows } = build.sliceOf(frame);
      const gates = build.sliceBuffer(frame, this.options.owner, "gates");
      const computed = leftOut && fn.let(leftOut.computed(build, index, steps));
      fn.loop(0, rows, 1, (row) => {
        const place = first.add(row);
        const from = fn.let(numbers.add((order ? I32.load(order.add(place.mul(4))) : place).mul(steps).mul(4)));
        fn.loop(0, steps, 1, (step) => {
          const list = () => {
            const end = fn.let(ends.add(I32.load(from.add(step.mul(4))).mul(4)));
            body(end, () => gates.add(step.mul(rows).add(row).mul(this.gateBytes)));
          };
          if (computed) fn.if(row.less(I32.load(computed.add(step.mul(4)))), list);
          else list();
        });
      });
    });
  }

  /** The new tokens from `unit * UNIT_TOKENS` on: how many, and the first, among the new and among all. */
  private unitTokens(build: BatchBuild, unit: I32): { first: I32; place: I32; length: I32 } {
    const first = build.fn.let(unit.mul(UNIT_TOKENS));
    const place = build.fn.let(first.add(I32.load(this.countBefore(build))));
    return { first, place, length: build.fn.let(I32.load(this.count(build)).sub(place).min(UNIT_TOKENS)) };
  }

  private project(build: BatchBuild, unit: I32): void {
    const { module, fn } = build;
    const { embedding, kernel } = this.options;
    const { first, place, length } = this.unitTokens(build, unit);
    const row = 4 * stride(this.features);
    const rows = fn.let(this.perToken(build, "rows", row).add(first.mul(row)));
    const tokens = this.tokens(build).add(place.mul(4));
    fn.call(lookup(module, this.features), build.weight(embedding.table), tokens, rows, length);
    const out = fn.let(this.projected(build).add(place.mul(4 * stride(this.width))));
    fn.call(fillRows(module, this.width, stride(this.width)), out, this.biasRow(build), length);
    const multiply = product(module, {
      inner: this.features,
      columns: this.width,
      strideA: stride(this.features),
      strideC: stride(this.width),
      accumulate: true,
    });
    fn.call(multiply, rows, build.weight(kernel), out, length);
  }

  begin(): void {}

  fill(build: Build, chunk: Chunk): void {
    const { module, fn, rows, order } = build;
    const { cell, units, embedding } = this.options;
    const steps = build.steps(embedding.tokens.axis!);
    const gateWidth = cell.blocks * padded(units);
    const kernel = copyNumbered(module, {
      width: this.width,
      from: stride(this.width),
      to: this.gateBytes / 4,
      gateWidth,
    });
    const numbers = fn.let(this.numbers(build).add(chunk.first.mul(4)));
    const projected = this.projected(build);
    const biasRow = this.biasRow(build);
    fn.loop(0, chunk.length, 1, (t) => {
      const to = chunk.gates.add(t.mul(rows).mul(this.gateBytes));
      fn.call(kernel, projected, numbers.add(t.mul(4)), order, steps.mul(4), biasRow, to, chunk.rows);
    });
  }

  cost(counts: Counts, { places }: { places: number }): Cost {
    const { embedding, cell, units, kernel } = this.options;
    const row =
      this.features * cell.kernelOrder.length * units * timesTaken(embedding.table.trainable, kernel.trainable);
    return { done: row * counts.tally(embedding, "distinct"), plain: row * places };
  }

  backward(build: Build) {
    const { fn, rows } = build;
    return {
      take: () => {},
      zero: (chunk: Chunk) => fn.fill(chunk.gates, chunk.length.mul(rows).mul(this.gateBytes)),
    };
  }

  /** The sums of gate gradients of some tokens, and the table's gradient rows that follow from them. */
  private sum(build: BatchBuild, unit: I32): void {
    const { module, fn } = build;
    const { embedding, kernel } = this.options;
    const { first, length } = this.unitTokens(build, unit);
    const sumBytes = 4 * stride(this.width);
    const sums = fn.let(this.sums(build).add(first.mul(sumBytes)));
    const begins = this.perToken(build, "begins", 4).add(first.mul(4));
    const ends = this.perToken(build, "ends", 4).add(first.mul(4));
    const places = this.batchBuffer(build, "places", { place: 4 });
    const add = sumRows(module, this.width);
    fn.loop(0, length, 1, (token) => {
      const from = places.add(I32.load(begins.add(token.mul(4))).mul(4));
      const to = places.add(I32.load(ends.add(token.mul(4))).mul(4));
      fn.call(add, from, to, sums.add(token.mul(sumBytes)), build.scale);
    });
    if (!embedding.table.trainable) return;
    const row = 4 * stride(this.features);
    const gradients = fn.let(this.perToken(build, "rowGradients", row).add(first.mul(row)));
    const multiply = product(module, {
      inner: this.width,
      columns: padded(this.features),
      strideA: stride(this.width),
      strideC: stride(this.features),
      accumulate: false,
    });
    fn.call(multiply, sums, build.transposed(kernel), gradients, length);
    const tokens = this.tokens(build).add(first.mul(4));
    const table = build.weightGradient(embedding.table);
    const addTo = addRow(module, this.features);
    fn.loop(0, length, 1, (token) => {
      const target = table.add(I32.load(tokens.add(token.mul(4))).mul(4 * padded(this.features)));
      fn.call(addTo, gradients.add(token.mul(row)), target);
    });
  }

  /** Some panels of the kernel's gradient, over all distinct tokens in their order. */
  private kernelGradient(build: BatchBuild, unit: I32): void {
    const { module, fn } = build;
    const { kernel } = this.options;
    if (!kernel.trainable) return;
    const row = 4 * stride(this.features);
    const sumBytes = 4 * stride(this.width);
    const rows = this.perToken(build, "rows", row);
    const sums = this.sums(build);
    const firstPanel = fn.let(unit.mul(UNIT_PANELS));
    const to = build.weightGradient(kernel).add(firstPanel.mul(panelBytes(this.features)));
    const run = (panels: number) => {
      const shape = { inner: this.features, columns: panels * PANEL, strideA: row / 4, strideG: sumBytes / 4 };
      const kernel = outer(module, shape);
      const count = fn.let(I32.load(this.count(build)));
      fn.loop(0, count, UNIT_ROWS, (token) => {
        const g = sums.add(token.mul(sumBytes)).add(firstPanel.mul(4 * PANEL));
        fn.call(kernel, rows.add(token.mul(row)), g, to, count.sub(token).min(UNIT_ROWS));
      });
    };
    const rest = (this.width / PANEL) % UNIT_PANELS;
    if (rest === 0) run(UNIT_PANELS);
    else
      fn.if(
        unit.equals(this.panelUnits - 1),
        () => run(rest),
        () => run(UNIT_PANELS),
      );
  }
}
