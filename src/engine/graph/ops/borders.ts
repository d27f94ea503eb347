import { copyRows } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { TimeAxis } from "../value.ts";
import { CHUNK_STEPS, type Chunk, chunkSize, chunkSteps } from "./gate-source.ts";

/**
 * A state kept at the borders of chunks alone, and room for the states of one chunk: where memory is short, the steps
 * between are computed again on the way back.
 */
export class Borders {
  private readonly build: Build;
  private readonly owner: object;
  private readonly name: string;
  private readonly rowFloats: number;
  private readonly axis: TimeAxis;

  constructor(build: Build, owner: object, options: { name: string; rowFloats: number; axis: TimeAxis }) {
    this.build = build;
    this.owner = owner;
    this.name = options.name;
    this.rowFloats = options.rowFloats;
    this.axis = options.axis;
  }

  private get rowBytes(): number {
    return 4 * this.rowFloats;
  }

  private border(chunk: Chunk): I32 {
    const { build, rowBytes, axis } = this;
    const size = { row: rowBytes, rowStep: rowBytes / CHUNK_STEPS, axis };
    const all = build.buffer(this.owner, `${this.name} at borders`, size);
    const number = chunk.first.divUnsigned(chunkSteps(build));
    return all.add(number.mul(build.rows).mul(rowBytes));
  }

  private copy(to: I32, from: I32): void {
    const floats = this.rowFloats;
    const kernel = copyRows(this.build.module, floats, { to: floats, from: floats }, false);
    this.build.fn.call(kernel, to, from, this.build.rows);
  }

  /** Keeps the state that a chunk starts from. */
  save(chunk: Chunk, state: I32): void {
    this.copy(this.border(chunk), state);
  }

  /** Brings it back to its slot. Resolves to the address at which slot 0 would lie. */
  restore(chunk: Chunk, slot: I32): I32 {
    const { build, rowBytes } = this;
    const room = chunkSize(rowBytes);
    const states = build.buffer(this.owner, `${this.name} of a chunk`, { ...room, row: room.row! + rowBytes });
    const stateBytes = build.rows.mul(rowBytes);
    const base = build.fn.let(states.sub(chunk.first.mul(stateBytes)));
    this.copy(base.add(slot.mul(stateBytes)), this.border(chunk));
    return base;
  }
}
