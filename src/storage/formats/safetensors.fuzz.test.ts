import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { processorClock } from "../../../test/processor-clock.ts";
import { held } from "../../../test/resident.ts";
import { GruvyError, type Random, random, Tensor, tensor } from "../../base/index.ts";
import { decodeModelFile, encodeModelFile } from "./model-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { toTensor } from "./stored-tensor.ts";

/** GRUVY_FUZZ_CASES=1000000 before a release. */
const CASES = Number(process.env.GRUVY_FUZZ_CASES ?? 20_000);

const seeds = [
  new Uint8Array(readFileSync(new URL("./golden/python.safetensors", import.meta.url))),
  encodeSafetensors({ tensors: new Map(), metadata: new Map() }),
  encodeModelFile({
    architecture: { layers: [{ units: 3 }] },
    preprocessing: { words: ["a", "\u00e9"] },
    training: { loss: [0.5] },
    tensors: new Map([
      ["gru/kernel", tensor([[1, 2, 3]])],
      ["e", new Tensor([0], new Float32Array(0))],
    ]),
    optimizer: new Map([["iterations", new Tensor([], Int32Array.of(3))]]),
  }),
];

const numbers = [
  "0",
  "1",
  "2",
  "4",
  "8",
  "12",
  "-1",
  "1.5",
  "1e3",
  "1e999",
  "4294967296",
  "9007199254740993",
  "null",
  "[]",
];
const texts = [
  '"__proto__"',
  '"__metadata__"',
  '"constructor"',
  '"F64"',
  '"I8"',
  '"F4"',
  '"F31"',
  '"\\ud800"',
  '"\\u0000"',
  '""',
  "7",
];
const fields = [
  ...texts.map((text) => `${text}:"",`),
  '"dtype":"F32",',
  '"shape":[0],',
  '"data_offsets":[0,0],',
  '"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},',
  `"x":${"[".repeat(200)}`,
  '"x":1e999,',
];
const anything = ["[", "]", "{", "}", '"', "\\", "\u0000", "\u00ff", ",", ":", "é", " ".repeat(300)];

const encoder = new TextEncoder();

/** One to three changes; most keep the header's length true, so that what comes after it is looked at. */
function mutated(source: Random): Uint8Array {
  let counter = 0;
  const below = (n: number) => source.below(counter++, Math.max(1, n));
  const one = (list: readonly string[]) => encoder.encode(list[below(list.length)]);
  let file: Uint8Array = seeds[below(seeds.length)].slice();
  let header = Number(new DataView(file.buffer).getBigUint64(0, true));

  const replace = (at: number, remove: number, insert: Uint8Array): void => {
    const rest = file.subarray(at + remove);
    const result = new Uint8Array(at + insert.length + rest.length);
    result.set(file.subarray(0, at));
    result.set(insert, at);
    result.set(rest, at + insert.length);
    if (at >= 8 && at < 8 + header) header += insert.length - (file.length - at - rest.length);
    file = result;
  };
  const replaceNext = (pattern: RegExp, from: number, insert: Uint8Array, keep = false): void => {
    const match = pattern.exec(new TextDecoder("latin1").decode(file.subarray(from, 8 + header)));
    if (!match) return;
    const length = match[0].length;
    replace(from + match.index + (keep ? length : 0), keep ? 0 : length, insert);
  };

  for (let changes = below(3) === 0 ? 1 + below(3) : 1; changes > 0; changes--) {
    const inHeader = 8 + below(header);
    const anywhere = below(file.length);
    const kind = below(16);
    if (kind < 4) replaceNext(/[0-9]+/, inHeader, one(numbers));
    else if (kind < 7) replaceNext(/"[^"]*"/, inHeader, one(texts));
    else if (kind < 10) replaceNext(/[{]/, inHeader, one(fields), true);
    else if (kind === 10) replace(inHeader, below(3), one(anything));
    else if (kind === 11) replace(anywhere, below(8), seeds[below(seeds.length)].slice(below(200), below(400)));
    else if (kind === 12) replace(anywhere, below(40), new Uint8Array(0));
    else if (kind === 13) file = file.slice(0, anywhere);
    else if (anywhere < file.length) file[anywhere] ^= 1 << below(8);
  }
  if (file.length >= 8 && below(8) > 0) new DataView(file.buffer).setBigUint64(0, BigInt(Math.max(0, header)), true);
  return file;
}

test(`${CASES} damaged files give a GruvyError or a tensor that is all there`, { timeout: 600_000 }, () => {
  const prototype = Object.getOwnPropertyNames(Object.prototype).join();
  const memory = held();
  const codes = new Map<string, number>();
  let slowest = 0;
  for (let i = 0; i < CASES; i++) {
    const file = mutated(random(7, 1, i));
    const before = file.slice();
    const spent = processorClock();
    const code = outcome(file, i);
    slowest = Math.max(slowest, spent());
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (!same(file, before)) expect.unreachable(`case ${i} changed its input`);
  }
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  expect(slowest).toBeLessThan(2000);
  expect(held() - memory).toBeLessThan(16 * 2 ** 20);
  // The mutations reach every check, not only the first.
  for (const code of [
    "loads",
    "file/cut",
    "file/header",
    "file/json",
    "file/json-duplicate",
    "file/json-number",
    "file/json-depth",
    "file/element-type",
    "file/shape",
    "file/offsets",
    "file/trailing-bytes",
    "file/altered",
  ]) {
    expect(codes.get(code) ?? 0, code).toBeGreaterThan(10);
  }
});

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function outcome(file: Uint8Array, i: number): string {
  const attempt = (call: () => unknown): string => {
    try {
      call();
      return "loads";
    } catch (error) {
      if (!(error instanceof GruvyError)) throw new Error(`case ${i}: ${error}`, { cause: error });
      if (!/^(file)\/[a-z-]+$/.test(error.code) || /\p{Cc}/u.test(error.message)) throw error;
      return error.code;
    }
  };
  const code = attempt(() => {
    const { tensors, metadata } = decodeSafetensors(file);
    let bytes = 0;
    for (const [name, stored] of tensors) {
      bytes += stored.bytes.length;
      attempt(() => toTensor(stored, name));
    }
    const again = decodeSafetensors(encodeSafetensors({ tensors, metadata }));
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    if (8 + header + bytes !== file.length || again.tensors.size !== tensors.size) throw new Error("not all there");
  });
  return code === "loads" ? attempt(() => decodeModelFile(file)) : code;
}
