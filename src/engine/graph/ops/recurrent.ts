import {
  type ActivationName,
  anyNonZero,
  type CellShape,
  copyRows,
  gateStride,
  padded,
  stride,
} from "../../kernels/index.ts";
import { I32, type Variable } from "../../wasm/index.ts";
import { type Build, type Cost, type Counts, Op, type Stage } from "../op.ts";
import { RowOrder } from "../row-order.ts";
import { type TimeAxis, Value } from "../value.ts";
import { biasWeight, matrixWeight, type Weight } from "../weight.ts";
import { Borders } from "./borders.ts";
import { type Cell, StepCode } from "./cell.ts";
import { EmbeddingOp } from "./embedding.ts";
import { Factors } from "./factors.ts";
import { type Chunk, chunkSize, type GateSource } from "./gate-source.ts";
import { LeftOut } from "./left-out.ts";
import { RecurrentGradients } from "./recurrent-gradients.ts";
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
  /** Sequences come out in the other order than Keras's: that of a wrapper that turns them back. Default false. */
  readonly turned?: boolean;
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
  private readonly gradients: RecurrentGradients;

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
      embedding.rowOrder = new RowOrder(embedding.tokens, embedding.input);
    }
    this.gradients = new RecurrentGradients({
      cell,
      units,
      recurrentKernel: this.recurrentKernel,
      bias: this.bias,
      stateFactors: this.stateFactors,
    });
    this.source = embedding
      ? new TokenSource({
          embedding,
          cell,
          units,
          kernel,
          bias: this.bias,
          owner: this,
          leavesOut: (order) => this.leavesOut(order),
        })
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
    if (this.turns) return build.buffer(this, "reversed", this.rowStep(this.rowFloats));
    const h = this.states(build, "h");
    const rowBytes = build.rows.mul(4 * this.rowFloats);
    if (goBackwards || !this.everyState(build)) return h;
    if (returnSequences) return h.add(rowBytes);
    return h.add(build.steps(this.axis).mul(rowBytes));
  }

  private get shape(): CellShape {
    const { units, activation, recurrentActivation } = this.options;
    return { units, activation, recurrentActivation, masked: this.inputs.length > 1 };
  }

  /** Whether the outputs come in another order than that of the input's time. */
  private get turns(): boolean {
    const { returnSequences, goBackwards, turned = false } = this.options;
    return returnSequences && goBackwards !== turned;
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

  /** Whether rows are left out: those of the mask, or those that share the padding in front of them. */
  private leavesOut(order: RowOrder): boolean {
    const { goBackwards, returnSequences, recurrentDropout } = this.options;
    if (order.mask) return this.inputs[1] === order.mask;
    const tokens = this.source instanceof TokenSource;
    return tokens && !goBackwards && !returnSequences && recurrentDropout === 0;
  }

  private leftOut(build: Build, steps: I32): LeftOut | undefined {
    const { rowOrder } = build;
    if (!rowOrder || !this.leavesOut(rowOrder)) return undefined;
    return new LeftOut(build, rowOrder.policy, this.options.units, steps);
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
    const { goBackwards } = this.options;
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
    if (this.turns) {
      // What leaves step t lies in slot t + 1 forward in time, in slot t backwards.
      const outputs = goBackwards ? h : fn.let(h.add(stateBytes));
      turnSteps(build, this.options.units, steps, outputs, build.address(this.output));
    }
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
    const { units, returnSequences } = this.options;
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
    if (this.turns) {
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
        this.gradients.bias(build, run);
        this.gradients.recurrentKernel(build, code, run, {
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
    const places = counts.rows * this.axis.steps(counts.steps);
    const blocks = this.cell.recurrences.reduce((sum, { window }) => sum + window.count, 0);
    const step = blocks * this.options.units ** 2;
    const input = this.source.cost(counts, { forward: forward + again, backward, places });
    return {
      done: step * (forward + again + 2 * backward) + input.done,
      plain: step * 3 * places + input.plain,
    };
  }
}
