// What Node, or else a page, offers the engine.

import { cores } from "./cores.ts";
import * as page from "./host-page.ts";

interface NodeWorker {
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
  on(event: "message", listener: (value: unknown) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

interface NodeModules {
  availableMemory?(): number;
  getBuiltinModule?(name: "node:worker_threads"): {
    Worker: new (url: URL, options: object) => NodeWorker;
  };
}

// Looked up at run time, so that a page can load this file too.
const node = (globalThis as { process?: NodeModules }).process;

/** Throws where it is known at once that there can be no worker. */
export function openPort(listener: page.Listener): page.Port {
  const threads = node?.getBuiltinModule?.("node:worker_threads");
  if (!threads) return page.openPort(listener);
  const { receive, broken, ended } = listener;
  const worker = new threads.Worker(new URL("./worker.js", import.meta.url), { execArgv: [], stdout: false });
  worker.on("message", receive);
  worker.on("error", (error) => broken(error.message));
  worker.on("exit", ended);
  worker.unref();
  let ending = false;
  return {
    post: (message) => worker.postMessage(message),
    hold: (on) => {
      if (!ending) on ? worker.ref() : worker.unref();
    },
    // Held until it has ended: who waits for that may be all that the process has left to do.
    terminate: () => {
      ending = true;
      worker.ref();
      return worker.terminate();
    },
  };
}

/** Bytes of memory that this process can still take, where that can be known. */
export const freeMemory = (): number | undefined => node?.availableMemory?.() ?? page.freeMemory();

/** Node ends where all that is left is V8 at work in the background: a timer keeps it until then. */
export function awaited<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 2 ** 30);
  return work.finally(() => clearInterval(timer));
}

/** As many threads as get a core of their own, or half of one at least. */
export const usableCores = (): number => cores().usable;
