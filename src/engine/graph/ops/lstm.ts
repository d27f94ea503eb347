import { lstmStep, lstmStepBackward } from "../../kernels/index.ts";
import type { Cell } from "./cell.ts";

/** Gate rows [input | forget | candidate | output], Keras's own order. */
export const lstmCell: Cell = {
  name: "lstm",
  blocks: 4,
  kernelOrder: [0, 1, 2, 3],
  recurrentOrder: [0, 1, 2, 3],
  biasOrder: [0, 1, 2, 3],
  biasShape: (units) => [4 * units],
  biasParts: [{ gate: 0, bias: 0, count: 4 }],
  recurrences: [{ window: { first: 0, count: 4 }, panel: 0, from: "h" }],
  cellState: true,
  gates: { i: 0, f: 1, o: 3, candidate: 2 },

  forward(code, at) {
    code.addProduct(this.recurrences[0], at.h, at.gates);
    code.call(lstmStep(code.build.module, code.shape, code.partly), at.gates, at.h, at.c, at.next, at.nextC, at.mask);
  },

  backward(code, at) {
    code.call(lstmStepBackward(code.build.module, code.shape), at.gates, at.c, at.nextC, at.dh, at.dc, at.mask);
    code.addGradient(this.recurrences[0], at.gates, at.dh);
  },
};
