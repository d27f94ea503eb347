import { loadAll } from "../../base/index.ts";
import { F32, F64, type Fn, type FunctionRef, I32, Module, type Target } from "../wasm/index.ts";
import type { Buffer } from "./arena.ts";
import * as control from "./control.ts";
import type { Crew } from "./crew.ts";
import { Axes, BatchBuffers, Buffers, SliceBuild, Tallies, type Tally } from "./emit.ts";
import { addTallies, finishNeeds, judge, learn, runStages } from "./finish.ts";
import * as frame from "./frame.ts";
import { rareOps } from "./late.ts";
import type { WeightLayout } from "./layout.ts";
import type { BatchBuild, BatchSize, Op, RandomSource, Stage, Stream } from "./op.ts";
import { EmbeddingOp } from "./ops/embedding.ts";
import type { RowOrder } from "./row-order.ts";
import {
  cellCount,
  deliver,
  type Output,
  score,
  scoredOutputs,
  scoreNeeds,
  sliceCells,
  weighsLosses,
} from "./score.ts";
import * as status from "./status.ts";
import { barrier, Phases } from "./team.ts";
import type { Training } from "./update.ts";
import type { TimeAxis, Value } from "./value.ts";

export interface ProgramRequest {
  readonly outputs: readonly Output[];
  readonly layout: WeightLayout;
  readonly target: Target;
  readonly shared: boolean;
  /** What the program does with each batch. */
  readonly purpose: "train" | "evaluate" | "predict";
  /** While training, gates are computed again on the way back instead of being kept. Default false. */
  readonly recomputes?: boolean;
  /** Batches are of one row, which several threads share: their memory is shared, and they do not train. Default false. */
  readonly sharesRow?: boolean;
  /** Rows, or steps, have weights. Default false. */
  readonly weighted?: boolean;
  /** What recurrent ops compute at each step is kept. Default false. */
  readonly traces?: boolean;
  /** Whether the layout has places for what ops keep from batch to batch. Default true. */
  readonly keepsStates?: boolean;
  readonly training?: Training;
}

/** A compiled program's code, and what must be laid out before it runs. */
export interface Program {
  readonly code: Uint8Array<ArrayBuffer>;
  readonly buffers: readonly Buffer[];
  readonly batchBuffers: readonly BatchSize[];
  readonly sources: readonly RandomSource[];
  /** Whose steps the frames hold, word by word. */
  readonly axes: readonly TimeAxis[];
  /** Several threads may work on one slice. */
  readonly together: boolean;
  /** Float64 cells of a slice: the objective's, then one for each tally. */
  readonly cells: number;
  readonly tallies: readonly Tally[];
}

/** The values that a program must compute: only those that are compared, where it does not predict. */
const wanted = ({ outputs, purpose }: Pick<ProgramRequest, "outputs" | "purpose">): Value[] =>
  (purpose === "predict" ? outputs : outputs.filter(({ objective }) => objective)).map(({ value }) => value);

/** Whether the program of evaluation also predicts, where a call has places for its outputs and no targets. */
export const predictsToo = ({ outputs, purpose }: Pick<ProgramRequest, "outputs" | "purpose">): boolean =>
  purpose === "evaluate" && outputs.every(({ objective }) => objective);

/** Writes what compares outputs with targets, where there are any. */
function ifScored(fn: Fn, request: Pick<ProgramRequest, "outputs" | "purpose">, body: () => void): void {
  if (predictsToo(request)) fn.if(I32.load(I32.of(control.targets)), body);
  else if (request.purpose !== "predict") body();
}

/** The ops that values depend on, each after those it needs. */
export function opsOf(...outputs: readonly Value[]): Op[] {
  const order: Op[] = [];
  const state = new Map<Op, "open" | "done">();
  // A walk with a list of its own, since models can be deeper than the stack of function calls.
  const path: Op[] = [];
  for (const { op } of outputs) {
    if (op) path.push(op);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      if (!state.has(top)) {
        state.set(top, "open");
        for (const { op: input } of [...top.inputs].reverse()) if (input && !state.has(input)) path.push(input);
        continue;
      }
      if (state.get(top) === "open") order.push(top);
      state.set(top, "done");
      path.pop();
    }
  }
  return order;
}

/** What must be loaded before a program is written. */
function needsOf(request: ProgramRequest) {
  const own = opsOf(...wanted(request)).flatMap(({ needs }) => needs);
  const ops = request.recomputes || request.sharesRow ? [...own, rareOps] : own;
  if (request.purpose === "predict") return ops;
  return [...ops, ...scoreNeeds(scoredOutputs(request.outputs)), ...finishNeeds(request)];
}

