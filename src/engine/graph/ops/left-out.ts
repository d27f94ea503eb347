import { copyRows, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { StepPlace } from "./cell.ts";
import type { Chunk } from "./gate-source.ts";

/**
 * The rows of a slice that a recurrent op need not compute at a step (see `RowOrder`), and what stands in for them.
 * With `mask` the rows left out keep their state. With `prefix` they have the state of the last row that is computed:
 * a row that begins takes it over, and on the way back their gradients meet there.
 */
export class LeftOut {
  private readonly build: Build;
  private readonly policy: "mask" | "prefix";
  private readonly units: number;
  /** The number of rows computed at each step, and one word more for after the end. */
  private readonly computed: I32;

  constructor(build: Build, policy: "mask" | "prefix", units: number, steps: I32) {
    this.build = build;
    this.policy = policy;
    this.units = units;
    this.computed = build.fn.let(build.rowOrder!.computed(build, build.slice, steps));
  }

  /** Rows computed at a step: the first of the slice. */
  rows(t: I32): I32 {
    return this.build.fn.let(I32.load(this.computed.add(t.mul(4))));
  }

  private get rowBytes(): number {
    return 4 * stride(this.units);
  }

  private copy(add = false) {
    const floats = stride(this.units);
    return copyRows(this.build.module, padded(this.units), { to: floats, from: floats }, add);
  }

  /** A chunk as one run where all its rows are computed, else each of its steps. */
  eachRun(chunk: Chunk, gateBytes: I32, body: (run: Chunk) => void): void {
    const { fn, rows } = this.build;
    const end = fn.let(chunk.first.add(chunk.length));
    const whole = this.rows(chunk.first)
      .equals(rows)
      .and(this.rows(end.sub(1)).equals(rows));
    fn.if(
      whole,
      () => body(chunk),
      () =>
        fn.loop(chunk.first, end, 1, (first) => {
          const some = this.rows(first);
          const gates = fn.let(chunk.gates.add(first.sub(chunk.first).mul(gateBytes)));
          body({ first, length: I32.of(1), rows: some, count: some, gates });
        }),
    );
  }

  /** Behind a step: rows that the mask leaves out keep their states. */
  carryOn(at: StepPlace & { readonly rows: I32 }, cellState: boolean): void {
    if (this.policy !== "mask") return;
    const { fn, rows } = this.build;
    fn.if(at.rows.less(rows), () => {
      const done = fn.let(at.rows.mul(this.rowBytes));
      const left = fn.let(rows.sub(at.rows));
      fn.call(this.copy(), at.next.add(done), at.h.add(done), left);
      if (cellState) fn.call(this.copy(), at.nextC.add(done), at.c.add(done), left);
    });
  }

  /** The rows that begin at a step (or have not begun at the end), and the row whose state they share. */
  private eachBeginner(t: I32, body: (row: I32, shared: I32) => void): void {
    if (this.policy !== "prefix") return;
    const { fn } = this.build;
    fn.if(I32.of(0).less(t), () => {
      const before = this.rows(t.sub(1));
      fn.loop(before, this.rows(t), 1, (row) => body(row, before.sub(1)));
    });
  }

  /** Before a step: those who begin take over the shared states. */
  takeOver(t: I32, states: readonly I32[]): void {
    this.eachBeginner(t, (row, shared) => {
      for (const state of states) {
        const to = state.add(row.mul(this.rowBytes));
        this.build.fn.call(this.copy(), to, state.add(shared.mul(this.rowBytes)), I32.of(1));
      }
    });
  }

  /** Behind a step on the way back: their gradients are added to the shared one. */
  giveBack(t: I32, gradients: readonly I32[]): void {
    this.eachBeginner(t, (row, shared) => {
      for (const gradient of gradients) {
        const to = gradient.add(shared.mul(this.rowBytes));
        this.build.fn.call(this.copy(true), to, gradient.add(row.mul(this.rowBytes)), I32.of(1));
      }
    });
  }
}
