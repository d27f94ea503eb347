import { activationNeeds, anyNonZero, type CellShape, copyRows, gateStride, padded } from "../../kernels/index.ts";
import { I32, type Variable } from "../../wasm/index.ts";
import type { Together } from "../crew.ts";
import { rareOps } from "../late.ts";
import { type Build, type Cost, type Counts, Op, type Stage, timesTaken } from "../op.ts";
import { RowOrder } from "../row-order.ts";
import { type TimeAxis, Value } from "../value.ts";
import { activePool, type Weight } from "../weight.ts";
import { type Cell, StepCode, sharesRow } from "./cell.ts";
import { EmbeddingOp } from "./embedding.ts";
import { Factors } from "./factors.ts";
import { FinalStateOp } from "./final-state.ts";
import { FirstStates } from "./first-states.ts";
import { type Chunk, chunkSize, type GateSource } from "./gate-source.ts";
import { LeftOut } from "./left-out.ts";
import { RecurrentGradients } from "./recurrent-gradients.ts";
import type { RecurrentOptions } from "./recurrent-options.ts";
import { recurrentWeights } from "./recurrent-weights.ts";
import { RowSource } from "./row-source.ts";
import { withFunctions } from "./softmax-cell.ts";
import { StateSlots } from "./state-slots.ts";
import { TokenSource } from "./token-source.ts";
import { turnSteps } from "./turn.ts";
import { Walk } from "./walk.ts";

/**
 * A recurrent layer over a whole sequence. The cell says what one step computes, the source what the input adds to the
 * gates; here is what all share: the walk through time and back, and the gradients of recurrent kernel and bias.
 */
