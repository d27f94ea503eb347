// Eight tables let eight bytes be folded in at once ("slicing-by-8", Kounavis and Berry 2005): table k holds the
// remainder of a byte followed by k zero bytes.
const tables = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  tables[0][byte] = c;
}
for (let k = 1; k < 8; k++) {
  for (let byte = 0; byte < 256; byte++) {
    const c = tables[k - 1][byte];
    tables[k][byte] = (c >>> 8) ^ tables[0][c & 255];
  }
}
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;

/**
 * The CRC-32 of zip, gzip and PNG (IEEE 802.3): an unsigned whole number. `previous` continues the sum of what came before.
 *
 * @example
 * crc32(new TextEncoder().encode("123456789")); // 0xcbf43926
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return (bytes.length < MANY ? undefined : native())?.(bytes, previous) ?? crc32InSlices(bytes, previous);
}

/** Of fewer bytes the sum is taken before Node's own is loaded. */
const MANY = 65_536;

interface Node {
  getBuiltinModule?(name: "node:zlib"): { readonly crc32?: (bytes: Uint8Array, previous: number) => number };
}

/** Node's own, many times as fast. Looked up at run time, so that a page's bundle holds nothing of Node. */
const native = () => (globalThis as { process?: Node }).process?.getBuiltinModule?.("node:zlib").crc32;

/** The same wherever there is no Node. */
export function crc32InSlices(bytes: Uint8Array, previous = 0): number {
  let c = ~previous;
  const whole = bytes.length & ~7;
  let i = 0;
  for (; i < whole; i += 8) {
    const low = c ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    c =
      t7[low & 255] ^
      t6[(low >>> 8) & 255] ^
      t5[(low >>> 16) & 255] ^
      t4[low >>> 24] ^
      t3[bytes[i + 4]] ^
      t2[bytes[i + 5]] ^
      t1[bytes[i + 6]] ^
      t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]) & 255];
  return ~c >>> 0;
}

/**
 * A CRC-32 as eight hexadecimal digits.
 *
 * @example
 * crc32Text(new TextEncoder().encode("123456789")); // "cbf43926"
 */
export const crc32Text = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, "0");
