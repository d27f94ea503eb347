/** What training changes, put aside. What is not in it was zero. */
export type Snapshot = readonly { readonly address: number; readonly bytes: Uint8Array }[];

/** What this thread knows of a state that lives in a worker: whoever takes that worker's place begins from it. */
export class KnownState {
  #whole: Snapshot = [];
  readonly #since = new Map<number, Uint8Array>();
  /** Whether the worker has trained since: its state is then known to nobody else. */
  behind = false;

  /** All of it has been read or replaced. */
  replace(state: Snapshot): void {
    this.#whole = state;
    this.#since.clear();
    this.behind = false;
  }

  set(address: number, bytes: Uint8Array): void {
    this.#since.set(address, bytes);
  }

  get pieces(): Snapshot {
    return [...this.#whole, ...Array.from(this.#since, ([address, bytes]) => ({ address, bytes }))];
  }

  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (const { address: at, bytes } of this.pieces) {
      const from = Math.max(address, at);
      const to = Math.min(address + length, at + bytes.length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - address);
    }
    return out;
  }
}
