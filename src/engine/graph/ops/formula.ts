import { stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import { FormulaCode, type Places } from "../formula/code.ts";
import type { Term } from "../formula/term.ts";
import { type Build, type Cost, type Counts, Op } from "../op.ts";
import { Value } from "../value.ts";
import type { Weight } from "../weight.ts";

/** Rows whose blocks lie in the second-level cache together. */
const CHUNK_ROWS = 256;

/** A formula of each row, and where there are steps of each step. */
export class FormulaOp extends Op {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  override readonly needsAllSteps = undefined;
  override readonly weights: readonly Weight[];
  private readonly result: Term;
  private readonly codes = new Map<boolean, FormulaCode>();

  constructor(
    inputs: readonly Value[],
    options: { readonly name: string; readonly weights: readonly Weight[]; readonly result: Term },
  ) {
    super();
    const [{ kind, axis, mask }] = inputs;
    this.name = options.name;
    this.inputs = inputs;
    this.weights = options.weights;
    this.result = options.result;
    this.output = new Value(kind, options.result.features!, { axis, mask });
    this.output.op = this;
  }

  private code(build: Build): FormulaCode {
    let code = this.codes.get(build.keep);
    if (!code) {
      const formula = { inputs: this.inputs.map(({ features }) => features), states: [], results: [this.result] };
      code = new FormulaCode(formula, { trains: build.keep, masked: false });
      this.codes.set(build.keep, code);
    }
    return code;
  }

  private keepsAll(build: Build): boolean {
    return build.keep && !build.recomputes;
  }

  private eachChunk(
    build: Build,
    targets: readonly ({ readonly address: I32; readonly add: boolean } | undefined)[],
    body: (places: Places) => void,
  ): void {
    const { fn } = build;
    const bytes = 4 * this.code(build).blocks.stride;
    const every = this.keepsAll(build);
    const { axis } = this.output;
    const size = every ? (axis ? { rowStep: bytes, axis } : { row: bytes }) : { fixed: bytes * CHUNK_ROWS };
    const blocks = build.buffer(this, "blocks", size);
    const count = build.places(this.output);
    fn.loop(0, count, CHUNK_ROWS, (first) => {
      const rowsFrom = (address: I32, features: number) => address.add(first.mul(4 * stride(features)));
      const at = (name: string): I32 => {
        const [kind, number] = name.split(" ");
        const index = Number(number);
        if (kind === "block") return every ? blocks.add(first.mul(bytes)) : blocks;
        if (kind === "input") return rowsFrom(build.address(this.inputs[index]), this.inputs[index].features);
        if (kind === "gradient") return rowsFrom(targets[index]!.address, this.inputs[index].features);
        const output = kind === "next" ? build.address(this.output) : build.gradient(this.output)!;
        return rowsFrom(output, this.output.features);
      };
      body({
        at: (name) => fn.let(at(name)),
        rows: fn.let(count.sub(first).min(CHUNK_ROWS)),
        gradients: targets.map((target) => target && { add: target.add }),
      });
    });
  }

  private compute(build: Build, places: Places): void {
    for (const phase of ["ahead", "step"] as const) this.code(build).run(build, phase, places);
  }

  forward(build: Build): void {
    this.code(build).begin(build);
    this.eachChunk(build, [], (places) => this.compute(build, places));
  }

  backward(build: Build): void {
    if (!build.gradient(this.output)) return;
    const { reaches } = this.code(build);
    const targets = this.inputs.map((input, index) => {
      const target = build.target(input);
      if (target && !reaches[index] && !target.add) {
        build.fn.fill(target.address, build.places(input).mul(4 * stride(input.features)));
      }
      return reaches[index] ? target : undefined;
    });
    if (!this.keepsAll(build)) build.tally(this, "again", build.places(this.output));
    this.eachChunk(build, targets, (places) => {
      if (!this.keepsAll(build)) this.compute(build, places);
      for (const phase of ["back", "after"] as const) this.code(build).run(build, phase, places);
    });
  }

  override cost(counts: Counts): Cost {
    const { axis, differentiable: learns } = this.output;
    const code = this.codes.get(true);
    if (!code) return super.cost(counts);
    const places = counts.rows * (axis ? axis.steps(counts.steps) : 1);
    const read = this.inputs.map((input) => input.differentiable);
    return code.cost(places, { again: counts.tally(this, "again"), back: learns ? places : 0, learns, read });
  }
}
