// What a page offers the engine. Bundlers take this file in the place of host.ts, as the "browser" field of package.json
// tells them to, so that a page carries nothing of Node.

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

/** Throws where it is known at once that there can be no worker. */
export function openPort({ receive, broken }: Listener): Port {
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

/** Bytes of memory that can still be taken, where that can be known. */
export function freeMemory(): number | undefined {
  const gigabytes = (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory;
  return gigabytes === undefined ? undefined : gigabytes * 2 ** 30;
}

/** A page stays. */
export const awaited = <T>(work: Promise<T>): Promise<T> => work;

/** As many threads as get a core of their own. */
export const usableCores = (): number => globalThis.navigator?.hardwareConcurrency ?? 1;
