import {
  columnSums,
  fillRows,
  layerNorm,
  layerNormBackward,
  outer,
  padded,
  product,
  stride,
} from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build, Cost } from "../op.ts";
import type { Weight } from "../weight.ts";
import { type Blocks, layBlocks } from "./blocks.ts";
import { derive } from "./derive.ts";
import { type Drops, Interned } from "./interned.ts";
import { type PassCode, type Rows, writePass } from "./pass.ts";
import { type Instruction, type Phase, type Schedule, Scheduler, type Store, type Sum } from "./schedule.ts";
import { inOrder, type Term } from "./term.ts";

/** What a formula is computed from and for. */
export interface Formula {
  /** Features of what is given. */
  readonly inputs: readonly number[];
  readonly states: readonly number[];
  /** Of a cell the states behind the step, in the order of `states`; of a layer its output. */
  readonly results: readonly Term[];
}

/** Where things lie while some instructions run: the first row's address of what a name stands for. */
export interface Places {
  /** `block`, `input 0`, `state 0`, `next 0`, `incoming 0`, `gradient 0` (of the input) or `kept 0`. */
  at(name: string): I32;
  readonly rows: I32;
  readonly mask?: I32;
  /** Inputs whose gradient is added to what is there; undefined where nobody reads it. */
  readonly gradients: readonly ({ readonly add: boolean } | undefined)[];
}

/** A formula as code: in which order what is computed, and where it lies. Made for one purpose. */
export class FormulaCode {
  readonly schedule: Schedule;
  readonly blocks: Blocks;
  private readonly formula: Formula;
  private readonly masked: boolean;
  /** Of each input whether the results depend on it, such that it gets a gradient. */
  readonly reaches: readonly boolean[];

  /** `trains`: the way back will follow. */
  constructor(formula: Formula, options: { trains: boolean; masked: boolean; drops?: Drops }) {
    const make = new Interned();
    const results = make.take(formula.results, options.drops);
    const features = results.map((term) => term.features!);
    const incoming = features.map((count, index) => make.make({ kind: "incoming", index }, count));
    const given = { inputs: formula.inputs.length, states: formula.states.length };
    const derived = options.trains ? derive(make, results, incoming, given) : undefined;
    this.formula = { ...formula, results };
    this.masked = options.masked;
    this.reaches = (derived?.inputs ?? []).map(({ sum, products }) => sum !== undefined || products.length > 0);
    this.schedule = new Scheduler(results, derived).schedule();
    this.blocks = layBlocks(this.schedule);
  }

  /** Multiply-adds that a row takes in some phases. */
  private multiplyAdds(phases: readonly Phase[], read: readonly boolean[]): number {
    let sum = 0;
    for (const instruction of phases.flatMap((phase) => this.schedule.phases[phase])) {
      if (instruction.do === "product") {
        const { product, to } = instruction;
        const wanted = "what" in to || to.kind === "carried" || read[to.index];
        if (wanted) sum += cells(product.matrix);
      } else if (instruction.do === "outer" && instruction.weight.trainable) sum += cells(instruction.weight);
    }
    return sum;
  }

  /**
   * What a training took: so many rows went there, `again` of them once more, and `back` of them back. `learns`: whether all
   * of them would in a plain computation; `read`: of each input whether anybody reads its gradient.
   */
  cost(rows: number, way: { again: number; back: number; learns: boolean; read: readonly boolean[] }): Cost {
    const there = this.multiplyAdds(["ahead", "step"], way.read);
    const home = this.multiplyAdds(["back", "after"], way.read);
    return { done: there * (rows + way.again) + home * way.back, plain: (there + (way.learns ? home : 0)) * rows };
  }

  private rowsAt(base: string): Rows {
    const [kind, index] = base.split(" ");
    const number = Number(index);
    const { inputs, states, results } = this.formula;
    const features =
      kind === "input" || kind === "gradient"
        ? inputs[number]
        : kind === "kept"
          ? keptFeatures(number, inputs, states)
          : (states[number] ?? results[number].features!);
    return { base, stride: stride(features), offset: 0 };
  }

