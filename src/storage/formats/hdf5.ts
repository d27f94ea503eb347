import { type ErrorCode, GruvyError, product } from "../../base/index.ts";
import { sourceName } from "../source-name.ts";
import { openPlainHdf5 } from "./hdf5-plain.ts";
import { elementBits, isElementType, type StoredTensor } from "./stored-tensor.ts";
import { unpackedLimit } from "./zip.ts";

/** What an attribute holds; null for what is neither text nor numbers. */
export type Hdf5Attribute = string | readonly string[] | StoredTensor | null;

/** An HDF5 file that is being read. Paths begin with "/"; no link on them is followed. */
export interface Hdf5File {
  attributes(path: string): Promise<ReadonlyMap<string, Hdf5Attribute>>;
  /** What a group holds; nothing where there is none. */
  names(path: string): Promise<readonly string[]>;
  /** Arrays; undefined where nothing is. */
  tensors(paths: readonly string[]): Promise<readonly (StoredTensor | undefined)[]>;
  /** Ends the thread that reads it, if there is one. */
  close(): void;
}

/** What is written into a new file: groups with texts as attributes ("/" is the root), and arrays. */
export interface Hdf5Content {
  readonly groups: readonly { readonly path: string; readonly texts: Readonly<Record<string, string>> }[];
  readonly tensors: readonly {
    readonly path: string;
    readonly shape: readonly number[];
    readonly data: Float32Array | Int32Array | BigInt64Array;
  }[];
}

/** Seconds that reading may take, and bytes a second beyond: the library can be led to run for ever. */
const SECONDS = 2;
const BYTES_A_SECOND = 20e6;
const START_SECONDS = 20;
/** On a machine that has much else to do, a thread waits for its turn: as many times as long, by the clock. */
const PATIENCE = 20;

/**
 * Opens an HDF5 file in memory. What is plain in it is read here. For all else there is the HDF5 library, in a thread of
 * its own that starts when it is needed, is ended by `close`, and when it takes too long; it sees this file alone.
 * `maxBytes`: what may be read; default 8 times the file, at least
 * 16 MiB.
 *
 * @throws {GruvyError} `file/hdf5` for what is none or damaged, `file/link`, `file/too-large`, `file/element-type`.
 */
export async function openHdf5(
  bytes: Uint8Array,
  { source = "the file", maxBytes = unpackedLimit(bytes.length) } = {},
): Promise<Hdf5File> {
  const where = sourceName(source);
  const plain = openPlainHdf5(bytes, maxBytes);
  let thread: Promise<Hdf5Thread> | undefined;
  const library = () => {
    thread ??= openThread(bytes, where, maxBytes);
    return thread;
  };
  if (!plain) await library();
  const seconds = SECONDS + bytes.length / BYTES_A_SECOND;
  const ask = async <T>(request: object) => (await library()).ask(request, seconds) as Promise<T>;
  return {
    attributes: async (path) => {
      const found = await ask<[string, Found | string | string[] | null][]>({ do: "attributes", path });
      return new Map(
        found.map(([name, value]) => [
          name,
          value !== null && typeof value === "object" && "type" in value ? stored(value, where) : value,
        ]),
      );
    },
    names: async (path) => plain?.names(path) ?? ask<string[]>({ do: "names", path }),
    tensors: async (paths) => {
      const read = plain?.tensors(paths);
      if (read) return read;
      const found = await ask<(Found | null)[]>({ do: "tensors", paths });
      return found.map((one) => (one === null ? undefined : stored(one, where)));
    },
    close: () => void thread?.then((opened) => opened.close()).catch(() => {}),
  };
}

async function openThread(bytes: Uint8Array, where: string, limit: number): Promise<Hdf5Thread> {
  const thread = new Hdf5Thread(where);
  const copy = bytes.slice();
  try {
    await thread.ask({ do: "open", bytes: copy, limit }, START_SECONDS, [copy.buffer]);
    return thread;
  } catch (error) {
    thread.close();
    throw error;
  }
}

/** How long the thread that writes stays for another file: its start takes ten times as long as most files. */
const STAYS_MS = 2000;
let writer: Hdf5Thread | undefined;
let writing = 0;
let leaving: ReturnType<typeof setTimeout> | undefined;

