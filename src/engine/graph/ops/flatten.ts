import { GruvyError } from "../../../base/index.ts";
import { padded, stride } from "../../kernels/index.ts";
import { F32, type FunctionRef, I32, type Module } from "../../wasm/index.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/** A sequence of known length as one row: [step][feature] in the user's order. */
export class FlattenOp extends Op {
  readonly name = "flatten";
  readonly inputs: readonly Value[];
  readonly output: Value;
  private readonly steps: number;

  constructor(x: Value, steps: number) {
    super();
    if (x.kind !== "sequence") throw new GruvyError("model/shape", "flatten needs a sequence");
    this.steps = steps;
    this.inputs = [x];
    this.output = new Value("vector", steps * x.features);
    this.output.op = this;
  }

  forward(build: Build): void {
    const [x] = this.inputs;
    const kernel = moveRows(build.module, x.features, this.steps, "flatten");
    build.fn.call(kernel.index, build.address(x), build.address(this.output), build.rows);
  }

  backward(build: Build): void {
    const [x] = this.inputs;
    const gradient = build.gradient(this.output);
    const input = gradient && build.target(x);
    if (!gradient || !input) return;
    const kernel = moveRows(build.module, x.features, this.steps, input.add ? "addBack" : "back");
    build.fn.call(kernel.index, input.address, gradient, build.rows);
  }
}

/** Between [step][row][feature] and [row][step * features]: `call(sequence, flat, rows)`. */
function moveRows(module: Module, features: number, steps: number, way: "flatten" | "back" | "addBack"): FunctionRef {
  return module.function(`moveRows ${features} ${steps} ${way}`, [I32, I32, I32], (fn, sequence, flat, rows) => {
    const width = steps * features;
    fn.loop(0, rows, 1, (row) => {
      const flatRow = fn.let(flat.add(row.mul(4 * stride(width))));
      if (way === "flatten") {
        for (let j = width; j < padded(width); j++) fn.store(flatRow, F32.of(0), 4 * j);
      }
      fn.loop(0, steps, 1, (step) => {
        const at = fn.let(
          sequence.add(
            step
              .mul(rows)
              .add(row)
              .mul(4 * stride(features)),
          ),
        );
        const flatAt = fn.let(flatRow.add(step.mul(4 * features)));
        fn.loop(0, 4 * features, 4, (j) => {
          if (way === "flatten") fn.store(flatAt.add(j), F32.load(at.add(j)));
          else if (way === "back") fn.store(at.add(j), F32.load(flatAt.add(j)));
          else fn.store(at.add(j), F32.load(at.add(j)).add(F32.load(flatAt.add(j))));
        });
        if (way === "back") {
          for (let j = features; j < padded(features); j++) fn.store(at, F32.of(0), 4 * j);
        }
      });
    });
    return undefined;
  });
}
