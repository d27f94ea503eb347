import { gruStep, gruStepBackward } from "../../kernels/index.ts";
import { rareOps } from "../late.ts";
import type { Cell } from "./cell.ts";

// Keras's order of gates is update, reset, candidate; ours puts the candidate first, so that what the recurrence adds
// to (update, reset, recurrent candidate) is one window.

/** Gate rows [candidate | update | reset | recurrent candidate]; the reset gate works on the product. */
export const gruResetAfter: Cell = {
  name: "gru",
  blocks: 4,
  kernelOrder: [2, 0, 1],
  recurrentOrder: [0, 1, 2],
  biasOrder: [2, 0, 1, 3, 4, 5],
  biasShape: (units) => [2, 3 * units],
  biasParts: [
    { gate: 0, bias: 0, count: 3 },
    { gate: 1, bias: 3, count: 3 },
  ],
  recurrences: [{ window: { first: 1, count: 3 }, panel: 0, from: "h" }],
  cellState: false,
  gates: { z: 1, r: 2, candidate: 0 },

  forward(code, at) {
    code.addProduct(this.recurrences[0], at.h, at.gates);
    code.call(gruStep(code.build.module, code.shape, code.partly), at.gates, at.h, at.next, at.mask);
  },

  backward(code, at) {
    code.call(gruStepBackward(code.build.module, code.shape), at.gates, at.h, at.dh, at.mask);
    code.addGradient(this.recurrences[0], at.gates, at.dh);
  },
};

/** Gate rows [candidate | update | reset]; the reset gate works on the state, before the product. */
export const gruResetBefore: Cell = {
  name: "gru",
  needs: [rareOps],
  blocks: 3,
  kernelOrder: [2, 0, 1],
  recurrentOrder: [0, 1, 2],
  biasOrder: [2, 0, 1],
  biasShape: (units) => [3 * units],
  biasParts: [{ gate: 0, bias: 0, count: 3 }],
  recurrences: [
    { window: { first: 1, count: 2 }, panel: 0, from: "h" },
    { window: { first: 0, count: 1 }, panel: 2, from: "resetState" },
  ],
  cellState: false,
  gates: { z: 1, r: 2, candidate: 0 },
  forward: (code, at) => rareOps.loaded.gruBefore.forward(gruResetBefore, code, at),
  backward: (code, at) => rareOps.loaded.gruBefore.backward(gruResetBefore, code, at),
};
