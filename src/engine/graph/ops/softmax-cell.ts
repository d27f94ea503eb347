import type { ActivationName, RowActivation } from "../../kernels/index.ts";
import { rareOps } from "../late.ts";
import type { Cell } from "./cell.ts";
import type { RecurrentOptions } from "./recurrent-options.ts";

type Functions = Pick<RecurrentOptions, "activation" | "recurrentActivation">;

const byUnit = (name: RowActivation): ActivationName => (name === "softmax" ? "linear" : name);

/** The cell with its functions: where one is softmax, which steps take of a row by themselves, it is linear to them. */
export function withFunctions(cell: Cell, { activation, recurrentActivation }: Functions) {
  const functions = { activation: byUnit(activation), recurrentActivation: byUnit(recurrentActivation) };
  if (activation !== "softmax" && recurrentActivation !== "softmax") return { cell, functions };
  const of = { activation: activation === "softmax", gates: recurrentActivation === "softmax" };
  const own: Cell = {
    ...cell,
    needs: [...(cell.needs ?? []), rareOps],
    whole: true,
    forward: (code, at) => rareOps.loaded.softmaxCells.forward(cell, of, code, at),
    backward: (code, at) => rareOps.loaded.softmaxCells.backward(cell, of, code, at),
  };
  return { cell: own, functions };
}
