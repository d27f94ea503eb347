import * as zlib from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32, crc32InSlices, crc32Text } from "./crc32.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("gives the published check value", () => {
  expect(crc32(bytesOf("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32Text(new Uint8Array([0x1d]))).toHaveLength(8);
});

test("equals a sum taken bit by bit, at any length and start", () => {
  const plain = (bytes: Uint8Array) => {
    let c = 0xffffffff;
    for (const byte of bytes) {
      c ^= byte;
      for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return ~c >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(8), (bytes, from) => {
      expect(crc32(bytes.subarray(from))).toBe(plain(bytes.subarray(from)));
    }),
  );
});

test("equals zlib on a megabyte", () => {
  const bytes = Uint8Array.from({ length: 1_000_003 }, (_, i) => Math.imul(i, 2654435761) >>> 13);
  for (const sum of [crc32, crc32InSlices]) {
    expect(sum(bytes)).toBe(zlib.crc32(bytes));
    expect(sum(bytes.subarray(3), sum(bytes.subarray(0, 3)))).toBe(zlib.crc32(bytes));
  }
});

test("goes on from what came before", () => {
  const bytes = bytesOf("the quick brown fox jumps over the lazy dog");
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
  }
});