export class RecurrentOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly weights: readonly Weight[];
  override readonly states: readonly Weight[];
  override readonly needsAllSteps: string | undefined;
  readonly cell: Cell;
  private readonly functions: Pick<CellShape, "activation" | "recurrentActivation">;
  readonly options: RecurrentOptions;
  readonly mask: Value | undefined;
  private readonly first: FirstStates;
  private readonly finals: readonly FinalStateOp[];
  private readonly slots: StateSlots;
  private readonly recurrentKernel: Weight;
  private readonly bias: Weight | undefined;
  readonly axis: TimeAxis;
  private readonly source: GateSource;
  private readonly stateFactors: Factors;
  private readonly gradients: RecurrentGradients;

  constructor(x: Value, of: Cell, options: RecurrentOptions) {
    super();
    const { cell, functions } = withFunctions(of, options);
    const { units, returnSequences, dropout, recurrentDropout, seed } = options;
    this.name = cell.name;
    this.cell = cell;
    this.functions = functions;
    this.options = options;
    this.axis = x.axis!;
    this.mask = x.mask;
    const states = cell.cellState ? ["h", "c"] : ["h"];
    this.first = new FirstStates(
      options,
      states.map((name) => ({ name, features: units })),
    );
    this.states = this.first.kept;
    this.inputs = [x, ...(x.mask ? [x.mask] : []), ...this.first.values];
    this.needsAllSteps = options.goBackwards ? "begins at the last step" : this.first.needsAllSteps;
    // Where each row drops its own share of a token's features, a token cannot be projected once for all; and weights
    // that are shared take their gradients from all places by slices.
    const projects = dropout === 0 && activePool() === undefined;
    const embedding = projects && x.op instanceof EmbeddingOp && !x.op.shared ? x.op : undefined;
    const { kernel, recurrentKernel, bias } = recurrentWeights(x, cell, options, embedding ? "batch" : "slices");
    this.recurrentKernel = recurrentKernel;
    this.bias = bias;
    this.weights = [kernel, recurrentKernel, ...(bias ? [bias] : [])];
    this.stateFactors = new Factors(this, {
      name: "stateFactors",
      features: units,
      gates: cell.kernelOrder.length,
      rate: recurrentDropout,
      source: { seed: seed + 0x5eed },
    });
    // Rows that start from states of their own share no padding in front.
    const shares = !options.goBackwards && !returnSequences && recurrentDropout === 0 && !this.first.given;
    if (embedding && !embedding.rowOrder && shares) {
      embedding.rowOrder = new RowOrder(embedding.tokens, embedding.input);
    }
    this.gradients = new RecurrentGradients({
      cell,
      units,
      recurrentKernel: this.recurrentKernel,
      bias: this.bias,
      stateFactors: this.stateFactors,
    });
    const shared = { cell, units, kernel, bias };
    this.source = embedding
      ? new TokenSource({ ...shared, embedding, owner: this, leavesOut: (order) => this.leavesOut(order) })
      : new RowSource({ ...shared, x, owner: this, dropout, dropsByGate: recurrentDropout > 0, seed });
    const { goBackwards } = options;
    const { axis, source } = this;
    this.slots = new StateSlots(this, { units, axis, returnSequences, goBackwards, refills: source.refills });
    this.output = returnSequences
      ? new Value("sequence", units, { axis: x.axis, mask: x.mask })
      : new Value("vector", units);
    this.output.op = this;
    this.finals = (cell.cellState ? (["h", "c"] as const) : (["h"] as const)).map(
      (name) => new FinalStateOp(this.output, (build) => this.slots.last(build, name)),
    );
  }

  /** The states behind the last step, each as a value: h, and of cells with two also c. */
  get finalStates(): readonly Value[] {
    return this.finals.map(({ output }) => output);
  }

  override get reads(): readonly Value[] {
    return [...this.source.reads, ...this.inputs.slice(1)];
  }

  override get needs() {
    const { activation, recurrentActivation } = this.functions;
    const functions = activationNeeds(activation, recurrentActivation);
    return [...functions, ...(this.cell.needs ?? []), ...this.first.needs];
  }

  override get sharesRow(): boolean {
    return sharesRow(this.cell, this.options.units);
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
    if (!returnSequences) return this.slots.last(build, "h");
    const h = this.slots.all(build, "h");
    return goBackwards ? h : h.add(build.rows.mul(4 * this.rowFloats));
  }

  private shape(build: Build): CellShape {
    return { units: this.options.units, ...this.functions, masked: this.mask !== undefined, sums: build.keep };
  }

  /** Whether the outputs come in another order than that of the input's time. */
  private get turns(): boolean {
    const { returnSequences, goBackwards, turned = false } = this.options;
    return returnSequences && goBackwards !== turned;
  }

  private get rowFloats(): number {
    return this.slots.rowFloats;
  }

  private rowStep(floats: number) {
    return { rowStep: 4 * floats, axis: this.axis };
  }

  /** Whether rows are left out: those of the mask, or those that share the padding in front of them. */
  private leavesOut(order: RowOrder): boolean {
    const { goBackwards, returnSequences, recurrentDropout } = this.options;
    if (order.mask) return this.mask === order.mask;
    const tokens = this.source instanceof TokenSource && !this.first.given;
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
    const everyGate = this.slots.keepsAll(build);
    const places = {
      steps,
      leftOut: this.leftOut(build, steps),
      h: this.slots.all(build, "h"),
      c: this.cell.cellState ? this.slots.all(build, "c") : I32.of(0),
      gates: build.buffer(this, "gates", everyGate ? this.rowStep(gateFloats) : chunkSize(4 * gateFloats)),
      stateBytes: fn.let(rows.mul(4 * this.rowFloats)),
      gateBytes: fn.let(rows.mul(4 * gateFloats)),
      mask: this.mask && build.address(this.mask),
      everyH: this.slots.hasEvery(build, "h"),
      everyC: everyGate,
      everyGate,
    };
    return new Walk(build, places, this.options.goBackwards);
  }

  forward(build: Build): void {
    const alone = () => this.forwardAlone(build);
    if (build.keep || !this.sharesRow) alone();
    else build.together(build.rows.equals(1), (inner, threads) => this.forwardTogether(inner, threads), alone);
  }

  private forwardAlone(build: Build): void {
    const { fn } = build;
    const walk = this.walk(build);
    const { h, c, everyH } = walk.places;
    this.begin(build, fn.let(walk.first("h")), fn.let(walk.first("c")));
    const code = this.stepCode(build, build.weight(this.recurrentKernel));
    const computed = fn.variable(I32, I32.of(0));
    walk.eachChunk(false, (chunk) => {
      if (this.slots.again(build)) {
        if (!everyH) this.slots.borders(build, "h").save(chunk, h);
        if (this.cell.cellState) this.slots.borders(build, "c").save(chunk, c);
      }
      this.forwardChunk(build, code, walk, chunk, computed);
    });
    build.tally(this, "forward", computed.get);
    this.end(build, walk);
  }

  private forwardTogether(build: Build, threads: Together): void {
    const { cell, source, options } = this;
    const walk = this.walk(build);
    rareOps.loaded.walkTogether(build, threads, {
      owner: this,
      cell,
      source,
      walk,
      units: options.units,
      begin: (h) => this.begin(build, h, build.fn.let(walk.first("c"))),
      code: this.codeOptions(build, build.weight(this.recurrentKernel)),
      end: () => this.end(build, walk),
    });
  }

  /** Writes what the states start from, and what the source needs. */
  private begin(build: Build, h: I32, c: I32): void {
    this.first.write(build, 0, h);
    if (this.cell.cellState) this.first.write(build, 1, c);
    this.source.begin(build);
    this.stateFactors.write(build);
  }

  /** Keeps the last states, and brings the outputs into the order in which they are wanted. */
  private end(build: Build, walk: Walk): void {
    const { fn } = build;
    const { steps, h, stateBytes, leftOut } = walk.places;
    const last = (this.cell.cellState ? (["h", "c"] as const) : (["h"] as const)).map((name) =>
      fn.let(this.slots.last(build, name)),
    );
    leftOut?.takeOver(steps, last);
    last.forEach((state, index) => {
      this.first.keep(build, index, state);
    });
    if (!this.turns) return;
    // What leaves step t lies in slot t + 1 forward in time, in slot t backwards.
    const outputs = this.options.goBackwards ? h : fn.let(h.add(stateBytes));
    turnSteps(build, this.options.units, steps, outputs, build.address(this.output));
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
      ...(walk.places.everyH ? {} : { h: this.slots.borders(build, "h").restore(chunk, slot) }),
      ...(this.cell.cellState ? { c: this.slots.borders(build, "c").restore(chunk, slot) } : {}),
      everyH: true,
      everyC: true,
    });
    this.forwardChunk(build, code, again, chunk, computed);
    return again;
  }

  private codeOptions(build: Build, recurrentKernel: I32): ConstructorParameters<typeof StepCode> {
    return [build, this, this.cell, this.shape(build), { recurrentKernel, factors: this.stateFactors }];
  }

  private stepCode(build: Build, recurrentKernel: I32): StepCode {
    return new StepCode(...this.codeOptions(build, recurrentKernel));
  }

  backward(build: Build): void {
    const { module, fn, rows } = build;
    const { units, returnSequences } = this.options;
    const gradient = build.gradient(this.output);
    const [dLastH, dLastC] = this.finals.map(({ output }) => build.gradient(output));
    if (!gradient && !dLastH && !dLastC) return;
    const whole = this.walk(build);
    const { stateBytes, steps, leftOut } = whole.places;
    const addRows = copyRows(module, padded(units), { to: this.rowFloats, from: this.rowFloats }, true);
    const begin = (dState: I32, dLast: I32 | undefined, inPlace = false) => {
      if (!inPlace) fn.fill(dState, stateBytes);
      if (dLast) fn.call(addRows, dState, dLast, rows);
    };
    // The gradient of the only output is used up in place; that of all outputs is added step by step.
    const inPlace = gradient !== undefined && !returnSequences;
    const dh = inPlace ? gradient : build.buffer(this, "dh", { row: 4 * this.rowFloats });
    const dc = this.cell.cellState ? build.buffer(this, "dc", { row: 4 * this.rowFloats }) : I32.of(0);
    begin(dh, dLastH, inPlace);
    if (this.cell.cellState) begin(dc, dLastC);
    let dOutput = returnSequences ? gradient : undefined;
    if (dOutput && this.turns) {
      const turned = build.buffer(this, "dReversed", this.rowStep(this.rowFloats));
      turnSteps(build, units, steps, dOutput, turned);
      dOutput = turned;
    }
    const code = this.stepCode(build, build.transposed(this.recurrentKernel));
    const codeAgain = this.slots.again(build) ? this.stepCode(build, build.weight(this.recurrentKernel)) : undefined;
    const resets = this.cell.recurrences.some(({ from }) => from === "resetState");
    const resetStates = resets ? build.buffer(this, "resetStates", chunkSize(4 * this.rowFloats)) : I32.of(0);
    const source = this.source.backward(build);
    const gradients = this.cell.cellState ? [dh, dc] : [dh];
    leftOut?.giveBack(steps, gradients);
    const resetAt = (t: I32, chunk: Chunk) =>
      resets ? fn.let(resetStates.add(t.sub(chunk.first).mul(stateBytes))) : I32.of(0);
    const computed = fn.variable(I32, I32.of(0));
    const computedAgain = fn.variable(I32, I32.of(0));
    const chunkBack = (chunk: Chunk) => {
      const walk = codeAgain ? this.walkAgain(build, codeAgain, whole, chunk, computedAgain) : whole;
      walk.eachStep(chunk, true, (at) => {
        if (dOutput) fn.call(addRows, dh, dOutput.add(at.t.mul(stateBytes)), rows);
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
      if (dOutput) {
        chunkBack(chunk);
        return;
      }
      // A gradient that enters at the end alone shrinks on its way back, and is exactly zero after some hundred steps.
      const nonZero = anyNonZero(module, padded(units), this.rowFloats);
      const found = gradients.map((gradient) => fn.callFor(I32, nonZero, gradient, rows));
      const some = found.reduce((a, b) => a.add(b));
      fn.if(
        some,
        () => chunkBack(chunk),
        () => source.zero(chunk),
      );
    });
    gradients.forEach((dState, index) => {
      this.first.back(build, index, dState);
    });
    build.tally(this, "backward", computed.get);
    build.tally(this, "again", computedAgain.get);
  }

  override cost(counts: Counts): Cost {
    const [forward, backward, again] = ["forward", "backward", "again"].map((name) => counts.tally(this, name));
    const places = counts.rows * this.axis.steps(counts.steps);
    const blocks = this.cell.recurrences.reduce((sum, { window }) => sum + window.count, 0);
    const step = blocks * this.options.units ** 2;
    const times = timesTaken(this.output.differentiable, this.recurrentKernel.trainable);
    const input = this.source.cost(counts, { forward: forward + again, backward, places });
    return {
      done: step * (forward + again + (times - 1) * backward) + input.done,
      plain: step * times * places + input.plain,
    };
  }
}
