import {
  type ActivationName,
  type CellShape,
  columnSums,
  copyRows,
  gateStride,
  multiplyRows,
  outer,
  PANEL,
  padded,
  stride,
} from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { type Build, Op, type RandomSource, type Stage } from "../op.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, panelBytes, type Weight } from "../weight.ts";
import { type Cell, StepCode } from "./cell.ts";
import { EmbeddingOp } from "./embedding.ts";
import { Factors } from "./factors.ts";
import { CHUNK, type Chunk, type GateSource } from "./gate-source.ts";
import { RowSource } from "./row-source.ts";
import { TokenSource } from "./token-source.ts";

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

/** Where the parts of a slice's recurrence lie. */
interface Places {
  readonly steps: I32;
  readonly h: I32;
  readonly c: I32;
  readonly gates: I32;
  readonly stateBytes: I32;
  readonly gateBytes: I32;
  readonly mask: I32 | undefined;
}

/**
 * A recurrent layer over a whole sequence. The cell says what one step computes, the source what the input adds to the
 * gates; here is what all share: the walk through time by chunks and back, masks, and the recurrent kernel's gradient.
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
  private readonly recurrentKernel: Weight;
  private readonly bias: Weight | undefined;
  private readonly axis: TimeAxis;
  private readonly source: GateSource;
  private readonly stateFactors: Factors;

  constructor(x: Value, cell: Cell, options: RecurrentOptions) {
    super();
    const { path, units, useBias, returnSequences, dropout, recurrentDropout, seed } = options;
    this.name = cell.name;
    this.cell = cell;
    this.options = options;
    this.axis = x.axis!;
    this.inputs = x.mask ? [x, x.mask] : [x];
    // Where each row drops its own share of a token's features, a token cannot be projected once for all.
    const embedding = x.op instanceof EmbeddingOp && dropout === 0 ? x.op : undefined;
    const kernel = matrixWeight({
      path: `${path}/kernel`,
      rows: x.features,
      units,
      order: cell.kernelOrder,
      transposed: x.differentiable,
      gradient: embedding ? "batch" : "slices",
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
    this.weights = [kernel, this.recurrentKernel, ...(this.bias ? [this.bias] : [])];
    const [inputSource, stateSource] = [{ seed }, { seed: seed + 0x5eed }];
    this.random = [inputSource, stateSource];
    const gates = cell.kernelOrder.length;
    const dropsByGate = recurrentDropout > 0;
    this.stateFactors = new Factors(this, {
      name: "stateFactors",
      features: units,
      gates,
      rate: recurrentDropout,
      source: stateSource,
    });
    const { bias } = this;
    this.source = embedding
      ? new TokenSource({ embedding, cell, units, kernel, bias, owner: this })
      : new RowSource({
          x,
          cell,
          units,
          kernel,
          bias,
          dropsByGate,
          factors: new Factors(this, {
            name: "inputFactors",
            features: x.features,
            gates: dropsByGate ? gates : 1,
            rate: dropout,
            source: inputSource,
          }),
        });
    this.output = returnSequences
      ? new Value("sequence", units, { axis: x.axis, mask: x.mask })
      : new Value("vector", units);
    this.output.op = this;
  }

  override get reads(): readonly Value[] {
    return [...this.source.reads, ...this.inputs.slice(1)];
  }

  override before(): readonly Stage[] {
    return this.source.before;
  }

  override after(): readonly Stage[] {
    return this.source.after;
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
    return build.buffer(this, name, every ? { row, ...this.rowStep(this.rowFloats) } : { row });
  }

  private places(build: Build): Places {
    const { fn, rows, keep } = build;
    const gateFloats = gateStride(this.options.units, this.cell.blocks);
    return {
      steps: build.steps(this.axis),
      h: this.states(build, "h"),
      c: this.cell.cellState ? this.states(build, "c") : I32.of(0),
      gates: build.buffer(this, "gates", keep ? this.rowStep(gateFloats) : { row: 4 * gateFloats * CHUNK }),
      stateBytes: fn.let(rows.mul(4 * this.rowFloats)),
      gateBytes: fn.let(rows.mul(4 * gateFloats)),
      mask: this.inputs.length > 1 ? build.address(this.inputs[1]) : undefined,
    };
  }

  /** Walks over the chunks of steps in the layer's direction, or against it. */
  private eachChunk(build: Build, places: Places, against: boolean, body: (chunk: Chunk) => void): void {
    const { fn, rows, keep } = build;
    const { steps, gates, gateBytes } = places;
    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(CHUNK));
      const at = fn.let(keep ? gates.add(first.mul(gateBytes)) : gates);
      body({ first, length, count: fn.let(length.mul(rows)), gates: at });
    };
    if (this.options.goBackwards !== against) fn.loopDown(0, steps, CHUNK, chunk);
    else fn.loop(0, steps, CHUNK, chunk);
  }

  /** Walks over the steps of a chunk; the body gets where each step's rows lie. */
  private eachStep(
    build: Build,
    places: Places,
    chunk: Chunk,
    against: boolean,
    body: (at: { gates: I32; h: I32; next: I32; c: I32; nextC: I32; mask: I32; t: I32 }) => void,
  ): void {
    const { fn, rows, keep } = build;
    const { h, c, stateBytes, gateBytes, mask } = places;
    const { goBackwards } = this.options;
    const every = this.everyState(build);
    const step = (t: I32) => {
      const before = goBackwards ? t.add(1) : t;
      const after = goBackwards ? t : t.add(1);
      body({
        gates: fn.let(chunk.gates.add(t.sub(chunk.first).mul(gateBytes))),
        h: fn.let(every ? h.add(before.mul(stateBytes)) : h),
        next: fn.let(every ? h.add(after.mul(stateBytes)) : h),
        c: keep ? fn.let(c.add(before.mul(stateBytes))) : c,
        nextC: keep ? fn.let(c.add(after.mul(stateBytes))) : c,
        mask: mask ? fn.let(mask.add(t.mul(rows).mul(4))) : I32.of(0),
        t,
      });
    };
    const end = chunk.first.add(chunk.length);
    if (goBackwards !== against) fn.loopDown(chunk.first, end, 1, step);
    else fn.loop(chunk.first, end, 1, step);
  }

  forward(build: Build): void {
    const { fn, keep } = build;
    const { goBackwards, returnSequences } = this.options;
    const places = this.places(build);
    const { steps, h, c, stateBytes } = places;
    const start = (every: boolean) => (every && goBackwards ? steps.mul(stateBytes) : I32.of(0));
    fn.fill(h.add(start(this.everyState(build))), stateBytes);
    if (this.cell.cellState) fn.fill(c.add(start(keep)), stateBytes);
    this.source.begin(build);
    this.stateFactors.write(build);
    const code = this.stepCode(build, build.weight(this.recurrentKernel));
    this.eachChunk(build, places, false, (chunk) => {
      this.source.fill(build, chunk);
      this.eachStep(build, places, chunk, false, (at) => this.cell.forward(code, at));
    });
    if (returnSequences && goBackwards) this.reverse(build, h, build.address(this.output), false);
  }

  private stepCode(build: Build, recurrentKernel: I32): StepCode {
    const weights = { recurrentKernel, factors: this.stateFactors };
    return new StepCode(build, this, this.cell, this.shape, weights);
  }

  backward(build: Build): void {
    const { module, fn, rows } = build;
    const { units, goBackwards, returnSequences } = this.options;
    const gradient = build.gradient(this.output);
    if (!gradient) return;
    const places = this.places(build);
    const { stateBytes } = places;
    // The gradient of the only output is used up in place; that of all outputs is added step by step.
    const dh = returnSequences ? build.buffer(this, "dh", { row: 4 * this.rowFloats }) : gradient;
    const dc = this.cell.cellState ? build.buffer(this, "dc", { row: 4 * this.rowFloats }) : I32.of(0);
    if (returnSequences) fn.fill(dh, stateBytes);
    if (this.cell.cellState) fn.fill(dc, stateBytes);
    let dOutput = gradient;
    if (returnSequences && goBackwards) {
      dOutput = build.buffer(this, "dReversed", this.rowStep(this.rowFloats));
      this.reverse(build, dOutput, gradient, true);
    }
    const code = this.stepCode(build, build.transposed(this.recurrentKernel));
    const resets = this.cell.recurrences.some(({ from }) => from === "resetState");
    const resetStates = resets ? build.buffer(this, "resetStates", { row: 4 * this.rowFloats * CHUNK }) : I32.of(0);
    const source = this.source.backward(build);
    const addRows = copyRows(module, padded(units), { to: this.rowFloats, from: this.rowFloats }, true);
    this.eachChunk(build, places, true, (chunk) => {
      this.eachStep(build, places, chunk, true, (at) => {
        if (returnSequences) fn.call(addRows.index, dh, dOutput.add(at.t.mul(stateBytes)), rows);
        const resetState = resets ? fn.let(resetStates.add(at.t.sub(chunk.first).mul(stateBytes))) : I32.of(0);
        this.cell.backward(code, { ...at, dh, dc, resetState });
      });
      source(chunk);
      this.biasGradient(build, chunk);
      this.recurrentGradient(build, code, chunk, {
        h: fn.let(places.h.add((goBackwards ? chunk.first.add(1) : chunk.first).mul(stateBytes))),
        resetState: resetStates,
      });
    });
  }

  private biasGradient(build: Build, chunk: Chunk): void {
    const { module, fn } = build;
    const dBias = this.bias && build.weightGradient(this.bias);
    if (!dBias) return;
    const width = padded(this.options.units);
    for (const { gate, bias, count } of this.cell.biasParts) {
      const sums = columnSums(module, count * width, gateStride(this.options.units, this.cell.blocks));
      fn.call(sums.index, chunk.gates.add(4 * gate * width), dBias.add(4 * bias * width), chunk.count);
    }
  }

  private recurrentGradient(
    build: Build,
    code: StepCode,
    chunk: Chunk,
    states: { readonly h: I32; readonly resetState: I32 },
  ): void {
    const { module, fn } = build;
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
        const source = code.drops(from) ? this.dropStates(build, chunk, states.h, panel) : states[from];
        const to = dKernel.add(((panel * padded(units)) / PANEL) * panelBytes(units));
        fn.call(kernel.index, source, chunk.gates.add(4 * window.first * padded(units)), to, chunk.count);
      }
    }
  }

  /** The states of a chunk with one gate's share dropped. */
  private dropStates(build: Build, chunk: Chunk, states: I32, gate: number): I32 {
    const { module, fn, rows } = build;
    const row = this.rowFloats;
    const dropped = build.buffer(this, "droppedStates", { row: 4 * row * CHUNK });
    const multiply = multiplyRows(module, padded(this.options.units), { to: row, a: row, b: row });
    const factors = fn.let(this.stateFactors.at(build, gate));
    fn.loop(0, chunk.length, 1, (t) => {
      const offset = fn.let(t.mul(rows).mul(4 * row));
      fn.call(multiply.index, dropped.add(offset), states.add(offset), factors, rows);
    });
    return dropped;
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
