// HDF5 as Keras writes weights: version 0 of the format, groups in B-trees, arrays of float32 and int64 in one piece. All else is
// left to the HDF5 library, which needs a thread and a tenth of a second to start. Field names are those of the "HDF5 File
// Format Specification", version 1.1.

import { HDF5_SIGNATURE } from "./signatures.ts";
import type { StoredTensor } from "./stored-tensor.ts";

/** A file of that kind; each method gives undefined for what the library must read, or refuse. */
export interface PlainHdf5 {
  names(path: string): readonly string[] | undefined;
  tensors(paths: readonly string[]): readonly (StoredTensor | undefined)[] | undefined;
}

/** Of whatever is not as expected. It never leaves this file. */
class NotPlain extends Error {}

/** Versions 0 of all parts; addresses and lengths of 8 bytes. */
const VERSIONS = [0, 0, 0, 0, 0, 8, 8];
/** Datatype messages: a little-endian IEEE float of 4 bytes, and a whole number of 8, of which Keras keeps one. */
const FLOAT32 = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
const INT64 = [0x10, 8, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0];

/** Signatures, each with its version or kind. */
const [HEAP, TREE, SNOD] = ["HEAP\0", "TREE\0", "SNOD\x01"].map((text) => [...new TextEncoder().encode(text)]);
const utf8 = new TextDecoder();

const message = { dataspace: 1, datatype: 3, layout: 8, continuation: 16, symbolTable: 17 } as const;
/** No message, fill values, attributes, times of change: they say nothing of where an array lies or what it holds. */
const passedOver = new Set([0, 4, 5, 12, 14, 18]);

/** Opens a file of that kind; undefined for all others. `maxBytes`: what may be read. */
export function openPlainHdf5(bytes: Uint8Array, maxBytes: number): PlainHdf5 | undefined {
  const file = new Reader(bytes, maxBytes);
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (error instanceof NotPlain) return undefined;
      throw error;
    }
  };
  const root = attempt(() => file.root());
  if (root === undefined) return undefined;
  return {
    names: (path) => attempt(() => file.names(root, path)),
    tensors: (paths) => attempt(() => paths.map((path) => file.tensor(root, path))),
  };
}

type Messages = ReadonlyMap<number, { readonly at: number; readonly size: number }>;
/** Where so many bytes of a message begin. */
function part(messages: Messages, kind: number, bytes: number): number {
  const found = messages.get(kind);
  if (found === undefined || found.size < bytes) throw new NotPlain();
  return found.at;
}

type Group = ReadonlyMap<string, number>;

