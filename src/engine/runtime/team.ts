import { GruvyError } from "../../base/index.ts";
import { control } from "../graph/index.ts";
import { features } from "../wasm/index.ts";
import { cores } from "./cores.ts";
import { openPort, type Port } from "./port.ts";

interface Job {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The threads of this process, shared by all models. Runs follow one another; each takes as many threads as it asks
 * for. When a thread dies the whole team ends with an error; the next run starts a new one.
 */
export class Team {
  readonly threads: number;
  private readonly ports: Port[] = [];
  private readonly jobs = new Map<number, Job>();
  private nextJob = 0;
  private last: Promise<unknown> = Promise.resolve();
  private failure: GruvyError | undefined;
  /** Shared memories in use by a run, whose sleepers are woken when a thread dies. */
  private running: WebAssembly.Memory | undefined;
  /** Of a team that has failed or been closed: resolves when its last thread touches no memory any more. */
  ended: Promise<unknown> = Promise.resolve();

  constructor(threads: number) {
    this.threads = threads;
    for (let i = 0; i < threads; i++) {
      this.ports.push(
        openPort(
          (message) => this.receive(message as { job?: number; result?: unknown; error?: string }),
          (reason) => this.fail(`thread ${i} stopped: ${reason}`),
        ),
      );
    }
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** Tells every thread something; without an answer. */
  tell(message: object, first = 0, last = this.threads): void {
    for (const port of this.ports.slice(first, last)) port.post(message);
  }

  /** Asks one thread and waits for its answer. */
  ask(thread: number, message: object): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    const job = this.nextJob++;
    return new Promise((resolve, reject) => {
      this.jobs.set(job, { resolve, reject });
      this.ports[thread].hold(true);
      this.ports[thread].post({ ...message, job });
    }).finally(() => this.ports[thread].hold(false));
  }

  /** Runs a program on the first `threads` threads, after whatever was asked for before. */
  run(program: number, threads: number, memory: WebAssembly.Memory | undefined): Promise<void> {
    const run = this.last.then(async () => {
      this.running = memory;
      const jobs = Array.from({ length: threads }, (_, thread) =>
        this.ask(thread, { do: "run", program, thread, threads }),
      );
      await Promise.all(jobs);
    });
    this.last = run.catch(() => {});
    return run;
  }

  close(): void {
    this.end(new GruvyError("engine/closed", "The threads have been closed", "The next run starts new ones."));
  }

  private receive({ job, result, error }: { job?: number; result?: unknown; error?: string }): void {
    if (error !== undefined) {
      this.fail(error);
      return;
    }
    const waiting = this.jobs.get(job!);
    this.jobs.delete(job!);
    waiting?.resolve(result);
  }

  private fail(reason: string): void {
    this.end(
      new GruvyError(
        "engine/thread",
        `A thread of the engine failed: ${reason}`,
        "The model keeps the weights it had; fit or predict again starts new threads.",
      ),
    );
  }

  private end(failure: GruvyError): void {
    if (this.failure) return;
    this.failure = failure;
    if (this.running && this.running.buffer instanceof SharedArrayBuffer) {
      const words = new Int32Array(this.running.buffer);
      Atomics.store(words, control.poison / 4, 1);
      for (const { generation } of [control.team, control.crew]) Atomics.notify(words, generation / 4);
    }
    for (const job of this.jobs.values()) job.reject(failure);
    this.jobs.clear();
    this.ended = Promise.all(this.ports.map((port) => port.terminate()));
  }
}

let team: Team | undefined;
let wanted: number | undefined;

/** Unless asked for more: a batch is dealt to so many slices while training. */
const USUAL_MOST = 8;

/**
 * How many threads the engine uses: by default as many as there are cores for this process (its affinity and, in a
 * container, its share of processor time count), at most eight, and one where memory cannot be shared. Results do not
 * depend on it.
 *
 * @throws {GruvyError} `usage/threads` for anything but a whole number from 1 to 256; undefined restores the default.
 *
 * @example
 * setThreads(1);
 * threadCount(); // 1
 */
export function setThreads(threads: number | undefined): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 256)) {
    throw new GruvyError("usage/threads", `Expected threads to be a whole number from 1 to 256, found ${threads}`);
  }
  wanted = threads;
  if (team && team.threads !== threadCount()) {
    team.close();
    team = undefined;
  }
}

/** The threads that the next run may use. */
export function threadCount(): number {
  return features().threads ? (wanted ?? Math.min(USUAL_MOST, cores().usable)) : 1;
}

export function currentTeam(): Team {
  if (!team || team.failed) {
    sayAlone();
    team = new Team(threadCount());
  }
  return team;
}

let saidAlone = false;

/** Once in the life of a page: that it could have more than one thread, and how. */
function sayAlone(): void {
  if (saidAlone || features().threads || wanted === 1) return;
  saidAlone = true;
  console.warn(
    "Gruvy uses one thread: memory cannot be shared here. In a page, send the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp. Results are the same.",
  );
}

/** Ends the threads; the next run starts new ones. */
export function closeTeam(): void {
  team?.close();
  team = undefined;
}
