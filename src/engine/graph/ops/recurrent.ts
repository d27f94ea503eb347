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
import { I32, type Variable } from "../../wasm/index.ts";
import { type Build, type Cost, type Counts, Op, type Stage } from "../op.ts";
import { RowOrder } from "../row-order.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, panelBytes, type Weight } from "../weight.ts";
import { Borders } from "./borders.ts";
import { type Cell, StepCode } from "./cell.ts";
import { EmbeddingOp } from "./embedding.ts";
import { Factors } from "./factors.ts";
import { type Chunk, chunkSize, type GateSource } from "./gate-source.ts";
import { LeftOut } from "./left-out.ts";
import { RowSource } from "./row-source.ts";
import { TokenSource } from "./token-source.ts";
import { turnSteps } from "./turn.ts";
import { Walk } from "./walk.ts";

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
 * A recurrent layer over a whole sequence. The cell says what one step computes, the source what the input adds to the
 * gates; here is what all share: the walk through time and back, and the gradients of recurrent kernel and bias.
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

  /** Gates and states of a chunk are computed again on the way back, rather than kept. */
  private again(build: Build): boolean {
    return build.keep && build.recomputes && this.source.refills;
  }

  /** Whether gates and cell states have a place for every step. */
  private keepsAll(build: Build): boolean {
    return build.keep && !this.again(build);
  }

  private everyState(build: Build): boolean {
    return this.keepsAll(build) || this.options.returnSequences;
  }

  private rowStep(floats: number) {
    return { rowStep: 4 * floats, axis: this.axis };
  }

  private states(build: Build, name: "h" | "c"): I32 {
    const row = 4 * this.rowFloats;
    const every = name === "h" ? this.everyState(build) : this.keepsAll(build);
    return build.buffer(this, name, every ? { row, ...this.rowStep(this.rowFloats) } : { row });
  }

  private borders(build: Build, name: "h" | "c"): Borders {
    return new Borders(build, this, { name, rowFloats: this.rowFloats, axis: this.axis });
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

  private walk(build: Build): Walk {
    const { fn, rows } = build;
    const steps = build.steps(this.axis);
    const gateFloats = gateStride(this.options.units, this.cell.blocks);
    const everyGate = this.keepsAll(build);
    const places = {
      steps,
      leftOut: this.leftOut(build, steps),
      h: this.states(build, "h"),
      c: this.cell.cellState ? this.states(build, "c") : I32.of(0),
      gates: build.buffer(this, "gates", everyGate ? this.rowStep(gateFloats) : chunkSize(4 * gateFloats)),
      stateBytes: fn.let(rows.mul(4 * this.rowFloats)),
      gateBytes: fn.let(rows.mul(4 * gateFloats)),
      mask: this.inputs.length > 1 ? build.address(this.inputs[1]) : undefined,
      everyH: this.everyState(build),
      everyC: everyGate,
      everyGate,
    };
    return new Walk(build, places, this.options.goBackwards);
  }

  forward(build: Build): void {
    const { fn } = build;
    const { goBackwards, returnSequences } = this.options;
    const walk = this.walk(build);
    const { steps, h, c, stateBytes, leftOut, everyH, everyC } = walk.places;
    const { cellState } = this.cell;
    const start = (every: boolean) => (every && goBackwards ? steps.mul(stateBytes) : I32.of(0));
    fn.fill(h.add(start(everyH)), stateBytes);
    if (cellState) fn.fill(c.add(start(everyC)), stateBytes);
    this.source.begin(build);
    this.stateFactors.write(build);
    const code = this.stepCode(build, build.weight(this.recurrentKernel));
    const computed = fn.variable(I32, I32.of(0));
    walk.eachChunk(false, (chunk) => {
      if (this.again(build)) {
        if (!everyH) this.borders(build, "h").save(chunk, h);
        if (cellState) this.borders(build, "c").save(chunk, c);
      }
      this.forwardChunk(build, code, walk, chunk, computed);
    });
    build.tally(this, "forward", computed.get);
    const last = (base: I32, every: boolean) => (every ? fn.let(base.add(steps.mul(stateBytes))) : base);
    const lastH = last(h, everyH);
    leftOut?.takeOver(steps, cellState ? [lastH, last(c, everyC)] : [lastH]);
    if (returnSequences && goBackwards) turnSteps(build, this.options.units, steps, h, build.address(this.output));
  }

  /** `computed` counts the rows of all steps. */
  private forwardChunk(build: Build, code: StepCode, walk: Walk, chunk: Chunk, computed: Variable<I32>): void {
    const { leftOut, everyH, everyC } = walk.places;
    const { cellState } = this.cell;
    walk.eachRun(chunk, (run) => this.source.fill(build, run));
    walk.eachStep(chunk, false, (at) => {
      leftOut?.takeOver(at.t, cellState ? [at.h, at.c] : [at.h]);
      code.rows = at.rows;
      computed.set(computed.get.add(at.rows));
      this.cell.forward(code, at);
      if (everyH) leftOut?.carryOn(at, cellState && everyC);
    });
  }

  /** The way of a chunk with the gates and states of its steps, computed again from the state it started from. */
  private walkAgain(build: Build, code: StepCode, walk: Walk, chunk: Chunk, computed: Variable<I32>): Walk {
    const slot = walk.start(chunk);
    const again = walk.at({
      ...(walk.places.everyH ? {} : { h: this.borders(build, "h").restore(chunk, slot) }),
      ...(this.cell.cellState ? { c: this.borders(build, "c").restore(chunk, slot) } : {}),
      everyH: true,
      everyC: true,
    });
    this.forwardChunk(build, code, again, chunk, computed);
    return again;
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
    const whole = this.walk(build);
    const { stateBytes, steps, leftOut } = whole.places;
    // The gradient of the only output is used up in place; that of all outputs is added step by step.
    const dh = returnSequences ? build.buffer(this, "dh", { row: 4 * this.rowFloats }) : gradient;
    const dc = this.cell.cellState ? build.buffer(this, "dc", { row: 4 * this.rowFloats }) : I32.of(0);
    if (returnSequences) fn.fill(dh, stateBytes);
    if (this.cell.cellState) fn.fill(dc, stateBytes);
    let dOutput = gradient;
    if (returnSequences && goBackwards) {
      dOutput = build.buffer(this, "dReversed", this.rowStep(this.rowFloats));
      turnSteps(build, units, steps, gradient, dOutput);
    }
    const code = this.stepCode(build, build.transposed(this.recurrentKernel));
    const codeAgain = this.again(build) ? this.stepCode(build, build.weight(this.recurrentKernel)) : undefined;
    const resets = this.cell.recurrences.some(({ from }) => from === "resetState");
    const resetStates = resets ? build.buffer(this, "resetStates", chunkSize(4 * this.rowFloats)) : I32.of(0);
    const source = this.source.backward(build);
    const addRows = copyRows(module, padded(units), { to: this.rowFloats, from: this.rowFloats }, true);
    const gradients = this.cell.cellState ? [dh, dc] : [dh];
    leftOut?.giveBack(steps, gradients);
    const resetAt = (t: I32, chunk: Chunk) =>
      resets ? fn.let(resetStates.add(t.sub(chunk.first).mul(stateBytes))) : I32.of(0);
    const computed = fn.variable(I32, I32.of(0));
    const computedAgain = fn.variable(I32, I32.of(0));
    const chunkBack = (chunk: Chunk) => {
      const walk = codeAgain ? this.walkAgain(build, codeAgain, whole, chunk, computedAgain) : whole;
      walk.eachStep(chunk, true, (at) => {
        if (returnSequences) fn.call(addRows.index, dh, dOutput.add(at.t.mul(stateBytes)), rows);
        code.rows = at.rows;
        computed.set(computed.get.add(at.rows));
        this.cell.backward(code, { ...at, dh, dc, resetState: resetAt(at.t, chunk) });
        leftOut?.giveBack(at.t, gradients);
      });
      walk.eachRun(chunk, (run) => {
        source.take(run);
        this.biasGradient(build, run);
        this.recurrentGradient(build, code, run, {
          h: fn.let(walk.places.h.add(walk.firstRead(run).mul(stateBytes))),
          resetState: resetAt(run.first, chunk),
        });
      });
    };
    whole.eachChunk(true, (chunk) => {
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
    build.tally(this, "backward", computed.get);
    build.tally(this, "again", computedAgain.get);
  }

  override cost(counts: Counts): Cost {
    const [forward, backward, again] = ["forward", "backward", "again"].map((name) => counts.tally(this, name));
    const places = counts.rows * counts.steps[this.axis.index];
    const blocks = this.cell.recurrences.reduce((sum, { window }) => sum + window.count, 0);
    const step = blocks * this.options.units ** 2;
    const input = this.source.cost(counts, { forward: forward + again, backward, places });
    return {
      done: step * (forward + again + 2 * backward) + input.done,
      plain: step * 3 * places + input.plain,
    };
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
