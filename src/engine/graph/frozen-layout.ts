import { F64, type Fn, growBy, I32, type Module, pagesOf } from "../wasm/index.ts";
import type { Buffer } from "./arena.ts";
import * as control from "./control.ts";
import type { Axes, BatchBuffers, Buffers } from "./emit.ts";
import * as frame from "./frame.ts";
import type { BatchSize, Op, Size } from "./op.ts";
import { InputOp } from "./ops/input.ts";
import { type StepsFormula, stepsFormula } from "./steps-formula.ts";
import type { TimeAxis, Value } from "./value.ts";

/** What the caller of a frozen program must know to stage rows and read answers. */
export interface FrozenPlan {
  /** The first of the words that hold the addresses of what is staged for each input, and of the answers of each output. */
  readonly inputs: number;
  readonly outputs: number;
  /** The first of those that hold the steps of each output, 1 of rows. */
  readonly steps: number;
  /** Rows of one call at most. */
  readonly rows: number;
  /** The fewest steps that each time axis of the inputs may have. */
  readonly least: readonly number[];
}

/** A number, times the steps of each axis behind it. */
type Term = readonly [number, ...axes: number[]];

const MOST_ROWS = 16;
const PAGE = 65536;
const LINE = 64;
const line = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

interface Parts {
  readonly buffers: Buffers;
  readonly batchBuffers: BatchBuffers;
  readonly axes: Axes;
  readonly ops: readonly Op[];
  readonly outputs: readonly Value[];
  /** The first free byte. */
  readonly start: number;
}

/**
 * Writes `lay(rows, steps of each axis)`, which gives every buffer an address behind `start`, writes the words by which
 * the program finds it, and makes memory as large as that needs: what the runtime does for other programs, in the module.
 * It returns 0 where there is no such memory.
 */
