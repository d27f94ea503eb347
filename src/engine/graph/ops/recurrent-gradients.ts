import { columnSums, gateStride, multiplyRows, outer, PANEL, padded, stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import { panelBytes, type Weight } from "../weight.ts";
import type { Cell, StepCode } from "./cell.ts";
import type { Factors } from "./factors.ts";
import { type Chunk, chunkSize } from "./gate-source.ts";

interface Options {
  readonly cell: Cell;
  readonly units: number;
  readonly recurrentKernel: Weight;
  readonly bias: Weight | undefined;
  readonly stateFactors: Factors;
}

/** The gradients of a recurrent layer's bias and recurrent kernel, a chunk of steps at a time. */
export class RecurrentGradients {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  bias(build: Build, chunk: Chunk): void {
    const { module, fn } = build;
    const { bias, units, cell } = this.options;
    const dBias = bias && build.weightGradient(bias);
    if (!dBias) return;
    const width = padded(units);
    for (const { gate, bias, count } of cell.biasParts) {
      const sums = columnSums(module, count * width, gateStride(units, cell.blocks));
      fn.call(sums, chunk.gates.add(4 * gate * width), dBias.add(4 * bias * width), chunk.count);
    }
  }

  recurrentKernel(
    build: Build,
    code: StepCode,
    chunk: Chunk,
    states: { readonly h: I32; readonly resetState: I32 },
  ): void {
    const { module, fn } = build;
    const { units, cell, recurrentKernel } = this.options;
    const dKernel = build.weightGradient(recurrentKernel);
    if (!dKernel) return;
    for (const recurrence of cell.recurrences) {
      for (const { window, panel, from } of code.parts(recurrence)) {
        const kernel = outer(module, {
          inner: units,
          columns: window.count * padded(units),
          strideA: stride(units),
          strideG: gateStride(units, cell.blocks),
        });
        const source = code.drops(from) ? this.dropStates(build, chunk, states.h, panel) : states[from];
        const to = dKernel.add(((panel * padded(units)) / PANEL) * panelBytes(units));
        fn.call(kernel, source, chunk.gates.add(4 * window.first * padded(units)), to, chunk.count);
      }
    }
  }

  /** The states of a chunk with one gate's share dropped. */
  private dropStates(build: Build, chunk: Chunk, states: I32, gate: number): I32 {
    const { module, fn } = build;
    const { units, stateFactors } = this.options;
    const row = stride(units);
    const dropped = build.buffer(this, "droppedStates", chunkSize(4 * row));
    const multiply = multiplyRows(module, padded(units), { to: row, a: row, b: row });
    const factors = fn.let(stateFactors.at(build, gate));
    fn.loop(0, chunk.length, 1, (t) => {
      const offset = fn.let(t.mul(build.rows).mul(4 * row));
      fn.call(multiply, dropped.add(offset), states.add(offset), factors, chunk.rows);
    });
    return dropped;
  }
}
