import { fillRows, gateStride, multiplyRows, outer, PANEL, padded, product, stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import { type Build, type Cost, type Counts, type Stage, timesTaken } from "../op.ts";
import type { Value } from "../value.ts";
import { panelBytes, type Weight } from "../weight.ts";
import { writeBiasRow } from "./bias-row.ts";
import type { Blocks, Cell } from "./cell.ts";
import { Factors } from "./factors.ts";
import { type Chunk, chunkSize, type GateSource } from "./gate-source.ts";

interface RowSourceOptions {
  readonly x: Value;
  readonly cell: Cell;
  readonly units: number;
  readonly kernel: Weight;
  readonly bias: Weight | undefined;
  /** Whose buffer holds the keep factors of the input. */
  readonly owner: object;
  readonly dropout: number;
  /** Each gate's input is dropped on its own. */
  readonly dropsByGate: boolean;
  readonly seed: number;
}

/** Gate rows from rows of features: the products of a whole chunk of steps at once. */
export class RowSource implements GateSource {
  readonly reads: readonly Value[];
  readonly refills = true;
  readonly before: readonly Stage[] = [];
  readonly after: readonly Stage[] = [];
  private readonly options: RowSourceOptions;
  private readonly factors: Factors;

  constructor(options: RowSourceOptions) {
    const { x, cell, owner, dropout, dropsByGate, seed } = options;
    this.options = options;
    this.reads = [x];
    this.factors = new Factors(owner, {
      name: "inputFactors",
      features: x.features,
      gates: dropsByGate ? cell.kernelOrder.length : 1,
      rate: dropout,
      source: { seed },
    });
  }

  private get xFloats(): number {
    return stride(this.options.x.features);
  }

  private get gateFloats(): number {
    return gateStride(this.options.units, this.options.cell.blocks);
  }

  private biasRow(build: Build): I32 {
    return build.buffer(this, "biasRow", { fixed: 4 * this.options.cell.blocks * padded(this.options.units) });
  }

  begin(build: Build): void {
    const { cell, units, bias } = this.options;
    writeBiasRow(build.fn, cell, units, this.biasRow(build), bias && build.weight(bias));
    this.factors.write(build);
  }

  fill(build: Build, chunk: Chunk): void {
    const { module, fn } = build;
    const { x, cell, units, kernel } = this.options;
    const fill = fillRows(module, cell.blocks * padded(units), this.gateFloats);
    fn.call(fill, chunk.gates, this.biasRow(build), chunk.count);
    this.eachWindow(build, chunk, (from, window) => {
      const multiply = product(module, {
        inner: x.features,
        columns: window.count * padded(units),
        strideA: this.xFloats,
        strideC: this.gateFloats,
        accumulate: true,
      });
      const panels = build.weight(kernel).add(this.windowPanels(window));
      fn.call(multiply, from, panels, this.windowOf(chunk, window), chunk.count);
    });
  }

  backward(build: Build) {
    const { fn, rows } = build;
    const target = build.target(this.options.x);
    const dKernel = build.weightGradient(this.options.kernel);
    const rowBytes = 4 * this.xFloats;
    return {
      take: (chunk: Chunk) => {
        if (dKernel) this.kernelGradient(build, chunk, dKernel);
        if (!target) return;
        this.inputGradient(build, chunk, target);
        if (target.add) return;
        const done = target.address.add(chunk.first.mul(rows).add(chunk.count).mul(rowBytes));
        fn.fill(done, rows.sub(chunk.rows).mul(rowBytes));
      },
      zero: (chunk: Chunk) => {
        if (!target || target.add) return;
        fn.fill(target.address.add(chunk.first.mul(rows).mul(rowBytes)), chunk.length.mul(rows).mul(rowBytes));
      },
    };
  }

  cost(_counts: Counts, steps: { forward: number; backward: number; places: number }): Cost {
    const { x, cell, units, kernel } = this.options;
    const row = x.features * cell.kernelOrder.length * units;
    const times = timesTaken(x.differentiable, kernel.trainable);
    return { done: row * (steps.forward + (times - 1) * steps.backward), plain: row * times * steps.places };
  }

  private kernelGradient(build: Build, chunk: Chunk, dKernel: I32): void {
    const { module, fn } = build;
    const { x, units } = this.options;
    this.eachWindow(build, chunk, (from, window) => {
      const columns = window.count * padded(units);
      const shape = { inner: x.features, columns, strideA: this.xFloats, strideG: this.gateFloats };
      const to = dKernel.add(this.windowPanels(window));
      fn.call(outer(module, shape), from, this.windowOf(chunk, window), to, chunk.count);
    });
  }

  private inputGradient(build: Build, chunk: Chunk, input: { address: I32; add: boolean }): void {
    const { module, fn, rows } = build;
    const { x, cell, units, kernel } = this.options;
    const dropping = this.factors.active(build);
    const target = fn.let(input.address.add(chunk.first.mul(rows).mul(4 * this.xFloats)));
    this.windows(build).forEach((window, gate) => {
      const through = dropping ? build.buffer(this, "dDropped", chunkSize(4 * this.xFloats)) : target;
      const multiply = product(module, {
        inner: window.count * padded(units),
        columns: padded(x.features),
        strideA: this.gateFloats,
        strideB: cell.kernelOrder.length * padded(units) * PANEL,
        strideC: this.xFloats,
        accumulate: !dropping && input.add,
      });
      const panels = build.transposed(kernel).add(window.first * padded(units) * panelBytes(1));
      fn.call(multiply, this.windowOf(chunk, window), panels, through, chunk.count);
      if (dropping) this.multiply(build, chunk, target, through, gate, input.add || gate > 0);
    });
  }

  private windowOf(chunk: Chunk, window: Blocks): I32 {
    return chunk.gates.add(4 * window.first * padded(this.options.units));
  }

  private windowPanels(window: Blocks): number {
    return ((window.first * padded(this.options.units)) / PANEL) * panelBytes(this.options.x.features);
  }

  /** One window for all gates, or one for each when each gate's input is dropped on its own. */
  private windows(build: Build): readonly Blocks[] {
    const { cell, dropsByGate } = this.options;
    const count = cell.kernelOrder.length;
    if (!this.factors.active(build) || !dropsByGate) return [{ first: 0, count }];
    return Array.from({ length: count }, (_, first) => ({ first, count: 1 }));
  }

  /** Runs the body with the input rows of a chunk, once as they are or for each window with its share dropped. */
  private eachWindow(build: Build, chunk: Chunk, body: (from: I32, window: Blocks) => void): void {
    const { fn, rows } = build;
    const { x } = this.options;
    const from = fn.let(build.address(x).add(chunk.first.mul(rows).mul(4 * this.xFloats)));
    this.windows(build).forEach((window, gate) => {
      if (!this.factors.active(build)) {
        body(from, window);
        return;
      }
      const dropped = build.buffer(this, "dropped", chunkSize(4 * this.xFloats));
      this.multiply(build, chunk, dropped, from, gate, false);
      body(dropped, window);
    });
  }

  /** to = from * factors of a gate, at every step of a chunk. */
  private multiply(build: Build, chunk: Chunk, to: I32, from: I32, gate: number, add: boolean): void {
    const { module, fn, rows } = build;
    const floats = this.xFloats;
    const kernel = multiplyRows(module, padded(this.options.x.features), { to: floats, a: floats, b: floats }, add);
    const factors = fn.let(this.factors.at(build, gate));
    fn.loop(0, chunk.length, 1, (t) => {
      const offset = fn.let(t.mul(rows).mul(4 * floats));
      fn.call(kernel, to.add(offset), from.add(offset), factors, chunk.rows);
    });
  }
}
