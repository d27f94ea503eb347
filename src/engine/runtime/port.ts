/** One worker, the same in Node and in a page. */
export interface Port {
  post(message: unknown): void;
  /** Whether a worker at work keeps the process alive. */
  hold(on: boolean): void;
  /** Resolves when the worker runs no more. */
  terminate(): Promise<unknown>;
}

/** What is heard of a worker. */
export interface Listener {
  receive(message: unknown): void;
  /** It has met an error, or could not be started. */
  broken(reason: string): void;
  ended(code: number): void;
}

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

// Looked up at run time, so that a page's bundle holds nothing of Node.
const node = (globalThis as { process?: NodeModules }).process;

/** Throws where it is known at once that there can be no worker. */
export function openPort({ receive, broken, ended }: Listener): Port {
  const threads = node?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
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
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<unknown>) => receive(event.data);
  // Without a message where a page's policy forbids the script, or its server does not have it.
  worker.onerror = (event) => broken(event.message ?? "its script could not be loaded");
  return {
    post: (message) => worker.postMessage(message),
    hold: () => {},
    terminate: async () => worker.terminate(),
  };
}

/** Bytes of memory that this process can still take, where that can be known. */
export function freeMemory(): number | undefined {
  const gigabytes = (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory;
  return node?.availableMemory?.() ?? (gigabytes === undefined ? undefined : gigabytes * 2 ** 30);
}
