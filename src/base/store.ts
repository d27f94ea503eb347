/**
 * Where callbacks and runs put files, so that nothing above the storage room knows about disks. Names are relative,
 * with `/` between folders. A write is whole or not at all.
 */
export interface Store {
  /** The bytes under a name, or undefined when there are none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces what is there: written beside, synced and renamed. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Adds to the end; creates what is not there. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<string[]>;
}
