// The steps of a GRU whose reset gate comes before the recurrent product.

import { gruBlend, gruBlendBackward, gruGates, gruGatesBackward } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { BackwardPlace, Cell, StepCode, StepPlace } from "./cell.ts";

export function forward({ recurrences: [ofState, ofReset] }: Cell, code: StepCode, at: StepPlace): void {
  const { module } = code.build;
  const resetState = code.state("resetState");
  const factor = code.dropped ? code.factor(2) : I32.of(0);
  code.addProduct(ofState, at.h, at.gates);
  code.call(gruGates(module, code.shape, code.dropped), at.gates, at.h, factor, resetState);
  code.addProduct(ofReset, resetState, at.gates);
  code.call(gruBlend(module, code.shape), at.gates, at.h, at.next, at.mask);
}

export function backward({ recurrences: [ofState, ofReset] }: Cell, code: StepCode, at: BackwardPlace): void {
  const { module } = code.build;
  const dResetState = code.state("dResetState");
  const factor = code.dropped ? code.factor(2) : I32.of(0);
  code.call(gruBlendBackward(module, code.shape), at.gates, at.h, at.dh, at.mask);
  code.addGradient(ofReset, at.gates, dResetState, false);
  const gatesBackward = gruGatesBackward(module, code.shape, code.dropped);
  code.call(gatesBackward, at.gates, at.h, factor, dResetState, at.dh, at.resetState);
  code.addGradient(ofState, at.gates, at.dh);
}