/**
 * Writes one module whose `run(thread, threads, next)` takes the staged batches one after another. `next`: where the words
 * of this run lie if it follows another in the same call, else 0.
 */
export async function writeProgram(request: ProgramRequest): Promise<Program> {
  await loadAll(needsOf(request));
  const module = new Module(request.target, { shared: request.shared });
  const buffers = new Buffers();
  const batchBuffers = new BatchBuffers();
  const sources: RandomSource[] = [];
  const objectiveCells = cellCount(request.outputs);
  const tallies = new Tallies(objectiveCells);
  const ops = opsOf(...wanted(request));
  const rowOrder = rowOrderOf(ops);
  const axes = new Axes();
  const crew = request.sharesRow ? new rareOps.loaded.Crew(module) : undefined;
  const collected: Collected = { buffers, batchBuffers, tallies, axes, rowOrder };
  const segments = writeSlices(module, request, ops, { ...collected, sources, crew });
  let written = 0;
  module.function(
    "run",
    [I32, I32, I32],
    (fn, thread, threads, next) => {
      fn.if(next, () => follow(module, fn, { thread, threads, next }));
      const word = (address: number) => fn.let(I32.load(I32.of(address)));
      const batchSize = word(control.batchSize);
      const most = { sliceRows: word(control.sliceRows), slices: word(control.slices) };
      const rows = word(control.rows);
      const first = fn.variable(I32, I32.of(0));
      const step = fn.variable(I32, I32.of(0));
      fn.repeatWhile(() => {
        const batchRows = fn.let(rows.sub(first.get).min(batchSize));
        const { slices, sliceRows } = dealRows(fn, batchRows, most);
        const phases = new Phases(module, fn, thread, threads);
        const batch = { firstRow: first.get, batchRows, slices, sliceRows };
        const build = batchBuild(module, fn, request, collected, batch);
        const read = readBy(wanted(request), ops);
        // In functions of their own, as V8 takes a large one long to optimise, and one that runs on keeps its slow code.
        const apart = (stage: Pick<Stage, "run">, whole: BatchBuild, unit: I32) => {
          const work = module.function(
            `stage ${written++}`,
            [I32, I32, I32, I32, I32, F32],
            (inner, unit, firstRow, batchRows, slices, sliceRows, scale) => {
              const own = batchBuild(module, inner, request, collected, { firstRow, batchRows, slices, sliceRows });
              stage.run({ ...own, scale }, unit);
              return undefined;
            },
          );
          fn.call(work, unit, batch.firstRow, batchRows, slices, sliceRows, whole.scale);
        };
        if (rowOrder) phases.run(I32.of(1), (unit) => apart(rowOrder, build, unit));
        const before = ops.map((op) => op.before(read.has(op.output)));
        runStages(fn, phases, build, before, apart);
        const helps = crew?.works ? crew : undefined;
        const crewSize = helps ? fn.let(slices.equals(1).mul(threads.sub(1)).add(1)) : I32.of(1);
        const runSlice = (index: I32) => {
          const at = fn.let(frameAddress(index));
          const before = fn.let(index.mul(sliceRows));
          fn.store(at, batchRows.sub(before).min(sliceRows), frame.rows);
          fn.store(at, first.get, frame.firstRow);
          fn.store(at, index, frame.slice);
          fn.store(at, slices, frame.slices);
          fn.store(at, before, frame.before);
          fn.store(at, word(control.iteration).add(step.get), frame.iteration);
          fn.store(at, crewSize, frame.crew);
          fn.call(segments[0].call, at);
          helps?.release(fn, crewSize);
        };
        const help = () => fn.if(I32.of(1).less(crewSize), () => helps?.serve(fn, frameAddress(I32.of(0)), crewSize));
        phases.runOr(slices, runSlice, helps && help);
        segments.forEach(({ call, join }, i) => {
          if (i > 0) phases.run(slices, (index) => fn.call(call, fn.let(frameAddress(index))));
          if (join) phases.run(I32.of(1), () => join(build));
        });
        const state = { phases, thread, step: step.get, batchRows, slices, tallies };
        ifScored(fn, request, () => judge(module, fn, request, build, state));
        if (request.purpose === "train") {
          addTallies(fn, request.outputs, state);
          const lists = ops.map((op) => op.after(read.has(op.output)));
          learn(module, fn, request, {
            build,
            state,
            lists,
            apart,
            scaled: weighsLosses(scoredOutputs(request.outputs)),
          });
        }
        first.set(first.get.add(batchSize));
        step.set(step.get.add(1));
        // Thread 0 alone reads the caller's wish, so that all threads leave at the same step.
        fn.if(thread.isZero(), () => {
          fn.store(I32.of(control.stepsDone), step.get);
          fn.store(I32.of(control.leave), I32.loadAtomic(I32.of(control.stop)));
        });
        phases.meet();
        const leave = word(control.leave);
        fn.if(thread.isZero().and(leave), () => fn.store(I32.of(control.status), I32.of(status.stopped)));
        return first.get.less(rows).and(leave.isZero());
      });
      return undefined;
    },
    { export: true },
  );
  return {
    code: module.finish(),
    buffers: buffers.all,
    batchBuffers: batchBuffers.all,
    sources,
    axes: axes.all,
    together: crew?.works ?? false,
    cells: objectiveCells + tallies.all.length,
    tallies: tallies.all,
  };
}

