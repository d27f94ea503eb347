import { breatheNow, GruvyError } from "../../base/index.ts";
import { features } from "../wasm/index.ts";
import { ADDRESSABLE, tooLarge } from "./budget.ts";
import { KnownState } from "./known-state.ts";
import type { SharedPages } from "./shared-pages.ts";
import type { Team } from "./team.ts";

const PAGE = 65536;
/** Bytes copied in one go. */
const AT_ONCE = 1 << 22;

/** The memory of one model. Writes take effect before whatever is asked afterwards. */
export interface Memory {
  /** The memory itself where it is shared with this thread. */
  readonly shared: SharedPages | undefined;
  /** Where it is not shared: what is known here of its state, should its worker die. */
  readonly known: KnownState | undefined;
  readonly id: number;
  /** Bytes there are. */
  readonly size: number;
  reserve(bytes: number): void;
  /** Sets the first bytes to zero. */
  clear(bytes: number): void;
  write(address: number, data: Float32Array | Float64Array | Int32Array | Uint8Array): void;
  /** A copy. */
  read(address: number, bytes: number): Promise<Uint8Array>;
  /** As `read`, of what training changes: there also where the worker is not. `into`: for a copy of the right length. */
  readState(address: number, bytes: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Tells a team of this memory once; one that lived in a team which is gone begins anew there. */
  introduce(team: Team): void;
  /** The team has been told to forget it. */
  release(): void;
}

let nextId = 0;
/** Engines hardly ever collect a shared memory that was dropped: they are used again. */
const pool: SharedPages[] = [];

export const asBytes = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Takes address space for all that it may grow to, with bounds around it, and memory only for what is written. */
function newShared(): SharedPages {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  } catch (cause) {
    throw new GruvyError(
      "engine/memory",
      "There is no address space for another model",
      "Dispose of some, or lift ulimit -v: each takes 10 GB.",
      { cause },
    );
  }
}

class SharedMemory implements Memory {
  readonly id = nextId++;
  readonly known = undefined;
  readonly shared: SharedPages;
  readonly #told = new WeakSet<Team>();
  /** Bytes that an earlier model may have written. */
  readonly #used: number;

  constructor() {
    const used = pool.pop();
    this.shared = used ?? newShared();
    this.#used = used?.buffer.byteLength ?? 0;
  }

  clear(bytes: number): void {
    new Uint8Array(this.shared.buffer, 0, Math.min(bytes, this.#used)).fill(0);
  }

  get size(): number {
    return this.shared.buffer.byteLength;
  }

  reserve(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.size / PAGE;
    if (missing <= 0) return;
    if (bytes > ADDRESSABLE) throw tooLarge("The model", bytes, ADDRESSABLE, { fixed: bytes });
    try {
      this.shared.grow(missing);
    } catch (cause) {
      throw tooLarge("The model", bytes, this.size, { cause });
    }
  }

  write(address: number, data: ArrayBufferView): void {
    new Uint8Array(this.shared.buffer).set(asBytes(data), address);
  }

  read(address: number, bytes: number): Promise<Uint8Array> {
    return this.readState(address, bytes);
  }

  async readState(address: number, bytes: number, into?: Uint8Array): Promise<Uint8Array> {
    const copy = into?.length === bytes ? into : new Uint8Array(bytes);
    for (let from = 0; from < bytes; from += AT_ONCE) {
      if (from > 0) await breatheNow();
      copy.set(new Uint8Array(this.shared.buffer, address + from, Math.min(AT_ONCE, bytes - from)), from);
    }
    return copy;
  }

  introduce(team: Team): void {
    if (this.#told.has(team)) return;
    this.#told.add(team);
    team.tell({ do: "memory", memory: this.id, shared: this.shared });
  }

  release(): void {
    pool.push(this.shared);
  }
}

/** Where memory cannot be shared it lives in the one worker, and its content travels by message. */
class WorkerMemory implements Memory {
  readonly id = nextId++;
  readonly shared = undefined;
  readonly known = new KnownState();
  size = 0;
  #team: Team;

  constructor(team: Team) {
    this.#team = team;
    team.tell({ do: "memory", memory: this.id });
  }

  reserve(bytes: number): void {
    if (bytes > ADDRESSABLE) throw tooLarge("The model", bytes, ADDRESSABLE, { fixed: bytes });
    this.size = Math.max(this.size, bytes);
    this.#team.tell({ do: "grow", memory: this.id, pages: Math.ceil(bytes / PAGE) });
  }

  /** It is new. */
  clear(): void {}

  write(address: number, data: ArrayBufferView): void {
    this.#team.tell({ do: "write", memory: this.id, address, bytes: asBytes(data).slice() });
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    return (await this.#team.ask({ do: "read", memory: this.id, address, length })) as Uint8Array;
  }

  async readState(address: number, length: number): Promise<Uint8Array> {
    if (!this.known.behind) return this.known.read(address, length);
    if (this.#team.failed) throw this.#gone();
    return this.read(address, length);
  }

  introduce(team: Team): void {
    if (team === this.#team) return;
    if (this.known.behind) throw this.#gone();
    this.#team = team;
    team.tell({ do: "memory", memory: this.id });
    this.reserve(this.size);
    for (const { address, bytes } of this.known.pieces) this.write(address, bytes);
  }

  #gone(): GruvyError {
    return new GruvyError(
      "engine/thread",
      "The worker that held the model has stopped",
      "Load or train the model again.",
    );
  }

  release(): void {}
}

export function newMemory(team: Team): Memory {
  return features().threads ? new SharedMemory() : new WorkerMemory(team);
}
