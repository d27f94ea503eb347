import { rnnStep, rnnStepBackward } from "../../kernels/index.ts";
import type { Cell } from "./cell.ts";

/** One block: the sum that becomes the state. */
export const simpleRnnCell: Cell = {
  name: "simpleRnn",
  blocks: 1,
  kernelOrder: [0],
  recurrentOrder: [0],
  biasOrder: [0],
  biasShape: (units) => [units],
  biasParts: [{ gate: 0, bias: 0, count: 1 }],
  recurrences: [{ window: { first: 0, count: 1 }, panel: 0, from: "h" }],
  cellState: false,
  gates: {},

  forward(code, at) {
    code.addProduct(this.recurrences[0], at.h, at.gates);
    code.call(rnnStep(code.build.module, code.shape, code.partly), at.gates, at.h, at.next, at.mask);
  },

  backward(code, at) {
    code.call(rnnStepBackward(code.build.module, code.shape), at.gates, at.next, at.dh, at.mask);
    code.addGradient(this.recurrences[0], at.gates, at.dh);
  },
};
