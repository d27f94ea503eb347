import { type Fn, I32 } from "../wasm/index.ts";

/** The phases of one thread alone, which needs neither counters nor barriers. */
export class LonePhases {
  private readonly fn: Fn;

  constructor(fn: Fn) {
    this.fn = fn;
  }

  run(units: I32 | readonly I32[], ...bodies: ((unit: I32) => void)[]): void {
    const counts = units instanceof I32 ? [units] : units;
    bodies.forEach((body, kind) => {
      this.fn.loop(0, counts[kind], 1, body);
    });
  }
}
