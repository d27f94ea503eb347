import { Late } from "../../../base/index.ts";
import type { ActivationName, RowActivation } from "../../kernels/index.ts";
import type { Cell } from "./cell.ts";
import type { RecurrentOptions } from "./recurrent-options.ts";

/** Few cells have softmax among their functions. */
const softmaxCells = new Late(() => import("./softmax-cells.ts"));

type Functions = Pick<RecurrentOptions, "activation" | "recurrentActivation">;

const byUnit = (name: RowActivation): ActivationName => (name === "softmax" ? "linear" : name);

/** The cell with its functions: where one is softmax, which steps take of a row by themselves, it is linear to them. */
export function withFunctions(cell: Cell, { activation, recurrentActivation }: Functions) {
  const functions = { activation: byUnit(activation), recurrentActivation: byUnit(recurrentActivation) };
  if (activation !== "softmax" && recurrentActivation !== "softmax") return { cell, functions };
  const of = { activation: activation === "softmax", gates: recurrentActivation === "softmax" };
  const own: Cell = {
    ...cell,
    needs: [...(cell.needs ?? []), softmaxCells],
    whole: true,
    forward: (code, at) => softmaxCells.loaded.forward(cell, of, code, at),
    backward: (code, at) => softmaxCells.loaded.backward(cell, of, code, at),
  };
  return { cell: own, functions };
}