  private rowsOf(term: Term): Rows {
    const { what } = term;
    if (what.kind === "vector") return { base: `vector ${what.weight.path}`, stride: 0, offset: 0 };
    if (what.kind === "input" || what.kind === "state" || what.kind === "incoming") {
      return this.rowsAt(`${what.kind} ${what.index}`);
    }
    if (what.kind === "kept") return this.rowsAt(`kept ${what.of === "input" ? 0 : 1 + what.index}`);
    const next = this.schedule.inNext.get(term);
    if (next !== undefined) return this.rowsAt(`next ${next}`);
    return { base: "block", stride: this.blocks.stride, offset: this.blocks.at.get(term)! };
  }

  private rowsTo(to: Store["to"], term: Term): Rows {
    if (to === "block") return this.rowsOf(term);
    const base = to.kind === "carried" ? "incoming" : to.kind === "input" ? "gradient" : to.kind;
    return this.rowsAt(`${base} ${to.index}`);
  }

  private rowsOfSum(to: Sum): Rows {
    return "what" in to ? this.rowsOf(to) : this.rowsTo(to, this.formula.results[0]);
  }

  /** Writes the instructions of a phase. */
  run(build: Build, phase: Phase, places: Places): void {
    for (const instruction of this.schedule.phases[phase]) this.write(build, instruction, places, phase);
  }

  /** Writes those that add to the gradients of weights, and those that do not. */
  private write(build: Build, instruction: Instruction, places: Places, phase: Phase): void {
    const { module, fn } = build;
    const { rows } = places;
    const vectors = new Map<string, Weight>();
    const address = ({ base, offset }: Rows): I32 => {
      const weight = vectors.get(base);
      return (weight ? build.weight(weight) : places.at(base)).add(offset);
    };
    const of = (term: Term): { at: I32; stride: number } => {
      if (term.what.kind === "vector") return { at: build.weight(term.what.weight), stride: 0 };
      const found = this.rowsOf(term);
      return { at: address(found), stride: found.stride };
    };
    switch (instruction.do) {
      case "begin": {
        const to = of(instruction.of);
        const kernel = fillRows(module, padded(instruction.of.features!), to.stride);
        fn.call(kernel, to.at, of(instruction.bias).at, rows);
        return;
      }
      case "product":
        this.product(build, instruction, places, of);
        return;
      case "pass": {
        const { stores } = instruction.pass;
        const wanted = stores.filter(({ to }) => to === "block" || to.kind !== "input" || places.gradients[to.index]);
        if (wanted.length === 0) return;
        const code: PassCode = {
          pass: { ...instruction.pass, stores: wanted },
          stored: this.schedule,
          masked: this.masked && (phase === "step" || phase === "back"),
          flushes: phase === "back" || phase === "after",
          rowsOf: (term) => {
            if (term.what.kind === "vector") vectors.set(`vector ${term.what.weight.path}`, term.what.weight);
            return this.rowsOf(term);
          },
          rowsTo: ({ to, term }) => this.rowsTo(to, term),
          adds: ({ to }) => to !== "block" && to.kind === "input" && places.gradients[to.index]!.add,
        };
        const { kernel, bases } = writePass(module, code);
        const at = bases.map((base) => address({ base, stride: 0, offset: 0 }));
        fn.call(kernel, places.mask ?? I32.of(0), ...at, rows);
        return;
      }
      case "normal": {
        const { what } = instruction.of;
        if (what.kind !== "normal") return;
        const [from, to] = [of(what.of), of(instruction.of)];
        const strides = { x: from.stride, y: to.stride, saved: this.blocks.stride };
        const saved = places.at("block").add(this.blocks.saved.get(instruction.of)!);
        const gain = what.gain ? of(what.gain).at : this.ones(build, what.of.features!);
        const shift = what.shift ? of(what.shift).at : this.zeros(build, what.of.features!);
        const kernel = layerNorm(module, what.of.features!, what.epsilon, strides);
        fn.call(kernel, from.at, gain, shift, to.at, saved, rows);
        return;
      }
      case "normalBack": {
        const { what } = instruction.of;
        if (what.kind !== "normalBack" || what.normal.what.kind !== "normal") return;
        const normal = what.normal.what;
        const features = normal.of.features!;
        const [x, dy, dx] = [of(normal.of), of(what.gradient), of(instruction.of)];
        const gainWeight = normal.gain?.what.kind === "vector" ? normal.gain.what.weight : undefined;
        const dGain = gainWeight && build.weightGradient(gainWeight);
        const options = { dx: true, dGamma: dGain !== undefined, add: false };
        const strides = { x: x.stride, y: dy.stride, saved: this.blocks.stride };
        const saved = places.at("block").add(this.blocks.saved.get(what.normal)!);
        const gain = normal.gain ? of(normal.gain).at : this.ones(build, features);
        const kernel = layerNormBackward(module, features, options, { ...strides, dx: dx.stride });
        fn.call(kernel, x.at, gain, dy.at, saved, dx.at, dGain ?? I32.of(0), rows);
        return;
      }
      case "outer": {
        const { weight } = instruction;
        const to = build.weightGradient(weight);
        if (!to) return;
        const [from, gradient] = [of(instruction.from), of(instruction.gradient)];
        const kernel = outer(module, {
          inner: weight.shape[0],
          columns: padded(weight.shape[1]),
          strideA: from.stride,
          strideG: gradient.stride,
        });
        fn.call(kernel, from.at, gradient.at, to, rows);
        return;
      }
      case "sums": {
        const to = build.weightGradient(instruction.weight);
        if (!to) return;
        const gradient = of(instruction.gradient);
        const kernel = columnSums(module, padded(instruction.gradient.features!), gradient.stride);
        fn.call(kernel, gradient.at, to, rows);
      }
    }
  }

