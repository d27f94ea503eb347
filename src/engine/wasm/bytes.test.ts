import { expect, it } from "vitest";
import { Bytes } from "./bytes.ts";

/** LEB128, the plain way, over big integers. */
function leb(value: number, signed: boolean): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const done = signed ? (rest === 0n && low < 64) || (rest === -1n && low >= 64) : rest === 0n;
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

it("writes unsigned numbers of every length", () => {
  for (let bits = 0; bits <= 32; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
      if (value >= 2 ** 32) continue;
      expect([...new Bytes().unsigned(value).view()]).toEqual(leb(value, false));
    }
  }
});

it("writes signed numbers of every length", () => {
  for (let bits = 0; bits <= 31; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1, 1 - 2 ** bits]) {
      if (value > 2 ** 31 - 1 || value < -(2 ** 31)) continue;
      expect([...new Bytes().signed(value).view()]).toEqual(leb(value, true));
    }
  }
});

it("takes an unsigned word as the same bits", () => {
  expect([...new Bytes().signed(0x846ca68b).view()]).toEqual(leb(0x846ca68b - 2 ** 32, true));
});

it("grows beyond its first buffer without losing a byte", () => {
  const bytes = new Bytes();
  for (let i = 0; i < 1000; i++) bytes.byte(i % 256);
  bytes.append(new Uint8Array(5000).fill(7)).append(new Bytes().byte(1, 2, 3));
  const view = bytes.view();
  expect(bytes.length).toBe(6003);
  expect(view.subarray(0, 1000).every((value, i) => value === i % 256)).toBe(true);
  expect(view.subarray(1000, 6000).every((value) => value === 7)).toBe(true);
  expect([...view.subarray(6000)]).toEqual([1, 2, 3]);
});

it("writes floats by their bits and text with its length", () => {
  expect([...new Bytes().float32(-0).view()]).toEqual([0, 0, 0, 0x80]);
  expect([...new Bytes().float64(1).view()]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  expect([...new Bytes().text("é").view()]).toEqual([2, 0xc3, 0xa9]);
  expect([...new Bytes().sized(new Bytes().byte(9, 8)).view()]).toEqual([2, 9, 8]);
});
