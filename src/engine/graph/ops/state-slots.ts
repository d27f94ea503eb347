import { stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import { rareOps } from "../late.ts";
import type { Build } from "../op.ts";
import type { TimeAxis } from "../value.ts";
import type { Borders } from "./borders.ts";

interface Options {
  readonly units: number;
  readonly axis: TimeAxis;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  /** Whether a chunk's gates can be filled again on the way back. */
  readonly refills: boolean;
}

/** Where the states of a recurrent op lie: one slot for every step and one more, or one that is overwritten. */
export class StateSlots {
  private readonly owner: object;
  private readonly options: Options;

  constructor(owner: object, options: Options) {
    this.owner = owner;
    this.options = options;
  }

  get rowFloats(): number {
    return stride(this.options.units);
  }

  /** Gates and states of a chunk are computed again on the way back, rather than kept. */
  again(build: Build): boolean {
    return build.keep && build.recomputes && this.options.refills;
  }

  /** Whether gates and cell states have a place for every step. */
  keepsAll(build: Build): boolean {
    return build.traces || (build.keep && !this.again(build));
  }

  /** Whether a state has a slot for every step. */
  hasEvery(build: Build, name: "h" | "c"): boolean {
    return this.keepsAll(build) || (name === "h" && this.options.returnSequences);
  }

  all(build: Build, name: "h" | "c"): I32 {
    const row = 4 * this.rowFloats;
    const size = this.hasEvery(build, name) ? { row, rowStep: row, axis: this.options.axis } : { row };
    return build.buffer(this.owner, name, size);
  }

  /** The state behind the last step in the layer's direction. */
  last(build: Build, name: "h" | "c"): I32 {
    const slots = this.all(build, name);
    if (this.options.goBackwards || !this.hasEvery(build, name)) return slots;
    return slots.add(
      build
        .steps(this.options.axis)
        .mul(build.rows)
        .mul(4 * this.rowFloats),
    );
  }

  borders(build: Build, name: "h" | "c"): Borders {
    return new rareOps.loaded.Borders(build, this.owner, { name, rowFloats: this.rowFloats, axis: this.options.axis });
  }
}
