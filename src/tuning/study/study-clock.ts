import { type Stop, stopWith } from "./stop.ts";

/** The seconds of a study, those of earlier runs included, by a clock that does not jump; it stops the search in time. */
export class StudyClock {
  private readonly before: number;
  private readonly started = performance.now();
  private readonly given: AbortSignal | undefined;
  private readonly stop: Stop;
  private timer: NodeJS.Timeout | undefined;
  private late = false;

  constructor(before: number, seconds: number | undefined, given: AbortSignal | undefined) {
    this.before = before;
    this.given = given;
    this.stop = stopWith(given);
    if (seconds !== undefined) this.wait(seconds);
  }

  /** A timer counts no more than 24 days, and may be early. */
  private wait(seconds: number): void {
    const left = 1000 * (seconds - this.now);
    if (left > 0) this.timer = setTimeout(() => this.wait(seconds), Math.min(2 ** 31 - 1, Math.ceil(left)));
    else {
      this.late = true;
      this.stop.abort();
    }
  }

  /** Aborts when the time is over, or the search is interrupted. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  get reason(): "interrupted" | "seconds" | undefined {
    if (this.given?.aborted) return "interrupted";
    return this.late ? "seconds" : undefined;
  }

  get now(): number {
    return this.before + (performance.now() - this.started) / 1000;
  }

  end(): void {
    clearTimeout(this.timer);
    this.stop.end();
  }
}
