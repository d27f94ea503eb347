import { loadAll } from "../../base/index.ts";
import { I32, Module, ownMemory } from "../wasm/index.ts";
import * as control from "./control.ts";
import { Axes, BatchBuffers, Buffers, Tallies } from "./emit.ts";
import { runStages } from "./finish.ts";
import { type FrozenPlan, layOut } from "./frozen-layout.ts";
import { rareOps } from "./late.ts";
import type { WeightLayout } from "./layout.ts";
import { LonePhases } from "./lone-phases.ts";
import type { Op, RandomSource, Stream } from "./op.ts";
import { InputOp } from "./ops/input.ts";
import { batchBuild, opsOf, readBy, rowOrderOf, writeSlices } from "./program.ts";
import { type TracedOp, tracedOf } from "./traced.ts";
import type { Value } from "./value.ts";
import type { Weight } from "./weight.ts";

/** Where a stream's states lie, in one piece; or why a sequence cannot come step by step. */
export type FrozenStream = { readonly address: number; readonly floats: number } | string;

interface FrozenOptions {
  readonly outputs: readonly Value[];
  /** Whether fused multiply-adds are used. */
  readonly fma: boolean;
  /** A weight as it lies in memory. */
  pack(weight: Weight): Float32Array;
}

/**
 * A forward program of its own: weights and memory inside, no imports, for one thread. It exports `memory`;
 * `lay(rows, steps of each time axis)`, which must be called before rows are staged; `run`, which computes those rows; and,
 * where the graph allows it, `step`, which takes one row at one step and leaves its states for the next.
 *
 * `about` becomes the custom section "gruvy", as JSON.
 */
export async function writeFrozen(
  options: FrozenOptions & { about(plan: FrozenPlan, stream: FrozenStream): unknown },
): Promise<Uint8Array<ArrayBuffer>> {
  const frozen = await Frozen.begin(options);
  frozen.entry("run", {});
  const hindrance = hindranceOf(frozen.ops);
  const states = new States(frozen.layout.end);
  // A single row has no order.
  if (!hindrance) frozen.entry("step", { stream: states, rowOrder: undefined });
  const stream = hindrance ?? states.place;
  return frozen.finish(states.end, (plan) => options.about(plan, stream)).code;
}

/** Why a sequence cannot come step by step; undefined where it can. */
function hindranceOf(ops: readonly Op[]): string | undefined {
  if (ops.filter((op) => op instanceof InputOp).length > 1) return "it has several inputs";
  const op = ops.find((op) => op.needsAllSteps !== undefined);
  return op && `"${op.name}" ${op.needsAllSteps}`;
}

/** Where the parts of a traced op lie: the words that hold the addresses of their buffers, and of the mask. */
export interface TracedPlace extends TracedOp {
  readonly words: readonly number[];
  readonly maskWord: number | undefined;
}

/**
 * A frozen program that keeps what a trace shows of the rows of a call: by default all gates and states of recurrent
 * layers. What no code of the program asks for is left out.
 */
export async function writeTracer(
  options: FrozenOptions,
  shown: (op: Op) => TracedOp | undefined = tracedOf,
): Promise<{
  readonly code: Uint8Array<ArrayBuffer>;
  readonly plan: FrozenPlan;
  readonly traced: readonly TracedPlace[];
}> {
  const frozen = await Frozen.begin(options);
  frozen.entry("run", { traces: true, rowOrder: undefined });
  const { buffers } = frozen.collected;
  const kept = (owner: object, name: string) => buffers.kept(owner, name).slot;
  const traced = frozen.ops
    .flatMap((op) => shown(op) ?? [])
    .filter(({ op, parts }) => parts.every(({ buffer }) => buffers.has(op, buffer)));
  // Before anything is laid out, so that these buffers are left to nobody else.
  const read = readBy(options.outputs, frozen.ops);
  const slots = traced.map(({ op, mask, parts }) => ({
    parts: parts.map(({ buffer }) => kept(op, buffer)),
    mask: mask && read.has(mask) ? kept(mask, "value") : undefined,
  }));
  const { code, plan, bufferWord } = frozen.finish(frozen.layout.end, () => ({}));
  const places = traced.map((one, i) => ({
    ...one,
    words: slots[i].parts.map(bufferWord),
    maskWord: slots[i].mask === undefined ? undefined : bufferWord(slots[i].mask),
  }));
  return { code, plan, traced: places };
}

/** Writes the entries of a frozen program. */
class Frozen {
  readonly ops: readonly Op[];
  readonly layout: WeightLayout;
  readonly collected;
  private readonly options: FrozenOptions;
  private readonly module: Module;

  static async begin(options: FrozenOptions): Promise<Frozen> {
    const frozen = new Frozen(options);
    // The states of a stream are given by the step before.
    await loadAll([rareOps, ...frozen.ops.flatMap(({ needs }) => needs)]);
    return frozen;
  }

  private constructor(options: FrozenOptions) {
    this.options = options;
    this.module = new Module({ fma: options.fma }, { shared: false });
    this.ops = opsOf(...options.outputs);
    this.layout = weightsAlone([...new Set(this.ops.flatMap((op) => op.weights))]);
    this.collected = {
      buffers: new Buffers(),
      batchBuffers: new BatchBuffers(),
      tallies: new Tallies(0),
      axes: new Axes(),
      sources: [] as RandomSource[],
      rowOrder: rowOrderOf(this.ops),
      crew: undefined,
    };
  }

  /** A function that computes the rows staged. All entries use the same buffers, over the same stretches. */
  entry(
    name: string,
    { stream, traces = false, ...others }: { stream?: Stream; traces?: boolean; rowOrder?: undefined },
  ): void {
    const { module, ops, layout } = this;
    const { outputs } = this.options;
    const request = {
      outputs: outputs.map((value) => ({ value })),
      layout,
      purpose: "predict",
      keepsStates: false,
      traces,
    } as const;
    const collected = { ...this.collected, ...others };
    collected.buffers.now = 0;
    const [{ call: slice }] = writeSlices(module, request, ops, collected, stream);
    module.function(
      name,
      [],
      (fn) => {
        const batchRows = fn.let(I32.load(I32.of(control.rows)));
        const build = batchBuild(module, fn, request, collected, {
          firstRow: I32.of(0),
          batchRows,
          slices: I32.of(1),
          sliceRows: batchRows,
        });
        const read = readBy(outputs, ops);
        collected.rowOrder?.run(build);
        const stages = ops.map((op) => op.before(read.has(op.output)));
        runStages(fn, new LonePhases(fn), build, stages, (stage, whole, unit) => stage.run(whole, unit));
        fn.call(slice, I32.load(I32.of(control.frames)));
        fn.store(I32.of(control.unchanged), I32.of(1));
        return undefined;
      },
      { export: true },
    );
  }

  /** The module. `start`: the first byte behind weights and states. */
  finish(start: number, about: (plan: FrozenPlan) => unknown) {
    const { module, ops, layout, collected, options } = this;
    const { plan, pages, data, bufferWord } = layOut(module, { ...collected, ops, outputs: options.outputs, start });
    const weights = layout.weights.map((weight) => {
      const { buffer, byteOffset, byteLength } = options.pack(weight);
      return { address: layout.address(weight), bytes: new Uint8Array(buffer, byteOffset, byteLength) };
    });
    const custom = { gruvy: new TextEncoder().encode(JSON.stringify(about(plan))) };
    return { code: module.finish(ownMemory({ pages, data: [...weights, ...data], custom })), plan, bufferWord };
  }
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
    slotsEnd: 0,
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