  private product(
    build: Build,
    { product: { from, matrix, transposed }, to, accumulate }: Extract<Instruction, { do: "product" }>,
    places: Places,
    of: (term: Term) => { at: I32; stride: number },
  ): void {
    const { module, fn } = build;
    const gradient = "what" in to || to.kind === "carried" ? undefined : places.gradients[to.index];
    if (!("what" in to) && to.kind === "input" && !gradient) return;
    const [rows, columns] = matrix.shape;
    const source = of(from);
    const target = this.rowsOfSum(to);
    const kernel = product(module, {
      inner: transposed ? padded(columns) : rows,
      columns: padded(transposed ? rows : columns),
      strideA: source.stride,
      strideC: target.stride,
      accumulate: accumulate || gradient?.add === true,
    });
    const panels = transposed ? build.transposed(matrix) : build.weight(matrix);
    fn.call(kernel, source.at, panels, places.at(target.base).add(target.offset), places.rows);
  }

  private ones(build: Build, features: number): I32 {
    return build.buffer(this, `ones ${features}`, { fixed: 4 * padded(features) });
  }

  private zeros(build: Build, features: number): I32 {
    return build.buffer(this, `zeros ${features}`, { fixed: 4 * padded(features) });
  }

  /** Once for a slice, before anything else: gains and shifts that are not learned. */
  begin(build: Build): void {
    const { fn } = build;
    for (const { what, features } of inOrder(this.formula.results)) {
      if (what.kind !== "normal") continue;
      if (!what.gain) {
        fn.fill(this.ones(build, features!), I32.of(4 * padded(features!)));
        for (let j = 0; j < features!; j++) fn.store(this.ones(build, features!), I32.of(0x3f800000), 4 * j);
      }
      if (!what.shift) fn.fill(this.zeros(build, features!), I32.of(4 * padded(features!)));
    }
  }
}

const cells = ({ shape: [rows, columns] }: Weight): number => rows * columns;

const keptFeatures = (number: number, inputs: readonly number[], states: readonly number[]): number =>
  number === 0 ? inputs[0] : states[number - 1];
