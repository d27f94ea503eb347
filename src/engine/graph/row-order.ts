import { I32 } from "../wasm/index.ts";
import type { BatchBuild, BatchSize, Build } from "./op.ts";
import type { Value } from "./value.ts";

/**
 * In which order the rows of a batch are dealt to the slices, and how many rows of a slice are computed at each step.
 *
 * `mask`: token 0 does not count. Rows are sorted by how soon they end (or how late they begin, whichever leaves out
 * more), so that at each step those still alive are the first of their slice; the others keep their state.
 *
 * `prefix`: token 0 counts, but rows that begin with it pass through the same states. Of the rows that have not begun
 * yet, one is computed for all; a row that begins takes its state over, and gives its gradient back on the way back.
 */
export class RowOrder {
  readonly tokens: Value;
  /** The mask of the tokens that count; without it all do. */
  readonly mask: Value | undefined;
  private readonly input: number;

  constructor(tokens: Value, input: number, mask?: Value) {
    this.tokens = tokens;
    this.input = input;
    this.mask = mask;
  }

  get policy(): "mask" | "prefix" {
    return this.mask ? "mask" : "prefix";
  }

  private buffer(build: Build | BatchBuild, name: string, size: BatchSize): I32 {
    return build.batchBuffer(this, name, size);
  }

  /** For each place in the slices, one after another, the row of the batch that stands there. */
  order(build: Build | BatchBuild): I32 {
    return this.buffer(build, "order", { place: 4 });
  }

  /** Rows computed at each step: steps + 1 words for each slice, the last one for after the end. */
  computed(build: Build | BatchBuild, slice: I32, steps: I32): I32 {
    const all = this.buffer(build, "computed", { place: 4, fixed: 4 * 4096, axis: this.tokens.axis });
    return all.add(slice.mul(steps.add(1)).mul(4));
  }

  /** Sorts the rows by a counting sort, deals them in turn, and counts who is computed when. One thread. */
  run(build: BatchBuild): void {
    const { fn, batchRows } = build;
    const steps = fn.let(build.steps(this.tokens.axis!));
    const keys = this.buffer(build, "keys", { place: 4 });
    const sorted = this.buffer(build, "sorted", { place: 4 });
    const buckets = this.buffer(build, "buckets", { fixed: 8, place: 4, axis: this.tokens.axis });
    const byEnd = this.writeKeys(build, steps, keys);
    fn.fill(buckets, steps.add(2).mul(4));
    const bucket = (row: I32) => fn.let(buckets.add(I32.load(keys.add(row.mul(4))).mul(4)));
    fn.loop(0, batchRows, 1, (row) => {
      const at = bucket(row);
      fn.store(at, I32.load(at, 4).add(1), 4);
    });
    fn.loop(0, steps, 1, (key) => {
      const at = fn.let(buckets.add(key.mul(4)));
      fn.store(at, I32.load(at, 4).add(I32.load(at)), 4);
    });
    fn.loop(0, batchRows, 1, (row) => {
      const at = bucket(row);
      const place = fn.let(I32.load(at));
      fn.store(sorted.add(place.mul(4)), row);
      fn.store(at, place.add(1));
    });
    this.deal(build, sorted);
    this.count(build, steps, keys, byEnd);
  }

  /** How soon each row is left out: the padding before its first token that counts, or that behind its last. */
  private writeKeys(build: BatchBuild, steps: I32, keys: I32): I32 {
    const { fn, batchRows } = build;
    const ends = this.buffer(build, "ends", { place: 4 });
    const before = fn.variable(I32, I32.of(0));
    const behind = fn.variable(I32, I32.of(0));
    const staged = fn.let(build.staged(this.input).add(build.firstRow.mul(steps).mul(4)));
    const last = fn.let(steps.sub(1).mul(4));
    fn.loop(0, batchRows, 1, (row) => {
      const from = fn.let(staged.add(row.mul(steps).mul(4)));
      const begin = fn.variable(I32, I32.of(0));
      const end = fn.variable(I32, steps);
      const leading = () =>
        I32.load(from.add(begin.get.min(steps.sub(1)).mul(4)))
          .isZero()
          .and(begin.get.less(steps));
      fn.if(leading(), () =>
        fn.repeatWhile(() => {
          begin.set(begin.get.add(1));
          return leading();
        }),
      );
      if (this.policy === "mask") {
        fn.if(I32.load(from.add(last)).isZero(), () =>
          fn.repeatWhile(() => {
            end.set(end.get.sub(1));
            const previous = I32.load(from.add(I32.of(0).less(end.get).mul(end.get.sub(1)).mul(4)));
            return previous.isZero().and(I32.of(0).less(end.get));
          }),
        );
      }
      fn.store(keys.add(row.mul(4)), begin.get);
      fn.store(ends.add(row.mul(4)), steps.sub(end.get));
      before.set(before.get.add(begin.get));
      behind.set(behind.get.add(steps.sub(end.get)));
    });
    const byEnd = fn.let(before.get.less(behind.get));
    fn.if(byEnd, () => fn.copy(keys, ends, batchRows.mul(4)));
    return byEnd;
  }

  /** The first row to the first slice, the second to the second...: slices come out even. */
  private deal(build: BatchBuild, sorted: I32): void {
    const { fn } = build;
    const order = this.order(build);
    const place = fn.variable(I32, I32.of(0));
    const round = fn.variable(I32, I32.of(0));
    fn.repeatWhile(() => {
      build.eachSlice((frame) => {
        const { first, rows } = build.sliceOf(frame);
        fn.if(round.get.less(rows), () => {
          fn.store(order.add(first.add(round.get).mul(4)), I32.load(sorted.add(place.get)));
          place.set(place.get.add(4));
        });
      });
      round.set(round.get.add(1));
      return place.get.less(build.batchRows.mul(4));
    });
  }

  private count(build: BatchBuild, steps: I32, keys: I32, byEnd: I32): void {
    const { fn } = build;
    const order = this.order(build);
    build.eachSlice((frame) => {
      const { first, rows, index } = build.sliceOf(frame);
      const words = fn.let(this.computed(build, index, steps));
      const key = (row: I32) => I32.load(keys.add(I32.load(order.add(first.add(row).mul(4))).mul(4)));
      const alive = fn.variable(I32, byEnd.mul(rows));
      fn.loop(0, steps, 1, (t) => {
        fn.if(
          byEnd,
          () => {
            // A row with k steps of padding behind it has ended once t reaches steps - k.
            const ended = () => {
              const some = I32.of(0).less(alive.get);
              const lastRow = some.mul(alive.get.sub(1));
              return some.and(steps.sub(key(lastRow)).less(t.add(1)));
            };
            fn.if(ended(), () =>
              fn.repeatWhile(() => {
                alive.set(alive.get.sub(1));
                return ended();
              }),
            );
          },
          () => {
            const begun = () => alive.get.less(rows).and(key(alive.get.min(rows.sub(1))).less(t.add(1)));
            fn.if(begun(), () =>
              fn.repeatWhile(() => {
                alive.set(alive.get.add(1));
                return begun();
              }),
            );
          },
        );
        const more = this.policy === "prefix" ? alive.get.add(1).min(rows) : alive.get;
        fn.store(words.add(t.mul(4)), more);
      });
      fn.store(words.add(steps.mul(4)), rows);
    });
  }
}