/**
 * Takes the turn after another run: its words and those of this one change places. Where the one before has not ended well
 * this one does nothing.
 */
function follow(module: Module, fn: Fn, { thread, threads, next }: Record<"thread" | "threads" | "next", I32>): void {
  const meet = () => fn.call(barrier(module), threads);
  const ended = () => I32.load(I32.of(control.status));
  meet();
  fn.if(thread.isZero().and(ended().isZero()), () => {
    fn.loop(0, control.runEnd - control.batchSize, 4, (offset) => {
      const [here, there] = [I32.of(control.batchSize), next].map((from) => fn.let(from.add(offset)));
      const word = fn.let(I32.load(here));
      fn.store(here, I32.load(there));
      fn.store(there, word);
    });
    fn.store(I32.of(control.turns), I32.load(I32.of(control.turns)).add(1));
  });
  meet();
  fn.if(ended(), () => fn.return());
}

/**
 * How a batch is dealt that may be a short one: by its rows alone, to slices of like size, an even number if it may be, as
 * `dealBatch` deals full ones.
 */
function dealRows(fn: Fn, rows: I32, most: { readonly sliceRows: I32; readonly slices: I32 }) {
  const over = (parts: I32) => rows.add(parts).sub(1).divUnsigned(parts);
  const needed = fn.let(over(most.sliceRows));
  const even = needed.add(needed.and(I32.of(control.FEWEST_ROWS - 1).less(rows))).min(most.slices);
  const sliceRows = fn.let(over(fn.let(even)));
  return { sliceRows, slices: fn.let(over(sliceRows)) };
}

const frameAddress = (index: I32): I32 =>
  I32.load(I32.of(control.frames)).add(index.mul(I32.load(I32.of(control.frameBytes))));

/** The values that some op reads, the model's outputs, and their masks, which the losses read. */
export function readBy(outputs: readonly Value[], ops: readonly Op[]): Set<Value> {
  const masks = outputs.flatMap(({ mask }) => (mask ? [mask] : []));
  return new Set([...outputs, ...masks, ...ops.flatMap((op) => op.reads)]);
}

export interface Collected {
  readonly buffers: Buffers;
  readonly batchBuffers: BatchBuffers;
  readonly tallies: Tallies;
  readonly axes: Axes;
  readonly rowOrder: RowOrder | undefined;
}

/** The order of the rows of a model whose only tokens say it. */
export function rowOrderOf(ops: readonly Op[]): RowOrder | undefined {
  const embeddings = ops.filter((op) => op instanceof EmbeddingOp);
  return embeddings.length === 1 ? embeddings[0].rowOrder : undefined;
}

/** A stretch of a slice's code, `call(frame)`, and what one thread does once all slices have come to its end. */
interface Segment {
  readonly call: FunctionRef;
  readonly join?: (build: BatchBuild) => void;
}

/**
 * One slice from its staged rows to its gradients, cut where all slices meet: only while training is there more than one
 * stretch. `stream`: it is one step of a stream.
 */
