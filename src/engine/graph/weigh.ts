import { scaleRows } from "../kernels/index.ts";
import { F64 } from "../wasm/index.ts";
import type { Build } from "./op.ts";
import { lossInput, type Scored, type SliceCells, sumOfCell, waiting } from "./score.ts";

/** Hands the gradient of a loss on, weighed and divided by the rows and steps counted in all slices. */
export function weigh(build: Build, scored: Scored, cells: SliceCells): void {
  const { module, fn } = build;
  const { value } = lossInput(scored.value, scored.objective.loss);
  const target = build.target(value);
  if (!target) return;
  // Where nothing counted, all gradients are zero.
  const counted = sumOfCell(fn, cells, scored.cell + 1).max(F64.of(1));
  const factor = fn.let(F64.of(scored.weight).div(counted).toF32());
  const kernel = scaleRows(module, value.features, target.add);
  fn.call(kernel, target.address, waiting(build, scored), factor, build.places(value));
}
