import { anyNonZero, copyRows, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import { FormulaCode, type Places } from "../formula/code.ts";
import type { Term } from "../formula/term.ts";
import { type Build, type Cost, type Counts, Op } from "../op.ts";
import { stateOf, type TracedOp } from "../traced.ts";
import { type TimeAxis, Value } from "../value.ts";
import type { Weight } from "../weight.ts";
import { Factors } from "./factors.ts";
import { FinalStateOp } from "./final-state.ts";
import { FirstStates } from "./first-states.ts";
import { chunkSize, chunkSteps } from "./gate-source.ts";
import type { RecurrentOptions } from "./recurrent-options.ts";
import { turnSteps } from "./turn.ts";

/** A cell as formulas: its states, the first of which is its output, and what each becomes in a step. */
export interface CellFormula {
  readonly name: string;
  readonly states: readonly { readonly name: string; readonly features: number }[];
  readonly weights: readonly Weight[];
  readonly results: readonly Term[];
}

/** As of the cells that are built in, but for what the formulas say. */
export type FormulaRecurrentOptions = Omit<
  RecurrentOptions,
  "units" | "activation" | "recurrentActivation" | "useBias"
>;

/** A run of steps whose rows lie one behind the other. */
interface Chunk {
  readonly first: I32;
  readonly length: I32;
  readonly count: I32;
  /** Where the blocks of its first row lie. */
  readonly blocks: I32;
}

/**
 * A recurrent layer whose cell is given as formulas. What a step computes, and its gradient, is written from them: what
 * does not depend on the states for the steps of a chunk at once, the rest in loops over the rows of a step.
 */
export class FormulaRecurrentOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly needsAllSteps: string | undefined;
  override readonly weights: readonly Weight[];
  override readonly states: readonly Weight[];
  private readonly x: Value;
  readonly cell: CellFormula;
  readonly options: FormulaRecurrentOptions;
  readonly axis: TimeAxis;
  readonly mask: Value | undefined;
  private readonly first: FirstStates;
  private readonly finals: readonly FinalStateOp[];
  private readonly inputFactors: Factors;
  private readonly stateFactors: readonly Factors[];
  private readonly codes = new Map<boolean, FormulaCode>();

  constructor(x: Value, cell: CellFormula, options: FormulaRecurrentOptions) {
    super();
    const { dropout, recurrentDropout, seed, returnSequences } = options;
    this.name = cell.name;
    this.x = x;
    this.cell = cell;
    this.options = options;
    this.axis = x.axis!;
    this.mask = x.mask;
    this.first = new FirstStates(options, cell.states);
    this.states = this.first.kept;
    this.needsAllSteps = options.goBackwards ? "begins at the last step" : this.first.needsAllSteps;
    this.inputs = [x, ...(x.mask ? [x.mask] : []), ...this.first.values];
    this.weights = cell.weights;
    const factors = (name: string, features: number, rate: number, source: number) =>
      new Factors(this, { name, features, gates: 1, rate, source: { seed: source } });
    this.inputFactors = factors("inputFactors", x.features, dropout, seed);
    this.stateFactors = cell.states.map(({ name, features }, i) =>
      factors(`factors of ${name}`, features, recurrentDropout, seed + 0x5eed + i),
    );
    const [{ features }] = cell.states;
    this.output = returnSequences
      ? new Value("sequence", features, { axis: x.axis, mask: x.mask })
      : new Value("vector", features);
    this.output.op = this;
    this.finals = cell.states.map(
      ({ features }, index) => new FinalStateOp(this.output, (build) => this.last(build, index), features),
    );
  }

  /** The states behind the last step, each as a value. */
  get finalStates(): readonly Value[] {
    return this.finals.map(({ output }) => output);
  }

  private code(build: Build): FormulaCode {
    let code = this.codes.get(build.keep);
    if (!code) {
      const { dropout, recurrentDropout } = this.options;
      const drops = { input: build.keep && dropout > 0, states: build.keep && recurrentDropout > 0 };
      const states = this.cell.states.map(({ features }) => features);
      const formula = { inputs: [this.x.features], states, results: this.cell.results };
      code = new FormulaCode(formula, { trains: build.keep, masked: this.x.mask !== undefined, drops });
      this.codes.set(build.keep, code);
    }
    return code;
  }

  private get turns(): boolean {
    const { returnSequences, goBackwards, turned = false } = this.options;
    return returnSequences && goBackwards !== turned;
  }

  private rowFloats(state: number): number {
    return stride(this.cell.states[state].features);
  }

  /** Whether a state has a slot for every step. */
  private hasEvery(build: Build, state: number): boolean {
    return build.keep || build.traces || (state === 0 && this.options.returnSequences);
  }

  private slots(build: Build, state: number): I32 {
    const row = 4 * this.rowFloats(state);
    const size = this.hasEvery(build, state) ? { row, rowStep: row, axis: this.axis } : { row };
    return build.buffer(this, `state ${state}`, size);
  }

  private slot(build: Build, state: number, index: I32): I32 {
    const slots = this.slots(build, state);
    return this.hasEvery(build, state) ? slots.add(index.mul(build.rows).mul(4 * this.rowFloats(state))) : slots;
  }

  private last(build: Build, state: number): I32 {
    return this.slot(build, state, this.options.goBackwards ? I32.of(0) : build.steps(this.axis));
  }

  override locate(build: Build): I32 {
    const { returnSequences, goBackwards } = this.options;
    const rowStep = 4 * this.rowFloats(0);
    if (this.turns) return build.buffer(this, "reversed", { rowStep, axis: this.axis });
    if (!returnSequences) return this.last(build, 0);
    return this.slot(build, 0, I32.of(goBackwards ? 0 : 1));
  }

  private eachChunk(build: Build, against: boolean, body: (chunk: Chunk) => void): void {
    const { fn, rows } = build;
    const steps = build.steps(this.axis);
    const bytes = 4 * this.code(build).blocks.stride;
    const every = build.keep && !build.recomputes;
    const blocks = build.buffer(this, "blocks", every ? { rowStep: bytes, axis: this.axis } : chunkSize(bytes));
    const most = chunkSteps(build);
    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(most));
      const at = fn.let(every ? blocks.add(first.mul(rows).mul(bytes)) : blocks);
      body({ first, length, count: fn.let(length.mul(rows)), blocks: at });
    };
    if (this.options.goBackwards !== against) fn.loopDown(0, steps, most, chunk);
    else fn.loop(0, steps, most, chunk);
  }

  private eachStep(build: Build, chunk: Chunk, against: boolean, body: (t: I32) => void): void {
    const { fn } = build;
    const end = chunk.first.add(chunk.length);
    if (this.options.goBackwards !== against) fn.loopDown(chunk.first, end, 1, body);
    else fn.loop(chunk.first, end, 1, body);
  }

  /** Where things lie at a step; for the steps of a chunk at once, at its first. */
  private places(
    build: Build,
    chunk: Chunk,
    at: { readonly t: I32; readonly rows: I32; readonly dx?: { address: I32; add: boolean } },
  ): Places {
    const { fn, rows } = build;
    const { goBackwards } = this.options;
    const { t, dx } = at;
    const { mask } = this.x;
    const xBytes = 4 * stride(this.x.features);
    const blockBytes = 4 * this.code(build).blocks.stride;
    const address = (name: string): I32 => {
      const [kind, number] = name.split(" ");
      const index = Number(number);
      switch (kind) {
        case "block":
          return chunk.blocks.add(t.sub(chunk.first).mul(rows).mul(blockBytes));
        case "input":
          return build.address(this.x).add(t.mul(rows).mul(xBytes));
        case "gradient":
          return dx!.address.add(t.mul(rows).mul(xBytes));
        case "state":
          return this.slot(build, index, goBackwards ? t.add(1) : t);
        case "next":
          return this.slot(build, index, goBackwards ? t : t.add(1));
        case "incoming":
          return this.incoming(build, index);
        default:
          return index === 0 ? this.keptInput(build) : this.stateFactors[index - 1].at(build, 0);
      }
    };
    return {
      at: (name) => fn.let(address(name)),
      rows: at.rows,
      mask: mask && fn.let(build.address(mask).add(t.mul(rows).mul(4))),
      gradients: [dx && { add: dx.add }],
    };
  }

  private incoming(build: Build, state: number): I32 {
    return build.buffer(this, `incoming ${state}`, { row: 4 * this.rowFloats(state) });
  }

  /** Keep factors of the input, as often as a chunk has steps. */
  private keptInput(build: Build): I32 {
    return build.buffer(this, "keptInput", chunkSize(4 * stride(this.x.features)));
  }

  private writeFactors(build: Build): void {
    const { fn, rows } = build;
    for (const factors of [this.inputFactors, ...this.stateFactors]) factors.write(build);
    if (!this.inputFactors.active(build)) return;
    const bytes = fn.let(rows.mul(4 * stride(this.x.features)));
    const to = this.keptInput(build);
    fn.loop(0, chunkSteps(build), 1, (t) => fn.copy(to.add(t.mul(bytes)), this.inputFactors.at(build, 0), bytes));
  }

  private forwardChunk(build: Build, chunk: Chunk): void {
    const code = this.code(build);
    code.run(build, "ahead", this.places(build, chunk, { t: chunk.first, rows: chunk.count }));
    this.eachStep(build, chunk, false, (t) =>
      code.run(build, "step", this.places(build, chunk, { t, rows: build.rows })),
    );
  }

  override get needs() {
    return this.first.needs;
  }

  forward(build: Build): void {
    const { goBackwards } = this.options;
    const start = goBackwards ? build.steps(this.axis) : I32.of(0);
    const states = this.cell.states.map((_, state) => state);
    for (const state of states) this.first.write(build, state, build.fn.let(this.slot(build, state, start)));
    this.writeFactors(build);
    this.code(build).begin(build);
    this.eachChunk(build, false, (chunk) => this.forwardChunk(build, chunk));
    for (const state of states) this.first.keep(build, state, build.fn.let(this.last(build, state)));
    if (this.turns) {
      const outputs = build.fn.let(this.slot(build, 0, I32.of(goBackwards ? 0 : 1)));
      turnSteps(build, this.output.features, build.steps(this.axis), outputs, build.address(this.output));
    }
  }

  /** Adds rows of a state. */
  private add(build: Build, state: number, to: I32, from: I32): void {
    const floats = this.rowFloats(state);
    const kernel = copyRows(build.module, padded(this.cell.states[state].features), { to: floats, from: floats }, true);
    build.fn.call(kernel, to, from, build.rows);
  }

  backward(build: Build): void {
    const { fn, rows } = build;
    const { returnSequences } = this.options;
    let gradient = build.gradient(this.output);
    const last = this.finals.map(({ output }) => build.gradient(output));
    if (!gradient && last.every((one) => !one)) return;
    const code = this.code(build);
    const states = this.cell.states.map((_, state) => state);
    const incoming = states.map((state) => this.incoming(build, state));
    for (const state of states) {
      fn.fill(incoming[state], rows.mul(4 * this.rowFloats(state)));
      const ends = [last[state], state === 0 && !returnSequences ? gradient : undefined];
      for (const end of ends) if (end) this.add(build, state, incoming[state], end);
    }
    if (gradient && this.turns) {
      const turned = build.buffer(this, "dReversed", { rowStep: 4 * this.rowFloats(0), axis: this.axis });
      turnSteps(build, this.output.features, build.steps(this.axis), gradient, turned);
      gradient = turned;
    }
    const perStep = returnSequences ? gradient : undefined;
    const target = build.target(this.x);
    const dx = code.reaches[0] ? target : undefined;
    if (target && !dx && !target.add) fn.fill(target.address, build.places(this.x).mul(4 * stride(this.x.features)));
    const computed = fn.variable(I32, I32.of(0));
    const chunkBack = (chunk: Chunk) => {
      computed.set(computed.get.add(chunk.count));
      if (build.recomputes) this.forwardChunk(build, chunk);
      this.eachStep(build, chunk, true, (t) => {
        if (perStep) this.add(build, 0, incoming[0], fn.let(perStep.add(t.mul(rows).mul(4 * this.rowFloats(0)))));
        code.run(build, "back", this.places(build, chunk, { t, rows, dx }));
      });
      code.run(build, "after", this.places(build, chunk, { t: chunk.first, rows: chunk.count, dx }));
    };
    this.eachChunk(build, true, (chunk) => {
      if (perStep) {
        chunkBack(chunk);
        return;
      }
      // A gradient that enters at the end alone shrinks on its way back, and is exactly zero after some hundred steps.
      const found = states.map((state) => {
        const { features } = this.cell.states[state];
        const kernel = anyNonZero(build.module, padded(features), stride(features));
        return fn.callFor(I32, kernel, incoming[state], rows);
      });
      const zero = () => {
        if (!dx || dx.add) return;
        const bytes = 4 * stride(this.x.features);
        fn.fill(dx.address.add(chunk.first.mul(rows).mul(bytes)), chunk.count.mul(bytes));
      };
      const some = found.reduce((a, b) => a.add(b));
      fn.if(some, () => chunkBack(chunk), zero);
    });
    for (const state of states) this.first.back(build, state, incoming[state]);
    for (const name of ["backward", ...(build.recomputes ? ["again"] : [])]) build.tally(this, name, computed.get);
  }

  override traced(): TracedOp {
    const { path, goBackwards } = this.options;
    const parts = this.cell.states.map(({ name, features }, i) => {
      return { ...stateOf(name, features, goBackwards ? 0 : 1), buffer: `state ${i}` };
    });
    return { op: this, path, axis: this.axis, mask: this.mask, backwards: goBackwards, parts };
  }

  override cost(counts: Counts): Cost {
    const code = this.codes.get(true);
    if (!code) return super.cost(counts);
    const [again, back] = ["again", "backward"].map((name) => counts.tally(this, name));
    const read = [this.x.differentiable];
    const places = counts.rows * this.axis.steps(counts.steps);
    return code.cost(places, { again, back, learns: this.output.differentiable, read });
  }
}
