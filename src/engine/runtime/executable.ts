import { GruvyError } from "../../base/index.ts";
import {
  arrayNames,
  cellCount,
  control,
  layoutWeights,
  MOST_PORTS,
  type Op,
  type Output,
  opsOf,
  type Program,
  type ProgramRequest,
  predictsToo,
  type Training,
  UPDATE_BYTES,
  type Weight,
  type WeightLayout,
  writeProgram,
} from "../graph/index.ts";
import { features, type Target } from "../wasm/index.ts";
import { allFinite } from "./all-finite.ts";
import { Binding, type Bound, type Burden, burdenOf } from "./binding.ts";
import { type Budget, budgetOf } from "./budget.ts";
import { compiled } from "./compiled.ts";
import { usesWide } from "./experimental.ts";
import type { Snapshot } from "./known-state.ts";
import { asBytes, type Memory, newMemory } from "./memory.ts";
import { readOutcomes } from "./outcome.ts";
import { pack, Reader, turn } from "./packing.ts";
import { type Plan, planOf, refusal, SNAPSHOTS, snapshotBytes } from "./plan.ts";
import type { Team } from "./team.ts";
import { type OwnThreads, sharedThreads, type Threads } from "./threads.ts";
import { dealBatch, MOST_TOGETHER, type Outcome, type Purpose, type Run, type Work } from "./work.ts";

interface Loaded {
  readonly program: Program;
  readonly module: WebAssembly.Module;
  readonly id: number;
  readonly told: WeakSet<Team>;
}

/** How a program differs from the usual one of its purpose. */
type Variant = Pick<ProgramRequest, "recomputes" | "weighted" | "sharesRow">;

/** Shapes remembered: those of batches of like length, and then some. */
const MOST_SHAPES = 64;
/** Bytes behind the weights that runs of one call share at most. */
const TOGETHER = 1 << 23;
let nextProgram = 0;

/** A model's graph with its weights in memory, and its programs, compiled when first needed. */
export class Executable {
  readonly outputs: readonly Output[];
  readonly weights: readonly Weight[];
  /** What layers keep from batch to batch; zeros at first. */
  readonly states: readonly Weight[];
  readonly training: Training | undefined;
  readonly #ops: readonly Op[];
  readonly #target: Target;
  readonly layout: WeightLayout;
  /** Whether the optimizer's arrays may hold something else than zeros. */
  #begun = false;
  /** Snapshots that have been made, at most as many as are kept. */
  #snapshots = 0;
  readonly memory: Memory;
  readonly #binding: Binding;
  readonly #threads: OwnThreads;
  #team: Team;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;
  readonly #memoryBudget: number | undefined;
  readonly #programs = new Map<string, { readonly written: Promise<Program>; readonly loaded: Promise<Loaded> }>();
  readonly #reader = new Reader();
  /** The programs of calls by their shape. */
  readonly #planned = new Map<string, Loaded>();

