import { type FrozenPlan, type FrozenStream, writeFrozen } from "../graph/index.ts";
import type { Executable } from "./executable.ts";
import { pack } from "./packing.ts";

/** The forward program of an executable with its weights, as a module of its own. See `writeFrozen`. */
export async function freeze(
  executable: Executable,
  options: { readonly fma: boolean; about(plan: FrozenPlan, stream: FrozenStream): unknown },
): Promise<Uint8Array<ArrayBuffer>> {
  const { weights } = executable;
  const outputs = executable.outputs.map(({ value }) => value);
  const values = await Promise.all(weights.map((weight) => executable.getWeight(weight)));
  return writeFrozen({ ...options, outputs, pack: (weight) => pack(weight, values[weights.indexOf(weight)]) });
}
