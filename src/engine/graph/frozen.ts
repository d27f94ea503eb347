import { type FunctionRef, I32, Module } from "../wasm/index.ts";
import { control } from "./control.ts";
import { Axes, BatchBuffers, Buffers, Tallies } from "./emit.ts";
import { type FrozenPlan, layOut } from "./frozen-layout.ts";
import type { WeightLayout } from "./layout.ts";
import type { RandomSource, Stream } from "./op.ts";
import { batchBuild, opsOf, readBy, rowOrderOf, runStages, writeSlice } from "./program.ts";
import { LonePhases } from "./team.ts";
import type { Value } from "./value.ts";
import type { Weight } from "./weight.ts";

/** Where a stream's states lie, in one piece; or why a sequence cannot come step by step. */
export type FrozenStream = { readonly address: number; readonly floats: number } | string;

/**
 * A forward program of its own: weights and memory inside, no imports, for one thread. It exports `memory`;
 * `lay(rows, steps of each input)`, which must be called before rows are staged; `run`, which computes those rows; and,
 * where the graph allows it, `step`, which takes one row at one step and leaves its states for the next.
 *
 * `pack` gives a weight as it lies in memory; `about` becomes the custom section "gruvy", as JSON.
 */
export function writeFrozen(options: {
  readonly output: Value;
  readonly fma: boolean;
  pack(weight: Weight): Float32Array;
  about(plan: FrozenPlan, stream: FrozenStream): unknown;
}): Uint8Array<ArrayBuffer> {
  const { output, fma, pack } = options;
  const module = new Module({ fma }, { shared: false });
  const ops = opsOf(output);
  const layout = weightsAlone(ops.flatMap((op) => op.weights));
  const request = { output, layout, purpose: "predict", keepsStates: false } as const;
  const collected = {
    buffers: new Buffers(),
    batchBuffers: new BatchBuffers(),
    tallies: new Tallies(0),
    axes: new Axes(),
    sources: [] as RandomSource[],
    rowOrder: rowOrderOf(ops),
    crew: undefined,
  };
  const entry = (name: string, slice: FunctionRef, parts: typeof collected) =>
    module.function(
      name,
      [],
      (fn) => {
        const word = (address: number) => fn.let(I32.load(I32.of(address)));
        const batch = { firstRow: I32.of(0), batchRows: word(control.rows), slices: I32.of(1) };
        const build = batchBuild(module, fn, request, parts, batch);
        const read = readBy(output, ops);
        parts.rowOrder?.run(build);
        const stages = ops.map((op) => op.before(read.has(op.output)));
        runStages(fn, new LonePhases(fn), build, stages);
        fn.call(slice.index, I32.load(I32.of(control.frames)));
        fn.store(I32.of(control.unchanged), I32.of(1));
        return undefined;
      },
      { export: true },
    );
  entry("run", writeSlice(module, request, ops, collected), collected);
  const hindrance = ops.find((op) => op.needsAllSteps !== undefined);
  const states = new States(layout.end);
  if (!hindrance) {
    // The same buffers over the same stretches; a single row has no order.
    collected.buffers.now = 0;
    const parts = { ...collected, rowOrder: undefined };
    entry("step", writeSlice(module, request, ops, parts, states), parts);
  }
  const { plan, pages, data } = layOut(module, { ...collected, ops, output, start: states.end });
  const weights = layout.weights.map((weight) => {
    const { buffer, byteOffset, byteLength } = pack(weight);
    return { address: layout.address(weight), bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  });
  const stream = hindrance ? `"${hindrance.name}" ${hindrance.needsAllSteps}` : states.place;
  const about = new TextEncoder().encode(JSON.stringify(options.about(plan, stream)));
  return module.finish({ pages, data: [...weights, ...data] }, { gruvy: about });
}

/** Weights without gradients and transposes, one behind the other. */
function weightsAlone(weights: readonly Weight[]): WeightLayout {
  const places = new Map<Weight, number>();
  let end: number = control.end;
  for (const weight of weights) {
    places.set(weight, end);
    end += 4 * weight.size;
  }
  const none = (): never => {
    throw new Error("A frozen program has no gradients");
  };
  return {
    weights,
    trainedBytes: 0,
    slicedBytes: 0,
    gradients: 0,
    slots: 0,
    end,
    address: (weight) => places.get(weight)!,
    offset: none,
    transposed: none,
  };
}

/** Gives the states of a stream their places, one behind the other. */
class States implements Stream {
  private readonly start: number;
  private readonly places = new Map<object, number[]>();
  end: number;

  constructor(start: number) {
    this.start = start;
    this.end = start;
  }

  state(owner: object, index: number, bytes: number): I32 {
    const places = this.places.get(owner) ?? [];
    this.places.set(owner, places);
    if (places[index] === undefined) {
      places[index] = this.end;
      this.end += bytes;
    }
    return I32.of(places[index]);
  }

  get place(): { address: number; floats: number } {
    return { address: this.start, floats: (this.end - this.start) / 4 };
  }
}