/** Writes an HDF5 file, as h5py would: contiguous arrays, texts of any length as attributes. */
export async function encodeHdf5(content: Hdf5Content): Promise<Uint8Array> {
  clearTimeout(leaving);
  if (!writer?.alive) writer = new Hdf5Thread("the file to write");
  const thread = writer;
  writing++;
  thread.hold(true);
  try {
    return (await thread.ask({ do: "write", ...content }, 600)) as Uint8Array;
  } catch (error) {
    thread.close();
    throw error;
  } finally {
    writing--;
    if (writing === 0) {
      // It keeps no process from its end.
      writer?.hold(false);
      leaving = setTimeout(() => writer?.close(), STAYS_MS);
      (leaving as { unref?(): void }).unref?.();
    }
  }
}

interface Found {
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The library is trusted no more than the file. */
function stored({ type, shape, bytes }: Found, where: string): StoredTensor {
  if (!isElementType(type) || product([product(shape), elementBits[type]]) !== 8 * bytes.length) {
    throw new GruvyError("file/element-type", `An array of ${where} holds ${type}, which Gruvy cannot read`);
  }
  return { dtype: type, shape, bytes };
}

interface Answer {
  readonly job: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly what: string };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A thread with the HDF5 library, asked one thing after another. */
class Hdf5Thread {
  readonly #where: string;
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;
  #alive = true;

  constructor(where: string) {
    this.#where = where;
    this.#port = openPort(
      (answer) => this.#receive(answer as Answer),
      (reason) => this.#fail(`the HDF5 library failed (${reason})`),
    );
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether the process waits for it. */
  hold(held: boolean): void {
    this.#port.hold(held);
  }

  ask(request: object, seconds: number, transfer: ArrayBuffer[] = []): Promise<unknown> {
    const job = this.#jobs++;
    return new Promise((resolve, reject) => {
      const [begun, used] = [performance.now(), processorSeconds()];
      const watch = () => {
        const passed = (performance.now() - begun) / 1000;
        const left = seconds - Math.max(passed / PATIENCE, processorSeconds() - used);
        if (left > 0) {
          timer = setTimeout(watch, Math.max(50, 1000 * Math.min(left, seconds / 4)));
          return;
        }
        this.#fail(`reading it took more than ${Math.round(seconds)} seconds`);
        this.close();
      };
      let timer = setTimeout(watch, seconds * 1000);
      const ended =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      this.#waiting.set(job, { resolve: ended(resolve), reject: ended(reject) });
      this.#port.post({ job, ...request }, transfer);
    });
  }

  close(): void {
    this.#port.terminate();
    this.#fail("it was closed");
  }

  #receive({ job, result, error }: Answer): void {
    const waiting = this.#waiting.get(job);
    this.#waiting.delete(job);
    if (error) waiting?.reject(this.#error(`file/${error.code}`, error.what));
    else waiting?.resolve(result);
  }

  #fail(what: string): void {
    this.#alive = false;
    for (const { reject } of this.#waiting.values()) reject(this.#error("file/hdf5", what));
    this.#waiting.clear();
  }

  #error(code: ErrorCode, what: string): GruvyError {
    const next =
      code === "file/too-large" ? "If that is right, allow more with maxBytes." : "Get it again from where it came.";
    return new GruvyError(code, `${this.#where} cannot be read: ${what}`, next);
  }
}

interface Port {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  hold(held: boolean): void;
  terminate(): void;
}

interface NodeWorker {
  ref(): void;
  unref(): void;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): Promise<number>;
  on(event: "message", listener: (value: unknown) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

interface NodeModules {
  cpuUsage?(): { readonly user: number; readonly system: number };
  getBuiltinModule?(name: "node:worker_threads"): { Worker: new (url: URL, options: object) => NodeWorker };
}

/** Looked up at run time, so that a page's bundle holds nothing of Node. */
const node = (globalThis as { process?: NodeModules }).process;

/** What this process has used, all its threads together; nothing where that is not known, as in a page. */
function processorSeconds(): number {
  const used = node?.cpuUsage?.();
  return used ? (used.user + used.system) / 1e6 : 0;
}

/** The same in Node and in a page. */
function openPort(receive: (message: unknown) => void, fail: (reason: string) => void): Port {
  const threads = node?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    const worker = new threads.Worker(new URL("./hdf5-worker.js", import.meta.url), { execArgv: [] });
    worker.on("message", receive);
    worker.on("error", (error) => fail(error.message));
    worker.on("exit", (code) => fail(`it ended with code ${code}`));
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  }
  const worker = new Worker(new URL("./hdf5-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<unknown>) => receive(event.data);
  worker.onerror = (event) => fail(event.message);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: () => {},
    terminate: () => worker.terminate(),
  };
}
