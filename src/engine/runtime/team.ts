import { GruvyError } from "../../base/index.ts";
import { control } from "../graph/index.ts";
import { openPort, type Port } from "./port.ts";

interface Job {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Threads that run programs together. Runs follow one another; each takes as many threads as it asks for. When a thread
 * dies the whole team ends with an error; the next run starts a new one.
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
