import { type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { control } from "./control.ts";

const SPINS = 10_000;
const WAIT_NANOSECONDS = 50_000_000;

/**
 * Sleeps while the generation is the given one: `call(generation)`. A function of its own, because Node 20's baseline
 * compiler loses a local of the function that waits.
 */
function sleep(module: Module): FunctionRef {
  return module.function("sleep", [I32], (fn, generation) => {
    fn.waitWhile(I32.of(control.generation), generation, WAIT_NANOSECONDS);
    return undefined;
  });
}

/**
 * All threads meet: `call(threads)`. It spins for some microseconds, then sleeps in slices of 50 ms, after each of
 * which it looks whether a thread has failed, and then traps.
 */
export function barrier(module: Module): FunctionRef {
  return module.function("barrier", [I32], (fn, threads) => {
    fn.if(threads.equals(1), () => fn.return());
    const at = I32.of(control.generation);
    const generation = fn.let(I32.loadAtomic(at));
    const before = fn.fetchAdd(I32.of(control.arrived), I32.of(1));
    fn.if(
      before.equals(threads.sub(1)),
      () => {
        fn.storeAtomic(I32.of(control.arrived), I32.of(0));
        fn.storeAtomic(at, generation.add(1));
        fn.notifyAll(at);
      },
      () => {
        const spins = fn.variable(I32, I32.of(0));
        const waiting = () => I32.loadAtomic(at).equals(generation);
        fn.repeatWhile(() => {
          spins.set(spins.get.add(1));
          return waiting().and(spins.get.less(SPINS));
        });
        fn.if(waiting(), () =>
          fn.repeatWhile(() => {
            fn.call(sleep(module).index, generation);
            fn.if(I32.loadAtomic(I32.of(control.poison)), () => fn.trap());
            return waiting();
          }),
        );
      },
    );
    return undefined;
  });
}

/** Runs the body for units of work that the threads take one by one; who takes which never matters to the result. */
export function dealt(fn: Fn, phase: number, units: I32, body: (unit: I32) => void): void {
  const dealer = I32.of(control.dealers[phase]);
  const total = fn.let(units);
  const unit = fn.variable(I32, fn.fetchAdd(dealer, I32.of(1)));
  fn.if(unit.get.less(total), () =>
    fn.repeatWhile(() => {
      body(unit.get);
      unit.set(fn.fetchAdd(dealer, I32.of(1)));
      return unit.get.less(total);
    }),
  );
}

/** Sets a phase's dealer back; by one thread, while nobody is in that phase. */
export function redeal(fn: Fn, phase: number): void {
  fn.storeAtomic(I32.of(control.dealers[phase]), I32.of(0));
}
