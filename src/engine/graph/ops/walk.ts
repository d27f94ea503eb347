import { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { StepPlace } from "./cell.ts";
import { type Chunk, chunkSteps } from "./gate-source.ts";
import type { LeftOut } from "./left-out.ts";

/** Where the parts of a slice's recurrence lie, and of which there is a slot for every step. */
export interface Places {
  readonly steps: I32;
  readonly h: I32;
  readonly c: I32;
  readonly gates: I32;
  readonly stateBytes: I32;
  readonly gateBytes: I32;
  readonly mask: I32 | undefined;
  readonly leftOut: LeftOut | undefined;
  /** Else one state is overwritten by the next. */
  readonly everyH: boolean;
  readonly everyC: boolean;
  /** Else each chunk's gates are overwritten by the next one's. */
  readonly everyGate: boolean;
}

/** One step of a walk. */
export interface WalkedStep extends StepPlace {
  readonly t: I32;
  readonly rows: I32;
}

/**
 * The way of a slice through time, chunk by chunk and step by step, in the layer's direction or against it. Everything
 * lies in the order of the input's time. Going forward, state slot t is what step t starts from and slot t + 1 what it
 * leaves; going backwards it is the other way round.
 */
export class Walk {
  readonly places: Places;
  private readonly build: Build;
  private readonly goBackwards: boolean;

  constructor(build: Build, places: Places, goBackwards: boolean) {
    this.build = build;
    this.places = places;
    this.goBackwards = goBackwards;
  }

  /** The same way with some parts lying elsewhere. */
  at(places: Partial<Places>): Walk {
    return new Walk(this.build, { ...this.places, ...places }, this.goBackwards);
  }

  /** Where the first step finds its state. */
  first(name: "h" | "c"): I32 {
    const { h, c, steps, stateBytes, everyH, everyC } = this.places;
    const [slots, every] = name === "h" ? [h, everyH] : [c, everyC];
    return every && this.goBackwards ? slots.add(steps.mul(stateBytes)) : slots;
  }

  eachChunk(against: boolean, body: (chunk: Chunk) => void): void {
    const { fn, rows } = this.build;
    const { steps, gates, gateBytes, everyGate } = this.places;
    const most = chunkSteps(this.build);
    const chunk = (first: I32) => {
      const length = fn.let(steps.sub(first).min(most));
      const at = fn.let(everyGate ? gates.add(first.mul(gateBytes)) : gates);
      body({ first, length, rows, count: fn.let(length.mul(rows)), gates: at });
    };
    if (this.goBackwards !== against) fn.loopDown(0, steps, most, chunk);
    else fn.loop(0, steps, most, chunk);
  }

  /** A chunk as one run of whole steps, or where rows are left out, each of its steps. */
  eachRun(chunk: Chunk, body: (run: Chunk) => void): void {
    const { leftOut, gateBytes } = this.places;
    if (leftOut) leftOut.eachRun(chunk, gateBytes, body);
    else body(chunk);
  }

  /** The first slot that some steps read in the layer's direction. */
  firstRead(chunk: Chunk): I32 {
    return this.goBackwards ? chunk.first.add(1) : chunk.first;
  }

  /** The slot that a chunk starts from. */
  start(chunk: Chunk): I32 {
    return this.goBackwards ? chunk.first.add(chunk.length) : chunk.first;
  }

  eachStep(chunk: Chunk, against: boolean, body: (at: WalkedStep) => void): void {
    const { fn, rows } = this.build;
    const { h, c, stateBytes, gateBytes, mask, leftOut, everyH, everyC } = this.places;
    const step = (t: I32) => {
      const before = this.goBackwards ? t.add(1) : t;
      const after = this.goBackwards ? t : t.add(1);
      body({
        gates: fn.let(chunk.gates.add(t.sub(chunk.first).mul(gateBytes))),
        h: fn.let(everyH ? h.add(before.mul(stateBytes)) : h),
        next: fn.let(everyH ? h.add(after.mul(stateBytes)) : h),
        c: everyC ? fn.let(c.add(before.mul(stateBytes))) : c,
        nextC: everyC ? fn.let(c.add(after.mul(stateBytes))) : c,
        mask: mask ? fn.let(mask.add(t.mul(rows).mul(4))) : I32.of(0),
        t,
        rows: leftOut?.rows(t) ?? rows,
      });
    };
    const end = chunk.first.add(chunk.length);
    if (this.goBackwards !== against) fn.loopDown(chunk.first, end, 1, step);
    else fn.loop(chunk.first, end, 1, step);
  }
}
