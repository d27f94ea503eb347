import { I32, type Module } from "../wasm/index.ts";
import type { Buffer } from "./arena.ts";
import { control, frame } from "./control.ts";
import type { Axes, BatchBuffers, Buffers } from "./emit.ts";
import type { BatchSize, Op, Size } from "./op.ts";
import { InputOp } from "./ops/input.ts";
import { type StepsFormula, stepsFormula } from "./steps-formula.ts";
import type { TimeAxis, Value } from "./value.ts";

/** What the caller of a frozen program must know to stage rows and read answers. */
export interface FrozenPlan {
  /** Words that hold the addresses of what is staged, one for each input, and of the answers. */
  readonly inputs: number;
  readonly output: number;
  /** Rows of one call at most. */
  readonly rows: number;
  /** The fewest steps that each input may have. */
  readonly least: readonly number[];
  /** Bytes of memory at most: fixed + rows * (row + the sum of steps * step over the inputs). */
  readonly fixed: number;
  readonly row: number;
  readonly step: readonly number[];
}

const MOST_ROWS = 16;
const LINE = 64;
const line = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

interface Parts {
  readonly buffers: Buffers;
  readonly batchBuffers: BatchBuffers;
  readonly axes: Axes;
  readonly ops: readonly Op[];
  readonly output: Value;
  /** The first free byte. */
  readonly start: number;
}

/**
 * Writes `lay(rows, steps of each input)`, which gives every buffer an address behind `start`, writes the words by which
 * the program finds it, and returns the steps of the output: what the runtime does for other programs, in the module.
 */
export function layOut(module: Module, parts: Parts) {
  const { axes, output } = parts;
  const shared = parts.batchBuffers.all.map(sizeOfShared);
  const { places, sizes } = share(parts.buffers.all);
  const inputs = parts.ops.filter((op) => op instanceof InputOp).sort((a, b) => a.index - b.index);
  const formulas = new Map<TimeAxis, StepsFormula>();
  const formula = (axis: TimeAxis): StepsFormula => {
    const known = formulas.get(axis) ?? stepsFormula(axis, inputs.length);
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
  const lasting = shared.map((size) => (size.row || size.rowStep ? undefined : take(size.fixed!)));
  const base = end;

  /** The word that holds the address of a buffer of the frame. */
  const bufferWord = (slot: number) => frameAt + frame.buffers + 4 * slot;

  const bound = { fixed: base, row: 0, step: inputs.map(() => 0) };
  const count = (size: Shared): void => {
    const { fixed = 0, row = 0, rowStep = 0, axis } = size;
    bound.fixed += fixed + LINE;
    bound.row += row;
    if (!axis) return;
    const [input, first, times, , each] = formula(axis);
    bound.row += rowStep * (Math.max(0, first) + times);
    bound.step[input] += (rowStep * times) / each;
  };

  module.function(
    "lay",
    [I32, ...inputs.map(() => I32)],
    (fn, rows, ...steps: I32[]) => {
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
        const { fixed = 0, row = 0, rowStep = 0, axis, most } = size;
        const each = axis ? stepsAt(axis).mul(rowStep).add(row) : I32.of(row);
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
      set(control.outputs, room(bytesOf(staged(output))));
      return output.axis ? stepsAt(output.axis) : I32.of(1);
    },
    { export: true, result: I32 },
  );

  const plan: FrozenPlan = {
    inputs: control.inputs,
    output: control.outputs,
    rows: MOST_ROWS,
    least: inputs.map((_, input) => leastSteps([...formulas.values()], input)),
    ...bound,
  };
  const numbers = Int32Array.from({ length: MOST_ROWS }, (_, row) => row);
  const data = [{ address: order, bytes: new Uint8Array(numbers.buffer) }];
  return { plan, pages: Math.ceil(base / 65536), data, bufferWord };
}

/** A size of a buffer, with the bytes that what varies takes at most. */
type Shared = Size & { readonly most?: number };

function sizeOfShared({ fixed = 0, place = 0, most, axis }: BatchSize): Shared {
  const limit = most === undefined ? {} : { most: most * place };
  return axis ? { fixed, rowStep: place, axis, ...limit } : { fixed, row: place, ...limit };
}

/** The fewest steps with which every axis has one at least. */
function leastSteps(formulas: readonly StepsFormula[], input: number): number {
  const own = formulas.filter((formula) => formula[0] === input);
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