/** Addresses are offsets in the file; each is checked before it is used. */
class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly groups = new Map<number, Group | undefined>();
  private left: number;

  constructor(bytes: Uint8Array, maxBytes: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.left = maxBytes;
  }

  /** The address of the root's object header. */
  root(): number {
    this.expect(0, HDF5_SIGNATURE);
    this.expect(8, VERSIONS);
    if (this.address(24) !== 0 || this.address(40) !== this.bytes.length) throw new NotPlain();
    return this.entry(56).header;
  }

  names(root: number, path: string): readonly string[] {
    const at = this.find(root, path);
    const group = at === undefined ? undefined : this.group(at);
    return group ? [...group.keys()] : [];
  }

  tensor(root: number, path: string): StoredTensor | undefined {
    const at = this.find(root, path);
    if (at === undefined) return undefined;
    const messages = this.messages(at);
    const type = part(messages, message.datatype, INT64.length);
    const whole = this.bytes[type] === INT64[0];
    this.expect(whole ? type : part(messages, message.datatype, FLOAT32.length), whole ? INT64 : FLOAT32);
    const shape = this.shape(messages);
    const layout = part(messages, message.layout, 18);
    // Version 3, in one piece.
    this.expect(layout, [3, 1]);
    const [address, length] = [this.address(layout + 2), this.address(layout + 10)];
    if (shape.reduce((total, size) => total * size, whole ? 8 : 4) !== length || length === 0 || length > this.left)
      throw new NotPlain();
    this.left -= length;
    this.need(address, length);
    return { dtype: whole ? "I64" : "F32", shape, bytes: this.bytes.subarray(address, address + length) };
  }

  /** The object header at a path; undefined where nothing is. */
  private find(root: number, path: string): number | undefined {
    let at: number | undefined = root;
    for (const name of path.split("/").filter((part) => part !== ""))
      at = at === undefined ? at : this.group(at)?.get(name);
    return at;
  }

  /** What a group holds; undefined for what is an array. */
  private group(header: number): Group | undefined {
    if (this.groups.has(header)) return this.groups.get(header);
    const messages = this.messages(header);
    if (messages.has(message.symbolTable) === messages.has(message.layout)) throw new NotPlain();
    const group = messages.has(message.layout) ? undefined : this.listed(part(messages, message.symbolTable, 16));
    this.groups.set(header, group);
    return group;
  }

  /** A B-tree's entries, with names out of a local heap. */
  private listed(table: number): Group {
    const [tree, heap] = [this.address(table), this.address(table + 8)];
    this.expect(heap, HEAP);
    const [size, segment] = [this.address(heap + 8), this.address(heap + 24)];
    this.need(segment, size);
    const names = this.bytes.subarray(segment, segment + size);
    const found = new Map<string, number>();
    const seen = new Set<number>();
    const walk = (node: number, level: number | undefined): void => {
      if (seen.has(node)) throw new NotPlain();
      seen.add(node);
      this.expect(node, TREE);
      this.need(node, 24);
      const own = this.bytes[node + 5];
      if (level !== undefined && own !== level) throw new NotPlain();
      const count = this.view.getUint16(node + 6, true);
      this.need(node + 24, 8 + 16 * count);
      for (let i = 0; i < count; i++) {
        const child = this.address(node + 32 + 16 * i);
        if (own > 0) walk(child, own - 1);
        else leaf(child);
      }
    };
    const leaf = (node: number): void => {
      if (seen.has(node)) throw new NotPlain();
      seen.add(node);
      this.expect(node, SNOD);
      this.need(node, 8);
      const count = this.view.getUint16(node + 6, true);
      this.need(node + 8, 40 * count);
      for (let i = 0; i < count; i++) {
        const { name, header } = this.entry(node + 8 + 40 * i);
        const end = names.indexOf(0, name);
        if (end < 0) throw new NotPlain();
        const text = utf8.decode(names.subarray(name, end));
        if (found.has(text)) throw new NotPlain();
        found.set(text, header);
      }
    };
    walk(tree, undefined);
    return found;
  }

  /** A symbol table entry; links are not among what is plain. */
  private entry(at: number): { name: number; header: number } {
    this.need(at, 40);
    if (this.view.getUint32(at + 16, true) > 1) throw new NotPlain();
    return { name: this.address(at), header: this.address(at + 8) };
  }

  /** Where the data of each kind of message of an object header of version 1 begin. */
  private messages(header: number): Messages {
    this.need(header, 16);
    if (this.bytes[header] !== 1) throw new NotPlain();
    let left = this.view.getUint16(header + 2, true);
    const found = new Map<number, { at: number; size: number }>();
    const blocks = [{ at: header + 16, length: this.view.getUint32(header + 8, true) }];
    // Each block is named by a message, of which there are `left`: a circle comes to an end.
    for (const block of blocks) {
      this.need(block.at, block.length);
      const end = block.at + block.length;
      for (let at = block.at; at + 8 <= end && left > 0; left--) {
        const [kind, size] = [this.view.getUint16(at, true), this.view.getUint16(at + 2, true)];
        const data = at + 8;
        at = data + size;
        if (at > end) throw new NotPlain();
        if (passedOver.has(kind)) continue;
        // A message that lies elsewhere, one of a kind that is not known, one more of a kind.
        const known = (Object.values(message) as number[]).includes(kind);
        if ((this.bytes[data - 4] & 2) !== 0 || !known || found.has(kind)) throw new NotPlain();
        if (kind !== message.continuation) found.set(kind, { at: data, size });
        else if (size >= 16) blocks.push({ at: this.address(data), length: this.address(data + 8) });
        else throw new NotPlain();
      }
    }
    return found;
  }

  private shape(messages: Messages): number[] {
    const at = part(messages, message.dataspace, 4);
    const [version, rank, , type] = this.bytes.subarray(at, at + 4);
    if (!(version === 1 || (version === 2 && type < 2)) || rank > 32) throw new NotPlain();
    const before = version === 1 ? 8 : 4;
    const first = part(messages, message.dataspace, before + 8 * rank) + before;
    return Array.from({ length: rank }, (_, i) => this.address(first + 8 * i));
  }

  private need(at: number, length: number): void {
    if (at + length > this.bytes.length) throw new NotPlain();
  }

  private expect(at: number, bytes: readonly number[]): void {
    this.need(at, bytes.length);
    if (bytes.some((byte, i) => this.bytes[at + i] !== byte)) throw new NotPlain();
  }

  /** Eight bytes: an address or a length, which no file in memory has above 2^48. */
  private address(at: number): number {
    this.need(at, 8);
    const high = this.view.getUint32(at + 4, true);
    if (high >= 2 ** 16) throw new NotPlain();
    return high * 2 ** 32 + this.view.getUint32(at, true);
  }
}