export function layOut(module: Module, parts: Parts) {
  const { axes, outputs } = parts;
  const shared = parts.batchBuffers.all.map(sizeOfShared);
  const { places, sizes } = share(parts.buffers.all);
  const inputs = parts.ops.filter((op) => op instanceof InputOp).sort((a, b) => a.index - b.index);
  const lengths = [...new Set(inputs.flatMap(({ output }) => output.axis ?? []))];
  const formulas = new Map<TimeAxis, StepsFormula>();
  const formula = (axis: TimeAxis): StepsFormula => {
    const known = formulas.get(axis) ?? stepsFormula(axis, lengths.length);
    formulas.set(axis, known);
    return known;
  };

  // What does not depend on the call keeps its place, and with it what it holds from call to call.
  let end = line(parts.start);
  const take = (bytes: number): number => {
    const at = end;
    end += line(bytes);
    return at;
  };
  const frameAt = take(frame.buffers + 4 * places.length);
  const table = take(4 * shared.length);
  const order = take(4 * MOST_ROWS);
  const outputSteps = take(4 * outputs.length);
  const lasting = shared.map((size) => (size.row || size.rowStep ? undefined : take(size.fixed!)));
  const base = end;

  /** The word that holds the address of a buffer of the frame. */
  const bufferWord = (slot: number) => frameAt + frame.buffers + 4 * slot;

  // More bytes than it takes: a number, and for each row the sum of the terms. Where this can be addressed, so can all.
  let most = base;
  const terms = new Map<string, Term>();
  const add = (bytes: number, ...axes: number[]): void => {
    if (bytes > 0) terms.set(`${axes}`, [(terms.get(`${axes}`)?.[0] ?? 0) + bytes, ...axes]);
  };
  const count = (size: Shared): void => {
    const { fixed = 0, row = 0, rowStep = 0, axis, across } = size;
    most += fixed + LINE;
    add(row);
    if (!axis) return;
    for (const [own, ...of] of mostSteps(formula(axis))) {
      if (!across) add(rowStep * own, ...of);
      else for (const [other, ...on] of mostSteps(formula(across))) add(rowStep * own * other, ...of, ...on);
    }
  };

  const shape = [I32, ...lengths.map(() => I32)];
  const placed = (fn: Fn, rows: I32, ...steps: I32[]): I32 => {
    const at = fn.variable(I32, I32.of(base));
    const stepsOf = new Map<TimeAxis, I32>();
    const stepsAt = (axis: TimeAxis): I32 => {
      let found = stepsOf.get(axis);
      if (!found) {
        const [input, first, times, from, each] = formula(axis);
        const grown = steps[input].add(each - from).divUnsigned(each);
        found = fn.let(grown.mul(times).add(first - times));
        stepsOf.set(axis, found);
      }
      return found;
    };
    const bytesOf = (size: Shared): I32 => {
      count(size);
      const { fixed = 0, row = 0, rowStep = 0, axis, across, most } = size;
      const places = axis && (across ? stepsAt(axis).mul(stepsAt(across)) : stepsAt(axis));
      const each = places ? places.mul(rowStep).add(row) : I32.of(row);
      const varying = fn.let(rows.mul(each));
      return fn.let((most === undefined ? varying : varying.min(most)).add(fixed));
    };
    const room = (bytes: I32): I32 => {
      const here = fn.let(at.get);
      at.set(here.add(bytes.add(LINE - 1).and(-LINE)));
      return here;
    };
    const set = (address: number, value: number | I32) => fn.store(I32.of(address), I32.of(value));
    for (const address of [control.batchSize, control.sliceRows, control.rows, frameAt + frame.rows]) {
      set(address, rows);
    }
    set(control.frames, frameAt);
    set(control.frameBytes, frame.buffers + 4 * places.length);
    set(control.batchBuffers, table);
    set(control.inOrder, order);
    shared.forEach((size, i) => {
      set(table + 4 * i, lasting[i] ?? room(bytesOf(size)));
    });
    const addresses = sizes.map((list) => {
      return room(list.map(bytesOf).reduce((most, bytes) => fn.let(most.max(bytes))));
    });
    places.forEach((place, slot) => {
      set(bufferWord(slot), addresses[place]);
    });
    axes.all.forEach((axis, word) => {
      set(frameAt + frame.steps + 4 * word, stepsAt(axis));
    });
    const staged = ({ kind, features, axis }: Value): Size => {
      const bytes = kind === "tokens" ? 4 : 4 * features;
      return axis ? { rowStep: bytes, axis } : { row: bytes };
    };
    inputs.forEach((input) => {
      set(control.inputs + 4 * input.index, room(bytesOf(staged(input.output))));
    });
    outputs.forEach((output, i) => {
      set(control.outputs + 4 * i, room(bytesOf(staged(output))));
      set(outputSteps + 4 * i, output.axis ? stepsAt(output.axis) : 1);
    });
    return at.get;
  };
  const place = module.function("place", shape, placed, { result: I32 });
  module.function(
    "lay",
    shape,
    (fn, rows, ...steps) => {
      const each = [...terms.values()].map(([bytes, ...of]) =>
        of.reduce((all, axis) => all.mul(steps[axis].toF64()), F64.of(bytes)),
      );
      const bytes = fn.let(
        each
          .reduce((sum, one) => sum.add(one), F64.of(0))
          .mul(rows.toF64())
          .add(most),
      );
      const fits = fn.variable(I32, bytes.less(2 ** 31));
      fn.if(fits.get, () => {
        const end = fn.callFor(I32, place, rows, ...steps);
        const missing = fn.let(
          end
            .add(PAGE - 1)
            .shiftRight(16)
            .sub(pagesOf(fn)),
        );
        fn.if(I32.of(0).less(missing), () => fits.set(I32.of(-1).less(growBy(fn, missing))));
      });
      return fits.get;
    },
    { export: true, result: I32 },
  );

  const plan: FrozenPlan = {
    inputs: control.inputs / 4,
    outputs: control.outputs / 4,
    steps: outputSteps / 4,
    rows: MOST_ROWS,
    least: lengths.map((_, length) => leastSteps([...formulas.values()], length)),
  };
  const numbers = Int32Array.from({ length: MOST_ROWS }, (_, row) => row);
  const data = [{ address: order, bytes: new Uint8Array(numbers.buffer) }];
  return { plan, pages: Math.ceil(base / PAGE), data, bufferWord };
}

/** A size of a buffer, with the bytes that what varies takes at most. */
type Shared = Size & { readonly most?: number };

function sizeOfShared({ fixed = 0, place = 0, most, axis }: BatchSize): Shared {
  const limit = most === undefined ? {} : { most: most * place };
  return axis ? { fixed, rowStep: place, axis, ...limit } : { fixed, row: place, ...limit };
}

/** Terms whose sum is at least the steps of an axis: a number, and one for each step of the axis that it follows from. */
function mostSteps([length, first, times, , each]: StepsFormula): readonly Term[] {
  return [[Math.max(0, first)], [times / each, length]];
}

/** The fewest steps with which every axis has one at least. */
function leastSteps(formulas: readonly StepsFormula[], length: number): number {
  const own = formulas.filter((formula) => formula[0] === length);
  for (let n = 1; ; n++) {
    if (own.every(([, first, times, from, each]) => first + times * Math.floor((n - from) / each) >= 1)) return n;
  }
}

/** Buffers that are not in use at the same time share a place, which is as large as the largest of them. */
function share(buffers: readonly Buffer[]): { places: readonly number[]; sizes: readonly (readonly Size[])[] } {
  const places: number[] = [];
  const ends: number[] = [];
  const sizes: Size[][] = [];
  for (const { slot, size, first, last } of [...buffers].sort((a, b) => a.first - b.first)) {
    const free = ends.findIndex((end) => end < first);
    const place = free < 0 ? ends.length : free;
    if (free < 0) sizes.push([]);
    sizes[place].push(size);
    ends[place] = last;
    places[slot] = place;
  }
  return { places, sizes };
}
