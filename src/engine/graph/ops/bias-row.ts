import { padded } from "../../kernels/index.ts";
import { F32x4, type Fn, I32 } from "../../wasm/index.ts";
import type { Cell } from "./cell.ts";

/** What every gate row starts from: the biases of each block, of input and recurrence added up; zero without any. */
export function writeBiasRow(fn: Fn, cell: Cell, units: number, row: I32, bias: I32 | undefined): void {
  const width = 4 * padded(units);
  fn.fill(row, I32.of(cell.blocks * width));
  if (!bias) return;
  for (const part of cell.biasParts) {
    const to = fn.let(row.add(part.gate * width));
    fn.loop(0, part.count * width, 16, (j) => {
      fn.store(to.add(j), F32x4.load(to.add(j)).add(F32x4.load(bias.add(part.bias * width).add(j))));
    });
  }
}
