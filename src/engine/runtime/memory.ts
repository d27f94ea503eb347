import { features } from "../wasm/index.ts";
import { ADDRESSABLE, tooLarge } from "./budget.ts";
import type { Team } from "./team.ts";

const PAGE = 65536;

/** The memory of one model. Writes take effect before whatever is asked afterwards. */
export interface Memory {
  /** The memory itself where it is shared with this thread. */
  readonly shared: WebAssembly.Memory | undefined;
  readonly id: number;
  /** Bytes there are. */
  readonly size: number;
  reserve(bytes: number): void;
  /** Sets the first bytes to zero. */
  clear(bytes: number): void;
  write(address: number, data: Float32Array | Float64Array | Int32Array | Uint8Array): void;
  /** A copy, in `into` where that has the right length. */
  read(address: number, bytes: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Tells a team of this memory once. */
  introduce(team: Team): void;
  /** The team has been told to forget it. */
  release(): void;
}

let nextId = 0;
/** Engines hardly ever collect a shared memory that was dropped: they are used again. */
const pool: WebAssembly.Memory[] = [];

const asBytes = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

class SharedMemory implements Memory {
  readonly id = nextId++;
  readonly shared: WebAssembly.Memory;
  private readonly told = new WeakSet<Team>();
  /** Bytes that an earlier model may have written. */
  private readonly used: number;

  constructor() {
    const used = pool.pop();
    this.shared = used ?? new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    this.used = used?.buffer.byteLength ?? 0;
  }

  clear(bytes: number): void {
    new Uint8Array(this.shared.buffer, 0, Math.min(bytes, this.used)).fill(0);
  }

  get size(): number {
    return this.shared.buffer.byteLength;
  }

  reserve(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.size / PAGE;
    if (missing <= 0) return;
    if (bytes > ADDRESSABLE) throw tooLarge("The model", bytes, ADDRESSABLE);
    try {
      this.shared.grow(missing);
    } catch (cause) {
      throw tooLarge("The model", bytes, this.size, { cause });
    }
  }

  write(address: number, data: ArrayBufferView): void {
    new Uint8Array(this.shared.buffer).set(asBytes(data), address);
  }

  async read(address: number, bytes: number, into?: Uint8Array): Promise<Uint8Array> {
    const copy = into?.length === bytes ? into : new Uint8Array(bytes);
    copy.set(new Uint8Array(this.shared.buffer, address, bytes));
    return copy;
  }

  introduce(team: Team): void {
    if (this.told.has(team)) return;
    this.told.add(team);
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
  size = 0;
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
    team.tell({ do: "memory", memory: this.id });
  }

  reserve(bytes: number): void {
    if (bytes > ADDRESSABLE) throw tooLarge("The model", bytes, ADDRESSABLE);
    this.size = Math.max(this.size, bytes);
    this.team.tell({ do: "grow", memory: this.id, pages: Math.ceil(bytes / PAGE) });
  }

  /** It is new. */
  clear(): void {}

  write(address: number, data: ArrayBufferView): void {
    this.team.tell({ do: "write", memory: this.id, address, bytes: asBytes(data).slice() });
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    return (await this.team.ask({ do: "read", memory: this.id, address, length })) as Uint8Array;
  }

  introduce(): void {}

  release(): void {}
}

export function newMemory(team: Team): Memory {
  return features().threads ? new SharedMemory() : new WorkerMemory(team);
}
