import { GruvyError } from "../../base/index.ts";
import { control } from "../graph/index.ts";
import { features } from "../wasm/index.ts";
import { tooLarge } from "./budget.ts";
import { openPort } from "./host.ts";
import type { Port } from "./host-page.ts";
import type { SharedPages } from "./shared-pages.ts";

interface Job {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A program's number, and where its words lie if it follows another. */
interface Turn {
  readonly program: number;
  readonly next: number;
}

interface Answer {
  readonly job?: number;
  readonly result?: unknown;
  readonly error?: string;
  /** Of memory that could not be had: bytes that were needed, and those there are. */
  readonly refused?: readonly [number, number];
}

/**
 * Threads that run programs together. Runs follow one another; each takes as many threads as it asks for. When a thread
 * dies the whole team ends with an error; the next run starts a new one.
 */
export class Team {
  readonly threads: number;
  readonly ports: Port[] = [];
  readonly #jobs = new Map<number, Job>();
  #nextJob = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failure: GruvyError | undefined;
  /** Threads that have said that they are there. */
  readonly #there = new Set<number>();
  /** Threads that are still at the run under way: the last one answers, as each message takes the caller's time. */
  readonly #left = features().threads ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
  /** Shared memories in use by a run, whose sleepers are woken when a thread dies. */
  #running: SharedPages | undefined;
  /** Of a team that has failed or been closed: resolves when its last thread touches no memory any more. */
  ended: Promise<unknown> = Promise.resolve();

  constructor(threads: number) {
    this.threads = threads;
    try {
      for (let i = 0; i < threads; i++) {
        this.ports.push(
          openPort({
            receive: (message) => this.#receive(message as Answer, i),
            broken: (reason) =>
              this.#there.has(i) ? this.#fail(`thread ${i} stopped: ${reason}`) : this.#refused(reason),
            ended: (code) => this.#fail(`thread ${i} stopped: it ended with code ${code}`),
          }),
        );
      }
    } catch (error) {
      this.#refused(error instanceof Error ? error.message : String(error));
    }
    this.tell({ do: "team", left: this.#left });
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Tells every thread something; without an answer. */
  tell(message: object): void {
    for (const port of this.ports) port.post(message);
  }

  /** Asks the first threads for one answer, and waits for it. */
  ask(message: object, threads = 1): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    const job = this.#nextJob++;
    const asked = this.ports.slice(0, threads);
    return new Promise((resolve, reject) => {
      this.#jobs.set(job, { resolve, reject });
      asked.forEach((port, thread) => {
        port.hold(true);
        port.post({ ...message, thread, threads, job });
      });
    }).finally(() => {
      for (const port of asked) port.hold(false);
    });
  }

  /** Runs programs one after another on the first `threads` threads, after whatever was asked for before. */
  run(runs: readonly Turn[], threads: number, memory: SharedPages | undefined): Promise<void> {
    const run = this.#last.then(async () => {
      this.#running = memory;
      this.#left?.fill(threads);
      await this.ask({ do: "run", runs }, threads);
    });
    this.#last = run.catch(() => {});
    return run;
  }

  close(): void {
    this.#end(new GruvyError("engine/closed", "The threads have been closed", "The next run starts new ones."));
  }

  /** Ends the threads once nothing runs on them any more. */
  async retire(): Promise<void> {
    for (let last: unknown; last !== this.#last; await last) last = this.#last;
    this.close();
  }

  #receive({ job, result, error, refused }: Answer, thread: number): void {
    this.#there.add(thread);
    if (error !== undefined) {
      if (refused) this.#end(tooLarge("The model", ...refused));
      else this.#fail(error);
      return;
    }
    const waiting = this.#jobs.get(job ?? -1);
    this.#jobs.delete(job ?? -1);
    waiting?.resolve(result);
  }

  #fail(reason: string): void {
    this.#end(
      new GruvyError("engine/thread", `A thread of the engine failed: ${reason}`, "The next run starts new ones."),
    );
  }

  #refused(reason: string): void {
    this.#end(
      new GruvyError(
        "engine/worker",
        `A thread of the engine could not be started: ${reason}`,
        "Allow workers (node --allow-worker, worker-src of a page); setThreads(1) asks for one alone.",
      ),
    );
  }

  #end(failure: GruvyError): void {
    if (this.#failure) return;
    this.#failure = failure;
    if (this.#running && this.#running.buffer instanceof SharedArrayBuffer) {
      const words = new Int32Array(this.#running.buffer);
      Atomics.store(words, control.poison / 4, 1);
      for (const { comings } of [control.team, control.crew]) Atomics.notify(words, comings / 4);
    }
    for (const job of this.#jobs.values()) job.reject(failure);
    this.#jobs.clear();
    this.ended = Promise.all(this.ports.map((port) => port.terminate()));
  }
}
