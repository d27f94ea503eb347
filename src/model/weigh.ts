import type { TensorsLike } from "../base/index.ts";
import { rare } from "./late.ts";
import type { ClassWeight, Targets } from "./row-weights.ts";
import type { Rows } from "./rows.ts";

/** The rows with weights where there are any: see `row-weights.ts`. */
export async function weightRows(rows: Rows, sampleWeight: TensorsLike | undefined, targets: Targets): Promise<Rows> {
  if (sampleWeight === undefined) return rows;
  return (await rare.load()).weightRows(rows, sampleWeight, targets);
}

/** Refuses class weights that make no sense. */
export async function checkClassWeight(classWeight: ClassWeight | undefined, targets: Targets): Promise<void> {
  if (classWeight !== undefined) (await rare.load()).checkClassWeight(classWeight, targets);
}

/** The rows with the weights of their classes where these have any. */
export async function weightClasses(rows: Rows, classWeight: ClassWeight | undefined, targets: Targets): Promise<Rows> {
  if (classWeight === undefined) return rows;
  return (await rare.load()).weightClasses(rows, classWeight, targets);
}
