// One step of each cell for one unit of one row, in float64, from the sums of its gates. Gates stand in the order of
// the kernels' rows.

import type { ActivationName } from "./activation.ts";
import { activationTwin } from "./activation.twin.ts";

export interface Functions {
  readonly activation: ActivationName;
  readonly recurrentActivation: ActivationName;
}

/** h' of a GRU whose reset gate works on the recurrent product: candidate, update, reset, recurrent candidate. */
export function gruAfterTwin([a, z, r, b]: number[], h: number, f: Functions): number {
  const gate = activationTwin[f.recurrentActivation];
  const update = gate(z);
  return update * h + (1 - update) * activationTwin[f.activation](a + gate(r) * b);
}

/** What the candidate's product reads of a GRU whose reset gate works on the state. */
export function resetStateTwin(r: number, h: number, kept: number, f: Functions): number {
  return activationTwin[f.recurrentActivation](r) * h * kept;
}

/** h' of such a GRU, from the sums of candidate and update. */
export function gruBlendTwin([a, z]: number[], h: number, f: Functions): number {
  const update = activationTwin[f.recurrentActivation](z);
  return update * h + (1 - update) * activationTwin[f.activation](a);
}

/** [h', c'] of an LSTM: input, forget, candidate, output. */
export function lstmTwin([i, f, g, o]: number[], c: number, functions: Functions): [number, number] {
  const gate = activationTwin[functions.recurrentActivation];
  const curve = activationTwin[functions.activation];
  const next = gate(f) * c + gate(i) * curve(g);
  return [gate(o) * curve(next), next];
}

export const rnnTwin = ([a]: number[], f: Functions): number => activationTwin[f.activation](a);
