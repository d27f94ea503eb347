// What the readers have in common.

import type { Draw } from "./mutate.ts";

/** A reader of files. */
export interface Reader {
  readonly name: string;
  /** How many of a hundred thousand cases it gets: fewer where one takes long. */
  readonly share: number;
  readonly files: readonly Uint8Array[];
  /** A file that is changed within: what is written over it (checksums, lengths) is right again. */
  readonly within?: (draw: Draw) => Uint8Array | Promise<Uint8Array>;
  /** Reads, and uses what was read; gives what can be told of it. */
  read(file: Uint8Array): Promise<unknown>;
  /** Whether a changed file that is still read must give what one of the good files gives. */
  readonly guarded?: boolean;
  close?(): void;
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** What messages call it. */
export const source = "the file";