  constructor(options: {
    outputs: readonly Output[];
    training?: Training;
    exact?: boolean;
    memoryBudget?: number;
    threads?: Threads;
  }) {
    this.outputs = options.outputs;
    this.training = options.training;
    this.#memoryBudget = options.memoryBudget;
    if (this.outputs.length > MOST_PORTS) throw new Error("a program has too many outputs");
    if (!features().simd) {
      throw new GruvyError(
        "engine/simd",
        "This JavaScript engine has no WebAssembly SIMD",
        "Use Node 20.19 or a current browser.",
      );
    }
    this.#target = { fma: features().fma && !options.exact, wide: usesWide() };
    this.#ops = opsOf(...this.outputs.map(({ value }) => value));
    this.weights = [...new Set(this.#ops.flatMap((op) => op.weights))];
    this.states = this.#ops.flatMap((op) => op.states);
    const kept = [...this.weights, ...this.states];
    this.layout = layoutWeights(kept, this.training ? arrayNames(this.training).length : 0);
    this.#threads = (options.threads as OwnThreads | undefined) ?? sharedThreads;
    this.#team = this.#threads.team();
    this.memory = newMemory(this.#team);
    const { memory, layout, training, outputs } = this;
    this.#binding = new Binding({ memory, layout, training, outputs });
    try {
      this.memory.reserve(this.layout.end);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.memory.clear(this.layout.end);
  }

  /** Whether its programs use fused multiply-adds. */
  get fused(): boolean {
    return this.#target.fma;
  }

  /** Sets a weight from the user's order. */
  setWeight(weight: Weight, data: ArrayLike<number>): void {
    const packed = pack(weight, data);
    this.#write(this.layout.address(weight), packed);
    if (weight.transposed) this.#write(this.layout.transposed(weight), turn(weight.transposed, packed));
  }

  getWeight(weight: Weight): Promise<Float32Array> {
    return this.#readWeight(weight, this.layout.address(weight));
  }

  /** An array of the optimizer, in the user's order of its weight. */
  getSlot(weight: Weight, slot: number): Promise<Float32Array> {
    return this.#readWeight(weight, this.#slotAddress(weight, slot));
  }

  setSlot(weight: Weight, slot: number, data: ArrayLike<number>): void {
    const packed = pack(weight, data);
    this.#begun = true;
    this.#write(this.#slotAddress(weight, slot), packed);
  }

  #slotAddress(weight: Weight, slot: number): number {
    return this.layout.slots + slot * this.layout.trainedBytes + this.layout.offset(weight);
  }

  #readWeight(weight: Weight, address: number): Promise<Float32Array> {
    return this.#exclusive(() => this.#reader.read(this.memory, weight, address));
  }

  /**
   * Everything that training changes: to keep a good state and return to it. Gradients are zero between two steps, and
   * before the first one the optimizer's arrays are. `into`: an earlier snapshot that may be overwritten.
   */
  snapshot(into?: Snapshot): Promise<Snapshot> {
    if (!into) this.#snapshots = Math.min(SNAPSHOTS, this.#snapshots + 1);
    return this.#exclusive(async () => {
      const { gradients, slots, slotsEnd, end } = this.layout;
      const behind = this.#begun ? slots : slotsEnd;
      const stretches = [
        { address: control.end, bytes: gradients - control.end },
        { address: behind, bytes: end - behind },
      ];
      const read = async ({ address, bytes }: (typeof stretches)[number], i: number) => ({
        address,
        bytes: await this.memory.readState(address, bytes, into?.[i]?.bytes),
      });
      const state = await Promise.all(stretches.map(read));
      this.memory.known?.replace(state);
      return state;
    });
  }

  /** Whether no weight that is trained is NaN or infinite. */
  async isFinite(): Promise<boolean> {
    const { buffer } = await this.#exclusive(() => this.memory.readState(control.end, this.layout.trainedBytes));
    return allFinite(new Float32Array(buffer));
  }

  restore(snapshot: Snapshot): void {
    const { gradients, slotsEnd } = this.layout;
    this.#write(gradients, new Uint8Array(slotsEnd - gradients));
    for (const { address, bytes } of snapshot) this.#write(address, bytes);
    this.#exclusive(async () => this.memory.known?.replace(snapshot)).catch(() => {});
  }

  /** Where the state lives in a worker, sees to it that it outlives that worker. */
  async settle(): Promise<void> {
    if (this.memory.known?.behind) await this.snapshot();
  }

  /** Whether the state that was trained last is gone with its worker. */
  get lost(): boolean {
    return this.#team.failed && this.memory.known?.behind === true;
  }

