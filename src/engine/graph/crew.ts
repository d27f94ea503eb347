import { type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import * as control from "./control.ts";
import * as frame from "./frame.ts";
import { barrier, SPINS } from "./team.ts";

/** Work on the rows of a slice that several threads do together, each of them a part. */
export interface Together {
  /** The number of this thread among them; the slice's own is 0. */
  readonly part: I32;
  readonly parts: I32;
  /** All of them meet. */
  meet(): void;
}

/** How often the slice's thread looks whether all others wait: one that slept at the last meeting takes a while to wake. */
const LOOKS = 2 * SPINS;

/**
 * The threads that find no slice because a batch has only one: they wait for work on it that its own thread offers.
 * Every thread then runs the same function, each with another part.
 */
export class Crew {
  private readonly module: Module;
  private readonly jobs: FunctionRef[] = [];

  constructor(module: Module) {
    this.module = module;
  }

  /** Whether anybody will ever be called. */
  get works(): boolean {
    return this.jobs.length > 0;
  }

  private meet(fn: Fn, threads: I32): void {
    fn.call(barrier(this.module, control.crew), threads);
  }

  /** Whether all other threads wait for work; those that are on their way get some microseconds. */
  ready(fn: Fn, at: I32): I32 {
    const others = fn.let(I32.load(at, frame.crew).sub(1));
    const waiting = fn.variable(I32, I32.of(0));
    const spins = fn.variable(I32, I32.of(0));
    fn.if(others, () =>
      fn.repeatWhile(() => {
        waiting.set(I32.loadAtomic(I32.of(control.crew.waiting)));
        spins.set(spins.get.add(1));
        return waiting.get.less(others).and(spins.get.less(LOOKS));
      }),
    );
    return fn.let(I32.of(0).less(others).and(waiting.get.equals(others)));
  }

  /** Offers work on the slice at `at`, does a part of it, and comes back when the last step has been met. */
  offer(fn: Fn, at: I32, body: (fn: Fn, at: I32, together: Together) => void): void {
    const job = this.jobs.length + 1;
    const work = this.module.function(`together ${job}`, [I32, I32, I32], (inner, frameAt, part, parts) => {
      body(inner, frameAt, { part, parts, meet: () => this.meet(inner, parts) });
      return undefined;
    });
    this.jobs.push(work);
    const threads = fn.let(I32.load(at, frame.crew));
    fn.store(I32.of(control.crew.job), I32.of(job));
    this.meet(fn, threads);
    fn.call(work, at, I32.of(0), threads);
  }

  /** A thread without a slice: works until it is let go. */
  serve(fn: Fn, at: I32, threads: I32): void {
    const part = fn.let(fn.fetchAdd(I32.of(control.crew.waiting), I32.of(1)).add(1));
    fn.repeatWhile(() => {
      this.meet(fn, threads);
      const job = fn.let(I32.load(I32.of(control.crew.job)));
      this.jobs.forEach((work, i) => {
        fn.if(job.equals(i + 1), () => fn.call(work, at, part, threads));
      });
      return job;
    });
  }

  /** The thread of the only slice lets the others go. */
  release(fn: Fn, threads: I32): void {
    fn.store(I32.of(control.crew.job), I32.of(0));
    this.meet(fn, threads);
    fn.storeAtomic(I32.of(control.crew.waiting), I32.of(0));
  }
}
