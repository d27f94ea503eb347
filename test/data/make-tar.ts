// Writes tar archives for tests, block by block, sound or not.

export interface TarPart {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** The kind of entry. Default "0", a file. */
  readonly type?: string;
  /** What the header declares, where it is not the length of the content. */
  readonly size?: string;
  /** Changes the finished header, whose sum is then made right again. */
  readonly change?: (header: Uint8Array) => void;
}

export function makeTar(parts: readonly TarPart[], endBlocks = 2): Uint8Array {
  const blocks = parts.flatMap((part) => {
    const content = typeof part.content === "string" ? new TextEncoder().encode(part.content) : part.content;
    return [header(part, content?.length ?? 0), padded(content ?? new Uint8Array(0))];
  });
  return Buffer.concat([...blocks, new Uint8Array(512 * endBlocks)]);
}

/** A pax header of the records, for the entry that follows. */
export function pax(records: Record<string, string>): TarPart {
  const content = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    while (length !== Buffer.byteLength(rest) + String(length).length) length++;
    return length + rest;
  });
  return { name: "PaxHeader", type: "x", content: content.join("") };
}

function header({ name, type = "0", size, change }: TarPart, length: number): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write("0000644\0", 100);
  block.write(size ?? `${length.toString(8).padStart(11, "0")}\0`, 124, 12);
  block.write("00000000000\0", 136);
  block.write(type, 156);
  block.write("ustar\x0000", 257);
  change?.(block);
  block.write("        ", 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padded(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(content.length / 512) * 512);
  block.set(content);
  return block;
}
