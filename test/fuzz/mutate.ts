// Changes of files as a fault of a disk, a cut transfer or a stranger makes them. What is drawn follows from the seed and
// the case alone, so that every case can be had again.

import { random } from "../../src/base/index.ts";

/** Draws for one case. */
export interface Draw {
  /** A whole number from 0, below n; 0 where n is 0. */
  below(n: number): number;
  one<T>(list: readonly T[]): T;
}

export function drawsOf(seed: number, number: number): Draw {
  const source = random(seed, 1, number);
  let drawn = 0;
  const below = (n: number) => source.below(drawn++, Math.max(1, n));
  return { below, one: (list) => list[below(list.length)] };
}

/** One to three changes of one of the files: bits, bytes, pieces cut, doubled, moved, taken from another file. */
export function changedBytes(draw: Draw, files: readonly Uint8Array[]): Uint8Array {
  let file: Uint8Array = new Uint8Array(draw.one(files));
  for (let changes = draw.below(3) === 0 ? 1 + draw.below(3) : 1; changes > 0; changes--) {
    const at = place(draw, file.length);
    const length = 1 + draw.below(draw.one([4, 64, file.length]));
    const kind = draw.below(9);
    if (kind < 3) file[at] ^= 1 << draw.below(8);
    else if (kind === 3) file[at] = draw.one([0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x2c]);
    else if (kind === 4) file = file.slice(0, at);
    else if (kind === 5) file = joined(file.subarray(0, at), file.subarray(at + length));
    else if (kind === 6) file = joined(file.subarray(0, at + length), file.subarray(at));
    else if (kind === 7) file = joined(file.subarray(0, at), piece(draw, draw.one(files)), file.subarray(at));
    else file.set(piece(draw, draw.one(files)).subarray(0, file.length - at), at);
  }
  return file;
}

/** Somewhere; as often near the beginning or the end, where headers and tables are. */
function place(draw: Draw, length: number): number {
  const near = draw.below(Math.min(length, 200));
  return draw.one([draw.below(length), near, Math.max(0, length - 1 - near)]);
}

function piece(draw: Draw, file: Uint8Array): Uint8Array {
  const from = draw.below(file.length);
  return file.slice(from, from + 1 + draw.below(draw.one([8, 100, 1000])));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const numbers = [0, -1, 1, 2, 0.5, -0, 1e9, 1e308, 2 ** 31, 2 ** 53, 5e-324, 1e-30];
const others: readonly unknown[] = [
  null,
  true,
  false,
  "",
  "x",
  "__proto__",
  "toString",
  "NaN",
  [],
  {},
  [[]],
  [null],
  [0],
  { a: 1 },
];

/** A value of JSON with one to three of its parts changed: numbers most of all. */
export function changedJson(draw: Draw, value: unknown): unknown {
  const root = { root: structuredClone(value) };
  for (let changes = draw.below(4) === 0 ? 1 + draw.below(3) : 1; changes > 0; changes--) {
    const places = placesIn(root);
    if (places.length === 0) break;
    const ofNumbers = places.filter(([holder, key]) => typeof holder[key] === "number");
    const [holder, key] = draw.one(ofNumbers.length > 0 && draw.below(2) === 0 ? ofNumbers : places);
    change(draw, holder, key, places);
  }
  return root.root;
}

type Place = readonly [holder: Record<string, unknown>, key: string];

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return found;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    found.push([holder, key]);
    placesIn(holder[key], found);
  }
  return found;
}

function change(draw: Draw, holder: Record<string, unknown>, key: string, places: readonly Place[]): void {
  const old = holder[key];
  const put = (value: unknown, at = key) =>
    Object.defineProperty(holder, at, { value, enumerable: true, configurable: true, writable: true });
  const kind = draw.below(8);
  if (kind === 0) put(structuredClone(draw.one(others)));
  else if (kind === 1) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (kind === 2) {
    const [other, name] = draw.one(places);
    put(structuredClone(other[name] ?? null));
  } else if (kind === 3 && Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(old));
  else if (kind === 3) put(structuredClone(old), draw.one(["__proto__", "constructor", "x", draw.one(places)[1]]));
  else if (typeof old === "number") put(draw.one([old + 1, old - 1, 2 * old, old / 2, -old, draw.one(numbers)]));
  else if (typeof old === "string")
    put(draw.one([`${old}x`, old.slice(1), old.toUpperCase(), old.repeat(20), "\u001b[31m\n", "\u2028"]));
  else if (Array.isArray(old)) put(structuredClone(draw.one([[], [...old, ...old], old.slice(1), [...old].reverse()])));
  else if (typeof old === "boolean") put(!old);
  else put(draw.one(numbers));
}
