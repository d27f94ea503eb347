import {
  type ActivationName,
  anyNonZero,
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
import { type Build, Op, type Stage } from "../op.ts";
import { RowOrder } from "../row-order.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, panelBytes, type Weight } from "../weight.ts";
import { type Cell, StepCode, type StepPlace } from "./cell.ts";
import { EmbeddingOp } from "./embedding.ts";
import { Factors } from "./factors.ts";
import { type Chunk, chunkSize, chunkSteps, type GateSource } from "./gate-source.ts";
import { LeftOut } from "./left-out.ts";
import { RowSource } from "./row-source.ts";
import { TokenSource } from "./token-source.ts";
import { turnSteps } from "./turn.ts";

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
  readonly leftOut: LeftOut | undefined;
}

/**
 * A recurrent layer over a whole sequence. The cell says what one step computes, the source what the input adds to the
 * gates; here is what all share: the walk through time and back, and the gradients of recurrent kernel and bias.
 *
 * Everything lies in the order of the input's time. Going forward, state slot t is what step t starts from and slot
 * t + 1 what it leaves; going backwards it is the other way round.
 */
export class RecurrentOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
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
    const gates = cell.kernelOrder.length;
    const dropsByGate = recurrentDropout > 0;
    this.stateFactors = new Factors(this, {
      name: "stateFactors",
      features: units,
      gates,
      rate: recurrentDropout,
      source: stateSource,
    });
    if (embedding && !embedding.rowOrder && !options.goBackwards && !returnSequences && recurrentDropout === 0) {
      embedding.rowOrder = new RowOrder(embedding.tokens, embedding.input, "prefix");
    }
    this.source = embedding
      ? new TokenSource({ embedding, cell, units, kernel, bias: this.bias, owner: this })
      : new RowSource({
          x,
          cell,
          units,
          kernel,
          bias: this.bias,
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

  /** Which rows are left out: those of the mask, or those that share the padding in front of them. */
  private leftOut(build: Build, steps: I32): LeftOut | undefined {
    const policy = build.rowOrder?.policy;
    const { units, goBackwards, returnSequences, recurrentDropout } = this.options;
    const applies =
      policy === "mask"
        ? this.inputs.length > 1
        : this.source instanceof TokenSource && !goBackwards && !returnSequences && recurrentDropout === 0;
    return policy && applies ? new LeftOut(build, policy, units, steps) : undefined;
  }

  private places(build: Build): Places {
    const { fn, rows, keep } = build;
    const steps = build.steps(this.axis);
    const gateFloats = gateStride(this.options.units, this.cell.blocks);
    return {
      steps,
      leftOut: this.leftOut(build, steps),
      h: this.states(build, "h"),
      c: this.cell.cellState ? this.states(build, "c") : I32.of(0),
      gates: build.buffer(this, "gates", keep ? this.rowStep(gateFloats) : chunkSize(4 * gateFloats)),
      stateBytes: fn.let(rows.mul(4 * this.rowFloats)),
      gateBytes: fn.let(rows.mul(4 * gateFloats)),
      mask: this.inputs.length > 1 ? build.address(this.inputs[1]) : undefined,
    };
  }

  /** Walks over the chunks of steps in the layer's direction, or against it. */
  private eachChunk(build: Build, places: Places, against: boolean, body: (chunk: Chunk) => void): void {
    const { fn, rows, keep } = build;
    const { steps, gates, gateBytes } = places;
    const most = chunkSteps(build);
    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(most));
      const at = fn.let(keep ? gates.add(first.mul(gateBytes)) : gates);
      body({ first, length, rows, count: fn.let(length.mul(rows)), gates: at });
    };
    if (this.options.goBackwards !== against) fn.loopDown(0, steps, most, chunk);
    else fn.loop(0, steps, most, chunk);
  }

  private eachRun({ leftOut, gateBytes }: Places, chunk: Chunk, body: (run: Chunk) => void): void {
    if (leftOut) leftOut.eachRun(chunk, gateBytes, body);
    else body(chunk);
  }

  /** Walks over the steps of a chunk; the body gets where each step's rows lie. */
  private eachStep(
    build: Build,
    places: Places,
    chunk: Chunk,
    against: boolean,
    body: (at: StepPlace & { readonly t: I32; readonly rows: I32 }) => void,
  ): void {
    const { fn, rows, keep } = build;
    const { h, c, stateBytes, gateBytes, mask, leftOut } = places;
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
        rows: leftOut?.rows(t) ?? rows,
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
    const { steps, h, c, stateBytes, leftOut } = places;
    const { cellState } = this.cell;
    const start = (every: boolean) => (every && goBackwards ? steps.mul(stateBytes) : I32.of(0));
    fn.fill(h.add(start(this.everyState(build))), stateBytes);
    if (cellState) fn.fill(c.add(start(keep)), stateBytes);
    this.source.begin(build);
    this.stateFactors.write(build);
    const code = this.stepCode(build, build.weight(this.recurrentKernel));
    this.eachChunk(build, places, false, (chunk) => {
      this.eachRun(places, chunk, (run) => this.source.fill(build, run));
      this.eachStep(build, places, chunk, false, (at) => {
        leftOut?.takeOver(at.t, cellState ? [at.h, at.c] : [at.h]);
        code.rows = at.rows;
        this.cell.forward(code, at);
        if (this.everyState(build)) leftOut?.carryOn(at, cellState && keep);
      });
    });
    const last = (base: I32, every: boolean) => (every ? fn.let(base.add(steps.mul(stateBytes))) : base);
    const lastH = last(h, this.everyState(build));
    leftOut?.takeOver(steps, cellState ? [lastH, last(c, keep)] : [lastH]);
    if (returnSequences && goBackwards) turnSteps(build, this.options.units, steps, h, build.address(this.output));
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
      turnSteps(build, units, places.steps, gradient, dOutput);
    }
    const code = this.stepCode(build, build.transposed(this.recurrentKernel));
    const resets = this.cell.recurrences.some(({ from }) => from === "resetState");
    const resetStates = resets ? build.buffer(this, "resetStates", chunkSize(4 * this.rowFloats)) : I32.of(0);
    const source = this.source.backward(build);
    const addRows = copyRows(module, padded(units), { to: this.rowFloats, from: this.rowFloats }, true);
    const gradients = this.cell.cellState ? [dh, dc] : [dh];
    places.leftOut?.giveBack(places.steps, gradients);
    const resetAt = (t: I32, chunk: Chunk) =>
      resets ? fn.let(resetStates.add(t.sub(chunk.first).mul(stateBytes))) : I32.of(0);
    const chunkBack = (chunk: Chunk) => {
      this.eachStep(build, places, chunk, true, (at) => {
        if (returnSequences) fn.call(addRows.index, dh, dOutput.add(at.t.mul(stateBytes)), rows);
        code.rows = at.rows;
        this.cell.backward(code, { ...at, dh, dc, resetState: resetAt(at.t, chunk) });
        places.leftOut?.giveBack(at.t, gradients);
      });
      this.eachRun(places, chunk, (run) => {
        source.take(run);
        this.biasGradient(build, run);
        this.recurrentGradient(build, code, run, {
          h: fn.let(places.h.add((goBackwards ? run.first.add(1) : run.first).mul(stateBytes))),
          resetState: resetAt(run.first, chunk),
        });
      });
    };
    this.eachChunk(build, places, true, (chunk) => {
      if (returnSequences) {
        chunkBack(chunk);
        return;
      }
      // A gradient that enters at the end alone shrinks on its way back, and is exactly zero after some hundred steps.
      const nonZero = anyNonZero(module, padded(units), this.rowFloats);
      const found = gradients.map((gradient) => fn.callFor(I32, nonZero.index, gradient, rows));
      const some = found.reduce((a, b) => a.add(b));
      fn.if(
        some,
        () => chunkBack(chunk),
        () => source.zero(chunk),
      );
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
    const { module, fn } = build;
    const row = this.rowFloats;
    const dropped = build.buffer(this, "droppedStates", chunkSize(4 * row));
    const multiply = multiplyRows(module, padded(this.options.units), { to: row, a: row, b: row });
    const factors = fn.let(this.stateFactors.at(build, gate));
    fn.loop(0, chunk.length, 1, (t) => {
      const offset = fn.let(t.mul(build.rows).mul(4 * row));
      fn.call(multiply.index, dropped.add(offset), states.add(offset), factors, chunk.rows);
    });
    return dropped;
  }
}