export function writeSlices(
  module: Module,
  request: Omit<ProgramRequest, "target" | "shared">,
  ops: readonly Op[],
  collected: Collected & { sources: RandomSource[]; crew: Crew | undefined },
  stream?: Stream,
): Segment[] {
  const { outputs, layout, purpose, recomputes = false, traces, keepsStates, weighted = false } = request;
  const { buffers } = collected;
  const keep = purpose === "train";
  const read = readBy(wanted(request), ops);
  const scored = purpose === "predict" ? [] : scoredOutputs(outputs);
  const waits = keep && weighsLosses(scored);
  const written = new Set<Value>();
  const options = { module, keep, recomputes, traces, keepsStates, layout, stream, written, ...collected };
  const segments: Segment[] = [];
  let pieces: ((build: SliceBuild) => void)[] = [];
  const cut = (join?: Segment["join"]) => {
    const name = stream ? "stepOfSlice" : `slice ${segments.length}`;
    const call = module.function(name, [I32], (fn, at) => {
      const build = new SliceBuild({ fn, frame: at, ...options });
      for (const piece of pieces) {
        piece(build);
        buffers.now++;
      }
      return undefined;
    });
    segments.push({ call, join });
    pieces = [];
  };
  const pass = (op: Op, way: "forward" | "backward") => {
    const meeting = keep ? op.meeting(way) : undefined;
    if (meeting) {
      pieces.push((build) => meeting.give(build));
      cut((build) => meeting.join(build));
    }
    pieces.push((build) => op[way](build));
  };
  pieces.push(({ fn, cells, gradients }) => {
    if (scored.length > 0) fn.fill(cells, I32.of(8 * cellCount(outputs)));
    if (keep) fn.fill(gradients, I32.of(layout.slicedBytes));
  });
  for (const op of ops) if (read.has(op.output)) pass(op, "forward");
  pieces.push((build) => {
    const give = () => {
      for (const [i, { value }] of outputs.entries()) deliver(build, value, i);
    };
    if (purpose === "predict") give();
    if (predictsToo(request)) build.fn.if(I32.load(I32.of(control.outputs)), give);
    ifScored(build.fn, request, () => {
      for (const output of scored) score(build, output, build.cells, { weighted, waits });
    });
  });
  if (waits) {
    // What each loss counts is known when all slices have been scored.
    cut();
    pieces.push((build) => {
      const cells = sliceCells(build.fn, build.slices);
      for (const output of scored) rareOps.loaded.weigh(build, output, cells);
    });
  }
  if (keep) for (const op of [...ops].reverse()) pass(op, "backward");
  cut();
  return segments;
}

export function batchBuild(
  module: Module,
  fn: Fn,
  request: Pick<ProgramRequest, "layout" | "purpose">,
  { buffers, batchBuffers, tallies, axes, rowOrder }: Collected,
  batch: { firstRow: I32; batchRows: I32; slices: I32; sliceRows: I32 },
): Omit<BatchBuild, "scale"> & { scale: F32 } {
  const { layout, purpose } = request;
  return {
    module,
    fn,
    keep: purpose === "train",
    batchRows: batch.batchRows,
    firstRow: batch.firstRow,
    slices: batch.slices,
    scale: F32.of(1),
    steps: (axis) => fn.let(axes.steps(frameAddress(I32.of(0)), axis)),
    staged: (input) => I32.load(I32.of(control.inputs + 4 * input)),
    weight: (weight) => I32.of(layout.address(weight)),
    transposed: (weight) => I32.of(layout.transposed(weight)),
    weightGradient: (weight) => I32.of(layout.gradients + layout.offset(weight)),
    batchBuffer: (owner, name, size) => batchBuffers.address(fn, owner, name, size),
    tally: (owner, name, count) => {
      if (purpose !== "train") return;
      const at = tallies.ofBatch(owner, name);
      const totals = fn.let(I32.load(I32.of(control.totals)));
      fn.store(totals, F64.load(totals, at).add(count.toF64()), at);
    },
    rowOrder,
    eachSlice: (body) => fn.loop(0, batch.slices, 1, (index) => body(fn.let(frameAddress(index)))),
    // Worked out here, as stages before the slices run when the frames still hold what the last batch had.
    sliceOf: (at) => {
      const distance = at.sub(I32.load(I32.of(control.frames)));
      const index = fn.let(distance.divUnsigned(I32.load(I32.of(control.frameBytes))));
      const first = fn.let(index.mul(batch.sliceRows));
      return { index, first, rows: fn.let(batch.batchRows.sub(first).min(batch.sliceRows)) };
    },
    sliceBuffer: (at, owner, name) => fn.let(I32.load(at, frame.buffers + 4 * buffers.kept(owner, name).slot)),
  };
}
