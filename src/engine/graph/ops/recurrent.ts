import {
  type ActivationName,
  type CellShape,
  columnSums,
  copyRows,
  dropoutMask,
  fillRows,
  gateStride,
  multiplyRows,
  outer,
  padded,
  product,
  stride,
} from "../../kernels/index.ts";
import { F32x4, I32 } from "../../wasm/index.ts";
import { type Build, Op, type RandomSource } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, panelBytes, type Weight } from "../weight.ts";
import { type Blocks, type Cell, StepCode } from "./cell.ts";

/** Steps whose gates are computed together: a chunk stays in the second-level cache. */
const CHUNK = 8;

export interface RecurrentOptions {
  readonly path: string;
  readonly units: number;
  readonly activation: ActivationName;
  readonly recurrentActivation: ActivationName;
  readonly useBias: boolean;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number;
}

/**
 * A recurrent layer over a whole sequence. The cell says what one step computes; here is what all cells share: the
 * input's products by chunks of steps, the walk through time and back, masks, dropout, and the weights' gradients.
 *
 * Everything lies in the order of the input's time. Going forward, state slot t is what step t starts from and slot
 * t + 1 what it leaves; going backwards it is the other way round.
 */
export class RecurrentOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  override readonly random: readonly RandomSource[];
  private readonly cell: Cell;
  private readonly options: RecurrentOptions;
  private readonly kernel: Weight;
  private readonly recurrentKernel: Weight;
  private readonly bias: Weight | undefined;
  private readonly axis: TimeAxis;

  constructor(x: Value, cell: Cell, options: RecurrentOptions) {
    super();
    const { path, units, useBias, returnSequences } = options;
    this.name = cell.name;
    this.cell = cell;
    this.options = options;
    this.axis = x.axis!;
    this.inputs = x.mask ? [x, x.mask] : [x];
    this.kernel = matrixWeight({
      path: `${path}/kernel`,
      rows: x.features,
      units,
      order: cell.kernelOrder,
      transposed: x.differentiable,
    });
    this.recurrentKernel = matrixWeight({
      path: `${path}/recurrent_kernel`,
      rows: units,
      units,
      order: cell.recurrentOrder,
    });
    this.bias = useBias
      ? biasWeight({ path: `${path}/bias`, shape: cell.biasShape(units), units, order: cell.biasOrder })
      : undefined;
    this.weights = [this.kernel, this.recurrentKernel, ...(this.bias ? [this.bias] : [])];
    this.random = [{ seed: options.seed }, { seed: options.seed + 0x5eed }];
    this.output = returnSequences
      ? new Value("sequence", units, { axis: x.axis, mask: x.mask })
      : new Value("vector", units);
    this.output.op = this;
  }

  override locate(build: Build): I32 {
    const { returnSequences, goBackwards } = this.options;
    if (returnSequences && goBackwards) return build.buffer(this, "reversed", this.rowStep(this.rowFloats));
    const h = this.states(build, "h");
    const rowBytes = build.rows.mul(4 * this.rowFloats);
    if (returnSequences) return h.add(rowBytes);
    if (!this.everyState(build) || goBackwards) return h;
    return h.add(build.steps(this.axis).mul(rowBytes));
  }

  private get shape(): CellShape {
    const { units, activation, recurrentActivation } = this.options;
    return { units, activation, recurrentActivation, masked: this.inputs.length > 1 };
  }

  private get rowFloats(): number {
    return stride(this.options.units);
  }

  /** Without a backward pass or an output at every step, one state is overwritten by the next. */
  private everyState(build: Build): boolean {
    return build.keep || this.options.returnSequences;
  }

  private rowStep(floats: number) {
    return { rowStep: 4 * floats, axis: this.axis };
  }

  private states(build: Build, name: "h" | "c"): I32 {
    const row = 4 * this.rowFloats;
    const every = name === "h" ? this.everyState(build) : build.keep;
    return build.buffer(this, name, every ? { row, rowStep: row, axis: this.axis } : { row });
  }

  forward(build: Build): void {
    const { module, fn, rows, keep } = build;
    const { units, goBackwards, returnSequences } = this.options;
    const { blocks } = this.cell;
    const [x, mask] = this.inputs;
    const gateFloats = gateStride(units, blocks);
    const steps = build.steps(this.axis);
    const h = this.states(build, "h");
    const c = this.cell.cellState ? this.states(build, "c") : I32.of(0);
    const stateBytes = fn.let(rows.mul(4 * this.rowFloats));
    const gateBytes = fn.let(rows.mul(4 * gateFloats));
    const chunkRow = { row: 4 * gateFloats * CHUNK };
    const gates = build.buffer(this, "gates", keep ? this.rowStep(gateFloats) : chunkRow);
    const start = (every: boolean) => (every && goBackwards ? steps.mul(stateBytes) : I32.of(0));
    fn.fill(h.add(start(this.everyState(build))), stateBytes);
    if (this.cell.cellState) fn.fill(c.add(start(keep)), stateBytes);
    const biasRow = this.writeBiasRow(build);
    const inputFactors = this.writeFactors(build, "input");
    const stateFactors = this.writeFactors(build, "state");
    const xAt = build.address(x);
    const maskAt = mask ? build.address(mask) : I32.of(0);
    const code = new StepCode(build, this, this.cell, this.shape, {
      recurrentKernel: build.weight(this.recurrentKernel),
      factors: stateFactors,
    });

    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(CHUNK));
      const gatesAt = fn.let(keep ? gates.add(first.mul(gateBytes)) : gates);
      const count = fn.let(length.mul(rows));
      fn.call(fillRows(module, blocks * padded(units), gateFloats).index, gatesAt, biasRow, count);
      this.eachInput(build, inputFactors, xAt, first, length, (from, window) => {
        const kernel = product(module, {
          inner: x.features,
          columns: window.count * padded(units),
          strideA: stride(x.features),
          strideC: gateFloats,
          accumulate: true,
        });
        const panels = build.weight(this.kernel).add(window.first * this.blockPanels(x.features));
        fn.call(kernel.index, from, panels, gatesAt.add(4 * window.first * padded(units)), count);
      });
      const step = (t: I32) => {
        const before = goBackwards ? t.add(1) : t;
        const after = goBackwards ? t : t.add(1);
        const every = this.everyState(build);
        this.cell.forward(code, {
          gates: fn.let(gatesAt.add(t.sub(first).mul(gateBytes))),
          h: fn.let(every ? h.add(before.mul(stateBytes)) : h),
          next: fn.let(every ? h.add(after.mul(stateBytes)) : h),
          c: keep ? fn.let(c.add(before.mul(stateBytes))) : c,
          nextC: keep ? fn.let(c.add(after.mul(stateBytes))) : c,
          mask: mask ? fn.let(maskAt.add(t.mul(rows).mul(4))) : I32.of(0),
        });
      };
      const end = first.add(length);
      if (goBackwards) fn.loopDown(first, end, 1, step);
      else fn.loop(first, end, 1, step);
    };
    if (goBackwards) fn.loopDown(0, steps, CHUNK, chunk);
    else fn.loop(0, steps, CHUNK, chunk);
    if (returnSequences && goBackwards) this.reverse(build, h, build.address(this.output), false);
  }

  backward(build: Build): void {
    const { module, fn, rows } = build;
    const { units, goBackwards, returnSequences } = this.options;
    const { blocks } = this.cell;
    const [x, mask] = this.inputs;
    let dOutput = build.gradient(this.output);
    if (!dOutput) return;
    const gateFloats = gateStride(units, blocks);
    const steps = build.steps(this.axis);
    const h = this.states(build, "h");
    const c = this.cell.cellState ? this.states(build, "c") : I32.of(0);
    const stateBytes = fn.let(rows.mul(4 * this.rowFloats));
    const gateBytes = fn.let(rows.mul(4 * gateFloats));
    const gates = build.buffer(this, "gates", this.rowStep(gateFloats));
    // The gradient of the only output is used up in place; that of all outputs is added step by step.
    const dh = returnSequences ? build.buffer(this, "dh", { row: 4 * this.rowFloats }) : dOutput;
    const dc = this.cell.cellState ? build.buffer(this, "dc", { row: 4 * this.rowFloats }) : I32.of(0);
    if (returnSequences) fn.fill(dh, stateBytes);
    if (this.cell.cellState) fn.fill(dc, stateBytes);
    if (returnSequences && goBackwards) {
      const turned = build.buffer(this, "dReversed", { row: 4 * this.rowFloats, ...this.rowStep(this.rowFloats) });
      this.reverse(build, turned, dOutput, true);
      dOutput = turned;
    }
    const code = new StepCode(build, this, this.cell, this.shape, {
      recurrentKernel: build.transposed(this.recurrentKernel),
      factors: this.factors(build, "state"),
    });
    const xAt = build.address(x);
    const input = build.target(x);
    const maskAt = mask ? build.address(mask) : I32.of(0);
    const dOutputAt = dOutput;
    const resetStates = build.buffer(this, "resetStates", {
      row: this.cell.recurrences.length > 1 ? 4 * this.rowFloats * CHUNK : 0,
    });

    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(CHUNK));
      const gatesAt = fn.let(gates.add(first.mul(gateBytes)));
      const count = fn.let(length.mul(rows));
      const step = (t: I32) => {
        const before = goBackwards ? t.add(1) : t;
        const after = goBackwards ? t : t.add(1);
        if (returnSequences) {
          const width = { to: this.rowFloats, from: this.rowFloats };
          const addRows = copyRows(module, padded(units), width, true);
          fn.call(addRows.index, dh, dOutputAt.add(t.mul(stateBytes)), rows);
        }
        this.cell.backward(code, {
          gates: fn.let(gatesAt.add(t.sub(first).mul(gateBytes))),
          h: fn.let(h.add(before.mul(stateBytes))),
          next: fn.let(h.add(after.mul(stateBytes))),
          c: fn.let(c.add(before.mul(stateBytes))),
          nextC: fn.let(c.add(after.mul(stateBytes))),
          mask: mask ? fn.let(maskAt.add(t.mul(rows).mul(4))) : I32.of(0),
          dh,
          dc,
          resetState: fn.let(resetStates.add(t.sub(first).mul(stateBytes))),
        });
      };
      const end = first.add(length);
      if (goBackwards) fn.loop(first, end, 1, step);
      else fn.loopDown(first, end, 1, step);
      const states = fn.let(h.add((goBackwards ? first.add(1) : first).mul(stateBytes)));
      this.inputGradients(build, { gatesAt, first, length, count, xAt, input });
      this.recurrentGradients(build, code, { gatesAt, states, resetStates, count, length });
    };
    if (goBackwards) fn.loop(0, steps, CHUNK, chunk);
    else fn.loopDown(0, steps, CHUNK, chunk);
  }

  /** Gradients of the input, its kernel and the biases from the gate gradients of one chunk. */
  private inputGradients(
    build: Build,
    chunk: {
      gatesAt: I32;
      first: I32;
      length: I32;
      count: I32;
      xAt: I32;
      input: { address: I32; add: boolean } | undefined;
    },
  ): void {
    const { module, fn, rows } = build;
    const { units } = this.options;
    const { gatesAt, first, length, count, xAt, input } = chunk;
    const [x] = this.inputs;
    const gateFloats = gateStride(units, this.cell.blocks);
    const xFloats = stride(x.features);
    const factors = this.factors(build, "input");
    const dKernel = build.weightGradient(this.kernel);
    if (dKernel) {
      this.eachInput(build, factors, xAt, first, length, (from, window) => {
        const kernel = outer(module, {
          inner: x.features,
          columns: window.count * padded(units),
          strideA: xFloats,
          strideG: gateFloats,
        });
        const to = dKernel.add(window.first * this.blockPanels(x.features));
        fn.call(kernel.index, from, gatesAt.add(4 * window.first * padded(units)), to, count);
      });
    }
    const dBias = this.bias && build.weightGradient(this.bias);
    if (dBias) {
      for (const { gate, bias, count: width } of this.cell.biasParts) {
        const sums = columnSums(module, width * padded(units), gateFloats);
        const to = dBias.add(4 * bias * padded(units));
        fn.call(sums.index, gatesAt.add(4 * gate * padded(units)), to, count);
      }
    }
    if (!input) return;
    const target = fn.let(input.address.add(first.mul(rows).mul(4 * xFloats)));
    this.inputWindows(factors).forEach((window, index) => {
      const through = factors ? build.buffer(this, "dDropped", { row: 4 * xFloats * CHUNK }) : target;
      const kernel = product(module, {
        inner: window.count * padded(units),
        columns: padded(x.features),
        strideA: gateFloats,
        strideB: this.cell.kernelOrder.length * padded(units) * 8,
        strideC: xFloats,
        accumulate: !factors && input.add,
      });
      const rowsBefore = window.first * padded(units) * panelBytes(1);
      const panels = build.transposed(this.kernel).add(rowsBefore);
      fn.call(kernel.index, gatesAt.add(4 * window.first * padded(units)), panels, through, count);
      if (!factors) return;
      const strides = { to: xFloats, a: xFloats, b: xFloats };
      const multiply = multiplyRows(module, padded(x.features), strides, input.add || index > 0);
      this.eachStep(build, length, xFloats, (offset) => {
        fn.call(
          multiply.index,
          target.add(offset),
          through.add(offset),
          factors.add(this.factorOffset(build, "input", index)),
          rows,
        );
      });
    });
  }

  /** Gradients of the recurrent kernel from one chunk. */
  private recurrentGradients(
    build: Build,
    code: StepCode,
    chunk: { gatesAt: I32; states: I32; resetStates: I32; count: I32; length: I32 },
  ): void {
    const { module, fn, rows } = build;
    const { units } = this.options;
    const dKernel = build.weightGradient(this.recurrentKernel);
    if (!dKernel) return;
    for (const recurrence of this.cell.recurrences) {
      for (const { window, panel, from } of code.parts(recurrence)) {
        const kernel = outer(module, {
          inner: units,
          columns: window.count * padded(units),
          strideA: this.rowFloats,
          strideG: gateStride(units, this.cell.blocks),
        });
        let source = from === "h" ? chunk.states : chunk.resetStates;
        if (code.dropped && from === "h") {
          const dropped = build.buffer(this, "droppedStates", { row: 4 * this.rowFloats * CHUNK });
          const row = this.rowFloats;
          const multiply = multiplyRows(module, padded(units), { to: row, a: row, b: row });
          const states = chunk.states;
          this.eachStep(build, chunk.length, row, (offset) =>
            fn.call(multiply.index, dropped.add(offset), states.add(offset), code.factor(panel), rows),
          );
          source = dropped;
        }
        const to = dKernel.add(panel * this.blockPanels(units));
        fn.call(kernel.index, source, chunk.gatesAt.add(4 * window.first * padded(units)), to, chunk.count);
      }
    }
  }

  /** Bytes of one block's panels in a kernel of that many rows. */
  private blockPanels(rows: number): number {
    return (padded(this.options.units) / 8) * panelBytes(rows);
  }

  private eachStep(build: Build, length: I32, floats: number, body: (offset: I32) => void): void {
    const { fn, rows } = build;
    fn.loop(0, length, 1, (t) => body(fn.let(t.mul(rows).mul(4 * floats))));
  }

  /** One window for all gates, or one for each when each gate's input is dropped on its own. */
  private inputWindows(factors: I32 | undefined): readonly Blocks[] {
    const count = this.cell.kernelOrder.length;
    if (!factors || this.options.recurrentDropout === 0) return [{ first: 0, count }];
    return Array.from({ length: count }, (_, first) => ({ first, count: 1 }));
  }

  /** Runs the body with the input rows of a chunk, once as they are or for each window with its share dropped. */
  private eachInput(
    build: Build,
    factors: I32 | undefined,
    xAt: I32,
    first: I32,
    length: I32,
    body: (from: I32, window: Blocks) => void,
  ): void {
    const { module, fn, rows } = build;
    const [x] = this.inputs;
    const floats = stride(x.features);
    const from = fn.let(xAt.add(first.mul(rows).mul(4 * floats)));
    this.inputWindows(factors).forEach((window, index) => {
      if (!factors) {
        body(from, window);
        return;
      }
      const dropped = build.buffer(this, "dropped", { row: 4 * floats * CHUNK });
      const multiply = multiplyRows(module, padded(x.features), { to: floats, a: floats, b: floats });
      this.eachStep(build, length, floats, (offset) => {
        const factorRow = factors.add(this.factorOffset(build, "input", index));
        fn.call(multiply.index, dropped.add(offset), from.add(offset), factorRow, rows);
      });
      body(dropped, window);
    });
  }

  private factorOffset(build: Build, what: "input" | "state", index: number): I32 {
    const floats = what === "input" ? stride(this.inputs[0].features) : this.rowFloats;
    return build.rows.mul(4 * floats * index);
  }

  /** The buffer of keep factors: [gate][row][feature], the same over all steps; undefined without dropout. */
  private factors(build: Build, what: "input" | "state"): I32 | undefined {
    const { dropout, recurrentDropout } = this.options;
    if (!build.keep || (what === "input" ? dropout : recurrentDropout) === 0) return undefined;
    const floats = what === "input" ? stride(this.inputs[0].features) : this.rowFloats;
    const gates = what === "input" && recurrentDropout === 0 ? 1 : this.cell.kernelOrder.length;
    return build.buffer(this, `${what}Factors`, { row: 4 * floats * gates });
  }

  private writeFactors(build: Build, what: "input" | "state"): I32 | undefined {
    const factors = this.factors(build, what);
    if (!factors) return undefined;
    const { module, fn, rows, rowInBatch } = build;
    const { units, dropout, recurrentDropout } = this.options;
    const { first, second } = build.randomKey(this.random[what === "input" ? 0 : 1]);
    const features = what === "input" ? this.inputs[0].features : units;
    const rate = what === "input" ? dropout : recurrentDropout;
    const kernel = dropoutMask(module, features, stride(features), rate);
    const gates = what === "input" && recurrentDropout === 0 ? 1 : this.cell.kernelOrder.length;
    for (let gate = 0; gate < gates; gate++) {
      const to = factors.add(this.factorOffset(build, what, gate));
      const element = rowInBatch.add(gate * 65536).mul(padded(features));
      fn.call(kernel.index, to, element, first, second, rows);
    }
    return factors;
  }

  /** What every gate row starts from: the biases of each block, of input and recurrence added up. */
  private writeBiasRow(build: Build): I32 {
    const { fn } = build;
    const { units } = this.options;
    const width = 4 * padded(units);
    const row = build.buffer(this, "biasRow", { fixed: this.cell.blocks * width });
    fn.fill(row, I32.of(this.cell.blocks * width));
    if (!this.bias) return row;
    const bias = build.weight(this.bias);
    for (const part of this.cell.biasParts) {
      const to = fn.let(row.add(part.gate * width));
      fn.loop(0, part.count * width, 16, (j) => {
        fn.store(to.add(j), F32x4.load(to.add(j)).add(F32x4.load(bias.add(part.bias * width).add(j))));
      });
    }
    return row;
  }

  /** Between the order of time and the order of processing; both ways are the same turn. */
  private reverse(build: Build, inTime: I32, inOrder: I32, back: boolean): void {
    const { module, fn, rows } = build;
    const steps = build.steps(this.axis);
    const bytes = fn.let(rows.mul(4 * this.rowFloats));
    const copy = copyRows(module, padded(this.options.units), { to: this.rowFloats, from: this.rowFloats });
    fn.loop(0, steps, 1, (t) => {
      const a = inTime.add(t.mul(bytes));
      const b = inOrder.add(steps.sub(1).sub(t).mul(bytes));
      fn.call(copy.index, back ? a : b, back ? b : a, rows);
    });
  }
}
