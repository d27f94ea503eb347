import { type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import * as control from "./control.ts";

/** How often a thread that waits for another looks before it sleeps: for some 50 microseconds, as long as it takes to wake. */
export const SPINS = 40_000;
const WAIT_NANOSECONDS = 50_000_000;
/** Counters that are used in turn: one is set back long before it is used again. */
const DEALERS = 32;

/** The words of a barrier: how often threads have come to it since the call began, and how many of them sleep there. */
interface Meeting {
  readonly comings: number;
  readonly asleep: number;
}

/** Whether some are yet to come before `all` have been there. */
const missing = ({ comings }: Meeting, all: I32): I32 => I32.loadAtomic(I32.of(comings)).sub(all).less(0);

/**
 * Sleeps while some are missing: `call(all)`. A function of its own, because Node 20's baseline compiler loses a local of
 * the function that waits.
 */
function sleep(module: Module, words: Meeting): FunctionRef {
  return module.function(`sleep ${words.comings}`, [I32], (fn, all) => {
    const [at, asleep] = [I32.of(words.comings), I32.of(words.asleep)];
    // Whoever comes last looks for sleepers after it has been counted, so one of the two sees the other.
    fn.fetchAdd(asleep, I32.of(1));
    const comings = fn.let(I32.loadAtomic(at));
    fn.if(comings.sub(all).less(0), () => fn.waitWhile(at, comings, WAIT_NANOSECONDS));
    fn.fetchAdd(asleep, I32.of(-1));
    return undefined;
  });
}

/**
 * All threads meet: `call(threads)`. One word is written and looked at, as each that travels from core to core takes a tenth
 * of a microsecond. It spins for a moment, then sleeps in slices of 50 ms, after each of which it looks whether a
 * thread has failed, and then traps.
 */
export function barrier(module: Module, words: Meeting = control.team): FunctionRef {
  return module.function(`barrier ${words.comings}`, [I32], (fn, threads) => {
    fn.if(threads.equals(1), () => fn.return());
    const at = I32.of(words.comings);
    const before = fn.fetchAdd(at, I32.of(1));
    const all = fn.let(before.divUnsigned(threads).add(1).mul(threads));
    fn.if(
      before.add(1).equals(all),
      // To wake nobody takes as long as a whole step of one row.
      () => fn.if(I32.loadAtomic(I32.of(words.asleep)), () => fn.notifyAll(at)),
      () => {
        const spins = fn.variable(I32, I32.of(0));
        fn.repeatWhile(() => {
          spins.set(spins.get.add(1));
          return missing(words, all).and(spins.get.less(SPINS));
        });
        fn.if(missing(words, all), () =>
          fn.repeatWhile(() => {
            fn.call(sleep(module, words), all);
            fn.if(I32.loadAtomic(I32.of(control.poison)), () => fn.trap());
            return missing(words, all);
          }),
        );
      },
    );
    return undefined;
  });
}

/**
 * The phases of a step. In each, the threads take units of work one by one (who takes which never matters to the
 * result) and meet at its end. A phase deals from a counter of its own, which thread 0 sets back once all have met.
 */
export class Phases {
  private readonly module: Module;
  private readonly fn: Fn;
  private readonly thread: I32;
  private readonly threads: I32;
  private next = 0;

  constructor(module: Module, fn: Fn, thread: I32, threads: I32) {
    this.module = module;
    this.fn = fn;
    this.thread = thread;
    this.threads = threads;
  }

  meet(): void {
    this.fn.call(barrier(this.module), this.threads);
  }

  /** One kind of work, or several with the units of each: those of the first come first. */
  run(units: I32 | readonly I32[], ...bodies: ((unit: I32) => void)[]): void {
    this.deal(units, bodies);
  }

  /** Likewise; a thread that gets no unit does something else before it meets the others. */
  runOr(units: I32, body: (unit: I32) => void, idle: (() => void) | undefined): void {
    this.deal(units, [body], idle);
  }

  private deal(units: I32 | readonly I32[], bodies: readonly ((unit: I32) => void)[], idle?: () => void): void {
    const { fn } = this;
    const counts = (units instanceof I32 ? [units] : units).map((count) => fn.let(count));
    if (counts.length === 0) return;
    const dealer = I32.of(control.dealers + 64 * (this.next++ % DEALERS));
    let sum = I32.of(0);
    const ends = counts.map((count) => {
      sum = fn.let(sum.add(count));
      return sum;
    });
    const total = ends[ends.length - 1];
    const unit = fn.variable(I32, fn.fetchAdd(dealer, I32.of(1)));
    const work = () =>
      fn.repeatWhile(() => {
        const choose = (kind: number): void => {
          const own = () => bodies[kind](kind === 0 ? unit.get : fn.let(unit.get.sub(ends[kind - 1])));
          if (kind === counts.length - 1) own();
          else fn.if(unit.get.less(ends[kind]), own, () => choose(kind + 1));
        };
        choose(0);
        unit.set(fn.fetchAdd(dealer, I32.of(1)));
        return unit.get.less(total);
      });
    fn.if(unit.get.less(total), work, idle);
    this.meet();
    fn.if(this.thread.isZero(), () => fn.storeAtomic(dealer, I32.of(0)));
  }
}
