// The steps of cells with softmax among their functions: over the units of a gate, in place, before the kernels that
// take that function for linear.

import {
  copyRows,
  gateStride,
  gruBlend,
  gruBlendBackward,
  gruGates,
  gruGatesBackward,
  gruReset,
  gruResetBackward,
  lstmStep,
  lstmStepBackward,
  padded,
  rnnStep,
  rnnStepBackward,
  softmax,
  softmaxBackward,
  softmaxOutput,
  softmaxOutputBackward,
  stride,
} from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { BackwardPlace, Cell, StepCode, StepPlace } from "./cell.ts";

/** Which of a cell's functions are softmax: that of the candidate and the output, that of the gates. */
export interface SoftmaxOf {
  readonly activation: boolean;
  readonly gates: boolean;
}

/** What the softmax of some blocks is written with. */
class Blocks {
  private readonly code: StepCode;
  private readonly gates: I32;
  private readonly width: number;
  private readonly row: number;
  private kept: I32 | undefined;

  constructor(code: StepCode, cell: Cell, gates: I32) {
    this.code = code;
    this.gates = gates;
    this.width = cell.blocks * padded(code.shape.units);
    this.row = gateStride(code.shape.units, cell.blocks);
  }

  private at(base: I32, block: number): I32 {
    return base.add(4 * block * padded(this.code.shape.units));
  }

  /** Sums become shares. */
  forward(...blocks: readonly number[]): void {
    const { code, row } = this;
    const kernel = softmax(code.build.module, code.shape.units, row);
    for (const block of blocks) code.call(kernel, this.at(this.gates, block), this.at(this.gates, block));
  }

  /** Before the gates are overwritten by their gradients. */
  keep(): void {
    const { code, row, width } = this;
    this.kept = code.state("shares", row);
    code.call(copyRows(code.build.module, width, { to: row, from: row }), this.kept, this.gates);
  }

  /** Gradients of shares become those of sums. */
  backward(...blocks: readonly number[]): void {
    const { code, row, kept } = this;
    const kernel = softmaxBackward(code.build.module, code.shape.units, false, row);
    for (const block of blocks) {
      const at = this.at(this.gates, block);
      code.call(kernel, this.at(kept!, block), at, at);
    }
  }
}

export function forward(cell: Cell, of: SoftmaxOf, code: StepCode, at: StepPlace): void {
  const { shape, dropped } = code;
  const { module } = code.build;
  const [first, second] = cell.recurrences;
  const blocks = new Blocks(code, cell, at.gates);
  const { candidate = 0, ...others } = cell.gates;
  code.addProduct(first, at.h, at.gates);
  if (of.gates) blocks.forward(...Object.values(others));
  if (cell.cellState) {
    if (of.activation) blocks.forward(candidate);
    code.call(lstmStep(module, shape), at.gates, at.h, at.c, at.next, at.nextC, at.mask);
    if (of.activation) code.call(softmaxOutput(module, shape), at.gates, at.nextC, at.next, at.mask);
    return;
  }
  if (second) {
    const factor = dropped ? code.factor(2) : I32.of(0);
    const resetState = code.state("resetState");
    code.call(gruGates(module, shape, dropped), at.gates, at.h, factor, resetState);
    code.addProduct(second, resetState, at.gates);
  } else if (cell.blocks > 1) code.call(gruReset(module, shape), at.gates);
  if (of.activation) blocks.forward(candidate);
  const end = cell.blocks > 1 ? gruBlend(module, shape, cell.blocks) : rnnStep(module, shape);
  code.call(end, at.gates, at.h, at.next, at.mask);
}

export function backward(cell: Cell, of: SoftmaxOf, code: StepCode, at: BackwardPlace): void {
  const { shape, dropped } = code;
  const { units } = shape;
  const { module } = code.build;
  const [first, second] = cell.recurrences;
  const blocks = new Blocks(code, cell, at.gates);
  const { candidate = 0, ...others } = cell.gates;
  blocks.keep();
  if (cell.cellState) {
    const dO = code.state("dO");
    if (of.activation) code.call(softmaxOutputBackward(module, shape), at.gates, at.nextC, at.dh, at.dc, dO, at.mask);
    code.call(lstmStepBackward(module, shape), at.gates, at.c, at.nextC, at.dh, at.dc, at.mask);
    if (of.activation) {
      const copy = copyRows(module, padded(units), { to: gateStride(units, cell.blocks), from: stride(units) });
      code.call(copy, at.gates.add(4 * others.o * padded(units)), dO);
      blocks.backward(candidate);
    }
  } else if (cell.blocks > 1) {
    code.call(gruBlendBackward(module, shape, cell.blocks), at.gates, at.h, at.dh, at.mask);
    if (of.activation) blocks.backward(candidate);
    if (second) {
      const dResetState = code.state("dResetState");
      const factor = dropped ? code.factor(2) : I32.of(0);
      code.addGradient(second, at.gates, dResetState, false);
      const kernel = gruGatesBackward(module, shape, dropped);
      code.call(kernel, at.gates, at.h, factor, dResetState, at.dh, at.resetState);
    } else code.call(gruResetBackward(module, shape), at.gates);
  } else {
    code.call(rnnStepBackward(module, shape), at.gates, at.next, at.dh, at.mask);
    if (of.activation) blocks.backward(candidate);
  }
  if (of.gates) blocks.backward(...Object.values(others));
  code.addGradient(first, at.gates, at.dh);
}
