import { PANEL, padded, productPart } from "../../kernels/index.ts";
import type { FunctionRef, I32 } from "../../wasm/index.ts";
import { panelBytes } from "../weight.ts";
import { type Recurrence, StepCode } from "./cell.ts";

/** Some panels of each block, from one to below another. */
export interface Panels {
  readonly from: I32;
  readonly to: I32;
}

/** Writes what one thread computes of the only row of a batch. */
export class PartCode extends StepCode {
  private readonly panels: Panels;

  constructor(panels: Panels, ...options: ConstructorParameters<typeof StepCode>) {
    super(...options);
    this.panels = panels;
  }

  override get partly(): boolean {
    return true;
  }

  override call(kernel: FunctionRef, ...values: I32[]): void {
    const { from, to } = this.panels;
    this.build.fn.call(kernel, ...values, from.mul(4 * PANEL), to.mul(4 * PANEL));
  }

  override addProduct({ window, panel }: Recurrence, state: I32, gates: I32): void {
    const { module, fn } = this.build;
    const { units } = this.shape;
    const columns = padded(units);
    const kernel = productPart(module, { inner: units, columns, blocks: window.count });
    const first = this.recurrentKernel.add((panel * columns * panelBytes(units)) / PANEL);
    const { from, to } = this.panels;
    fn.call(kernel, state, first, gates.add(4 * window.first * columns), from, to);
  }
}