  /** Takes effect after what was asked for before; whoever asks afterwards meets it, or why it could not be. */
  #write(address: number, data: Float32Array | Uint8Array): void {
    this.#exclusive(async () => {
      this.#binding.forget();
      this.memory.write(address, data);
      this.memory.known?.set(address, asBytes(data));
    }).catch(() => {});
  }

  /** One user of the memory at a time: runs, reads and writes wait for each other. */
  #exclusive<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (!this.#disposed) return use();
      throw new GruvyError("model/disposed", "The model has been disposed of");
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when what will be asked for is written, and compiled beside this thread. */
  async prepare(purpose: Purpose): Promise<void> {
    const { written, loaded } = this.#making(purpose);
    loaded.catch(() => {});
    await written.catch(() => {});
  }

  #making(purpose: Purpose, variant: Variant = {}) {
    const { recomputes, weighted, sharesRow } = variant;
    const nameOf = (purpose: Purpose) =>
      [purpose, recomputes && "again", weighted && "weighted", sharesRow && "row"].filter(Boolean).join(" ");
    const name = nameOf(purpose);
    let making = this.#programs.get(name);
    // What has been evaluated is predicted by the same program.
    if (!making && purpose === "predict" && predictsToo({ outputs: this.outputs, purpose: "evaluate" })) {
      making = this.#programs.get(nameOf("evaluate"));
    }
    if (!making) {
      const { outputs, layout, training } = this;
      const target = this.#target;
      const shared = this.memory.shared !== undefined;
      const written = writeProgram({ outputs, layout, target, shared, purpose, training, ...variant });
      making = { written, loaded: this.#compile(written) };
      this.#programs.set(name, making);
    }
    return making;
  }

  async #compile(written: Promise<Program>): Promise<Loaded> {
    const program = await written;
    const module = await compiled(program.code);
    return { program, module, id: nextProgram++, told: new WeakSet() };
  }

  /** What a call would need, and how it would be done. */
  async plan(purpose: Purpose, burden: Burden): Promise<Plan> {
    return (await this.#choose(purpose, burden)).plan;
  }

  get #budget(): Budget {
    const taken = this.memory.size + this.#snapshots * snapshotBytes(this.layout);
    return budgetOf(this.#memoryBudget, taken, this.#threads.sharers);
  }

  async #choose(purpose: Purpose, burden: Burden): Promise<{ loaded: Loaded; plan: Plan }> {
    const { layout } = this;
    const budget = this.#budget;
    const planned = ({ program }: Loaded) => {
      const inside = this.#binding.need(purpose, program, burden);
      return planOf(purpose, { inside, layout, burden }, budget);
    };
    const weighted = burden.weightBytes !== undefined;
    const single = purpose !== "train" && burden.batchSize === 1 && this.memory.shared !== undefined;
    const sharesRow = single && this.#ops.some((op) => op.sharesRow);
    const full = await this.#making(purpose, { weighted, sharesRow }).loaded;
    const plan = planned(full);
    if (purpose !== "train" || plan.need <= plan.budget) return { loaded: full, plan };
    const again = await this.#making(purpose, { weighted, recomputes: true }).loaded;
    const less = planned(again);
    if (less.need >= plan.need) return { loaded: full, plan };
    return { loaded: again, plan: { ...less, recomputes: true } };
  }

  /** The program for a call. It is chosen once for calls of one shape, as a run may not change what it does midway. */
  async #loadFor(purpose: Purpose, work: Work): Promise<Loaded> {
    const shape = `${purpose} ${work.batchSize} ${work.steps} ${work.weights !== undefined}`;
    const known = this.#planned.get(shape);
    if (known) return known;
    const burden = burdenOf(work);
    const { loaded, plan } = await this.#choose(purpose, burden);
    if (!plan.fits) {
      const { layout } = this;
      throw refusal(purpose, { burden, plan, layout }, this.#budget, this.#memoryBudget !== undefined);
    }
    if (this.#planned.size === MOST_SHAPES) this.#planned.clear();
    this.#planned.set(shape, loaded);
    return loaded;
  }

  /** Threads that have something to do. */
  #threadsFor(slices: number, { together }: Program): number {
    const blocks = this.training ? Math.ceil(this.layout.trainedBytes / (4 * UPDATE_BYTES)) : 1;
    return Math.min(this.#team.threads, Math.max(slices, blocks, together ? MOST_TOGETHER : 1));
  }

  run(purpose: Purpose, work: Work, signal?: AbortSignal): Promise<Outcome> {
    return this.runAll([{ purpose, work }], signal).then(([outcome]) => outcome);
  }

  /**
   * Runs that follow each other without this thread, whose messages may take as long as they do: each where the one before
   * has done all its batches. As many outcomes as there were runs; of those that need much memory together it is one.
   */
  runAll(runs: readonly Run[], signal?: AbortSignal): Promise<Outcome[]> {
    return this.#exclusive(async () => {
      const loaded = await Promise.all(runs.map(({ purpose, work }) => this.#loadFor(purpose, work)));
      const bound = runs.map((run, i) => ({ ...run, ...loaded[i] }));
      return this.#runNow(bound.length > 1 && !this.#holds(bound) ? bound.slice(0, 1) : bound, signal);
    });
  }

  /** Whether runs may share a call. To look what memory is free takes half as long as to predict a row. */
  #holds(runs: readonly Bound[]): boolean {
    return this.#binding.needOf(runs) <= Math.min(this.layout.end + TOGETHER, this.#budget.sparing);
  }

  async #runNow(runs: readonly (Bound & Loaded)[], signal?: AbortSignal): Promise<Outcome[]> {
    await this.#renewTeam();
    this.memory.introduce(this.#team);
    for (const { told, id, module } of runs) {
      if (told.has(this.#team)) continue;
      told.add(this.#team);
      this.#team.tell({ do: "program", program: id, memory: this.memory.id, module });
    }
    const { known } = this.memory;
    const trains = runs.some(({ purpose }) => purpose === "train");
    if (trains) this.#begun = true;
    const places = this.#binding.bind(runs);
    const threads = runs.map(({ purpose, program, work }) =>
      this.#threadsFor(dealBatch(work.batchSize, purpose).slices, program),
    );
    const stop = () => this.memory.write(control.stop, Int32Array.of(1));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      const turns = runs.map(({ id }, i) => ({ program: id, next: i === 0 ? 0 : places[i].words }));
      await this.#team.run(turns, Math.max(...threads), this.memory.shared);
    } finally {
      signal?.removeEventListener("abort", stop);
      // Threads that outlive another for a moment must not write into what comes next.
      if (this.#team.failed) await this.#team.ended;
    }
    if (known && trains) known.behind = true;
    else if (known) {
      for (const state of this.states) {
        const address = this.layout.address(state);
        known.set(address, await this.memory.read(address, 4 * state.size));
      }
    }
    return readOutcomes(this.memory, this.#ops, this.cells, runs, places);
  }

  /**
   * A team that has failed is replaced, once its threads have ended. A step that it broke off may have left gradients
   * behind, which the next would add to.
   */
  async #renewTeam(): Promise<void> {
    if (this.#threads.team() === this.#team) return;
    await this.#team.ended;
    // By now another number of threads may have been asked for.
    const team = this.#threads.team();
    this.memory.introduce(team);
    this.#team = team;
    this.#binding.restart();
    if (this.memory.shared) this.memory.write(this.layout.gradients, new Uint8Array(this.layout.trainedBytes));
  }

  /** Cells of the objective that `totals` holds. */
  get cells(): number {
    return cellCount(this.outputs);
  }

  /** Gives the memory back, once a run under way has ended its step; the executable cannot be used afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.memory.write(control.stop, Int32Array.of(1));
    void this.#last.then(async () => {
      const loaded = await Promise.allSettled([...this.#programs.values()].map(({ loaded }) => loaded));
      this.#programs.clear();
      const programs = loaded.flatMap((result) => (result.status === "fulfilled" ? [result.value.id] : []));
      this.#team.tell({ do: "forget", memory: this.memory.id, programs });
      this.memory.release();
    });
  }
}
