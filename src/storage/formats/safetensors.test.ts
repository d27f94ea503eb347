import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { processorClock } from "../../../test/processor-clock.ts";
import { GruvyError } from "../../base/index.ts";
import { crc32 } from "../crc32.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { type ElementType, elementBits, type StoredTensor, toTensor } from "./stored-tensor.ts";

/** A file with this header, its true length in front, and so many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0, length?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const tensorOf = (shape: string, offsets: string, dtype = '"F32"') =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const oneTensor = (shape: string, offsets: string, dtype?: string) => `{"w":${tensorOf(shape, offsets, dtype)}}`;

function outcome(file: Uint8Array): string {
  try {
    const { tensors } = decodeSafetensors(file, { source: "model.gruvy" });
    return `loads ${[...tensors.keys()].join(",")}`;
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    expect(error.message).toContain("model.gruvy");
    return error.code;
  }
}

describe("hostile files", () => {
  const good = oneTensor("[2]", "[0,8]");
  const two = (a: string, b: string) => `{"a":${a},"b":${b}}`;
  const cases: [name: string, file: Uint8Array, expected: string][] = [
    ["0 bytes", new Uint8Array(0), "file/cut"],
    ["7 bytes", new Uint8Array(7), "file/cut"],
    ["8 zero bytes: a header of length 0", new Uint8Array(8), "file/header"],
    ["header length 2^64-1", fileOf(good, 8, 2n ** 64n - 1n), "file/header"],
    ["header length 2^53", fileOf(good, 8, 2n ** 53n), "file/header"],
    ["header length 100,000,001", fileOf(good, 8, 100_000_001n), "file/header"],
    ["header length past the end", fileOf(good, 0, BigInt(good.length + 1)), "file/cut"],
    ["header not UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "file/header"],
    [
      "header with a surrogate in UTF-8",
      fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d)),
      "file/header",
    ],
    ["header with a byte-order mark", fileOf(`\ufeff${good}`, 8), "file/header"],
    ["header []", fileOf("[]"), "file/header"],
    ["header null", fileOf("null"), "file/header"],
    ["header with white space in front", fileOf(` ${good}`, 8), "file/header"],
    ["header {", fileOf("{"), "file/json"],
    ["header cut", fileOf(good.slice(0, 30), 8), "file/json"],
    ["header with a second value", fileOf(`${good}{}`, 8), "file/json"],
    ["header padded with NUL", fileOf(`${good}\0\0`, 8), "file/json"],
    ["header in single quotes", fileOf("{'w':1}"), "file/json"],
    [
      "duplicate name",
      fileOf(`{"w":${tensorOf("[1]", "[0,4]")},"w":${tensorOf("[1]", "[4,8]")}}`, 8),
      "file/json-duplicate",
    ],
    [
      "duplicate dtype",
      fileOf('{"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      "file/json-duplicate",
    ],
    ["duplicate __metadata__", fileOf('{"__metadata__":{},"__metadata__":{}}'), "file/json-duplicate"],
    ["duplicate key of __metadata__", fileOf('{"__metadata__":{"a":"","a":""}}'), "file/json-duplicate"],
    ["__metadata__ holding a number", fileOf('{"__metadata__":{"a":1}}'), "file/json"],
    ["__metadata__ a text", fileOf('{"__metadata__":"a"}'), "file/json"],
    ["half a surrogate pair in a name", fileOf(`{"\\ud800":${tensorOf("[1]", "[0,4]")}}`, 4), "file/json"],
    ["a tensor that is a number", fileOf('{"w":1}'), "file/json"],
    ["a tensor without shape", fileOf('{"w":{"dtype":"F32","data_offsets":[0,0]}}'), "file/header"],
    ["one offset", fileOf(oneTensor("[1]", "[4]"), 4), "file/header"],
    ["three offsets", fileOf(oneTensor("[1]", "[0,4,4]"), 4), "file/header"],
    ["overlap", fileOf(two(tensorOf("[2]", "[0,8]"), tensorOf("[2]", "[4,12]")), 12), "file/offsets"],
    ["the same bytes twice", fileOf(two(tensorOf("[2]", "[0,8]"), tensorOf("[2]", "[0,8]")), 8), "file/offsets"],
    ["hole between", fileOf(two(tensorOf("[1]", "[0,4]"), tensorOf("[1]", "[8,12]")), 12), "file/offsets"],
    ["hole in front", fileOf(oneTensor("[1]", "[4,8]"), 8), "file/offsets"],
    ["data cut by a byte", fileOf(good, 7), "file/cut"],
    ["trailing byte", fileOf(good, 9), "file/trailing-bytes"],
    ["data that no tensor claims", fileOf("{}", 4), "file/trailing-bytes"],
    ["a zip glued on", withZip(fileOf(good, 8)), "file/trailing-bytes"],
    ["offset negative", fileOf(oneTensor("[1]", "[-4,0]")), "file/json-number"],
    ["offset -0", fileOf(oneTensor("[0]", "[-0,0]")), "file/json-number"],
    ["offset fractional", fileOf(oneTensor("[1]", "[0,4.0]"), 4), "file/json-number"],
    ["offset 1e3", fileOf(oneTensor("[250]", "[0,1e3]"), 1000), "file/json-number"],
    ['offset "0"', fileOf(oneTensor("[1]", '["0",4]'), 4), "file/json"],
    ["offset 04", fileOf(oneTensor("[1]", "[0,04]"), 4), "file/json-number"],
    ["offset 2^53", fileOf(oneTensor("[1]", "[9007199254740992,9007199254740996]"), 4), "file/json-number"],
    ["offset 2^64", fileOf(oneTensor("[1]", "[0,18446744073709551616]"), 4), "file/json-number"],
    ["offsets past the end", fileOf(oneTensor("[1000000000]", "[0,4000000000]"), 4), "file/cut"],
    ["offsets backwards", fileOf(oneTensor("[1]", "[4,0]"), 4), "file/offsets"],
    ["shape product past 2^53", fileOf(oneTensor("[94906266,94906266]", "[0,4]"), 4), "file/shape"],
    ["shape product 2^64, which wraps to 0", fileOf(oneTensor("[4294967296,4294967296]", "[0,0]")), "file/shape"],
    ["shape times element past 2^53", fileOf(oneTensor("[9007199254740991]", "[0,4]"), 4), "file/shape"],
    ["shape that does not fit the offsets", fileOf(oneTensor("[3]", "[0,8]"), 8), "file/shape"],
    ["negative dimension", fileOf(oneTensor("[-1]", "[0,4]"), 4), "file/json-number"],
    ["fractional dimension", fileOf(oneTensor("[1.5]", "[0,6]"), 6), "file/json-number"],
    ["dimension null", fileOf(oneTensor("[null]", "[0,4]"), 4), "file/json"],
    ["nested shape", fileOf(oneTensor("[[1]]", "[0,4]"), 4), "file/json"],
    ["unknown type", fileOf(oneTensor("[1]", "[0,4]", '"F31"'), 4), "file/element-type"],
    ["type constructor", fileOf(oneTensor("[1]", "[0,4]", '"constructor"'), 4), "file/element-type"],
    ["type 32", fileOf(oneTensor("[1]", "[0,4]", "32"), 4), "file/json"],
    ["half a byte of F4", fileOf(oneTensor("[1]", "[0,1]", '"F4"'), 1), "file/shape"],
    ["nesting 100,000 deep", fileOf(`{"w":{"x":${"[".repeat(100_000)}`), "file/json-depth"],
    ["number past float64 in an unknown field", fileOf(`{"w":{"x":1e999}}`), "file/json-number"],
    // What must load.
    ["no tensors", fileOf("{}"), "loads "],
    ["header padded with spaces", fileOf(`${good}      `, 8), "loads w"],
    ["__metadata__ null, as the reference reads it", fileOf('{"__metadata__":null}'), "loads "],
    [
      "unknown fields of a tensor, as the reference reads them",
      fileOf(`{"w":{"dtype":"F32","x":[{}],"shape":[2],"data_offsets":[0,8]}}`, 8),
      "loads w",
    ],
    [
      "names __proto__ and constructor",
      fileOf(`{"__proto__":${tensorOf("[1]", "[0,4]")},"constructor":${tensorOf("[1]", "[4,8]")}}`, 8),
      "loads __proto__,constructor",
    ],
    ["an empty name", fileOf(`{"":${tensorOf("[1]", "[0,4]")}}`, 4), "loads "],
    [
      "zero-size tensors, also between others",
      fileOf(`{"b":${tensorOf("[1]", "[0,4]")},"e":${tensorOf("[2,0]", "[0,0]")},"f":${tensorOf("[0]", "[4,4]")}}`, 4),
      "loads e,b,f",
    ],
    ["a rank-0 tensor", fileOf(oneTensor("[]", "[0,4]"), 4), "loads w"],
    [
      "tensors in another order than their bytes",
      fileOf(two(tensorOf("[1]", "[4,8]"), tensorOf("[1]", "[0,4]")), 8),
      "loads b,a",
    ],
    ["a pair of F4 in one byte", fileOf(oneTensor("[2]", "[0,1]", '"F4"'), 1), "loads w"],
  ];

  test.each(cases)("%s", (_, file, expected) => {
    expect(outcome(file)).toBe(expected);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  function withZip(file: Uint8Array): Uint8Array {
    const emptyZip = Uint8Array.of(0x50, 0x4b, 5, 6, ...new Array(18).fill(0));
    return Uint8Array.from([...file, ...emptyZip]);
  }

  test("a good file cut at any byte is refused", () => {
    const file = encodeSafetensors({
      tensors: new Map([["w", { dtype: "F32", shape: [3], bytes: new Uint8Array(12) }]]),
      metadata: new Map([["note", "é"]]),
    });
    for (let length = 0; length < file.length; length++) {
      expect(outcome(file.subarray(0, length))).toMatch(/^file\//);
    }
  });

  test("a million names load in bounded time", () => {
    const entries = Array.from(
      { length: 1_000_000 },
      (_, i) => `"layer_${i}":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`,
    );
    const file = fileOf(`{${entries.join(",")}}`, 1_000_000);
    entries.length = 0;
    const spent = processorClock();
    const { tensors } = decodeSafetensors(file);
    expect(spent()).toBeLessThan(40_000); // it takes a few seconds
    expect(tensors.size).toBe(1_000_000);
    expect(tensors.get("layer_999999")?.bytes.length).toBe(1);
  });
});

describe("messages", () => {
  test("name the file, the tensor and what to do", () => {
    expect(() => decodeSafetensors(fileOf(oneTensor("[3]", "[0,8]"), 8), { source: "a.gruvy" })).toThrow(
      'Expected 12 bytes of F32 for shape [3] of tensor "w" in a.gruvy, found 8. Get the file again',
    );
    expect(() => decodeSafetensors(fileOf('{"w":1}'), { source: "a.gruvy" })).toThrow(
      'Expected an object that describes tensor "w" at character 6 of the header of a.gruvy, found "1"',
    );
    expect(() => decodeSafetensors(fileOf("{}"), { source: "a.gruvy" })).not.toThrow();
  });

  test("cannot be broken by names from the file", () => {
    const name = "\\u001b[31m\\n";
    expect.assertions(1);
    try {
      decodeSafetensors(fileOf(`{"${name}":${tensorOf("[3]", "[0,8]")}}`, 8), { source: "a\nb" });
    } catch (error) {
      expect((error as Error).message).not.toMatch(/\p{Cc}/u);
    }
  });
});

const anyTensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(elementBits) as ElementType[]).filter((type) => elementBits[type] >= 8)),
    fc.array(fc.nat(4), { maxLength: 4 }),
    fc.nat(),
  )
  .map(([dtype, shape, seed]) => {
    const size = (shape.reduce((a, b) => a * b, 1) * elementBits[dtype]) / 8;
    return { dtype, shape, bytes: Uint8Array.from({ length: size }, (_, i) => Math.imul(seed + i, 2654435761) >>> 24) };
  });
const anyText = fc.string({ unit: "grapheme" });
const anyName = fc.oneof(anyText, fc.constantFrom("__proto__", "constructor", "0", "10", "a/b", '"', "\\", "\n"));
const anyFile = fc.record({
  tensors: fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 }),
  metadata: fc.uniqueArray(fc.tuple(anyName, anyText), { selector: ([name]) => name, maxLength: 4 }),
});

describe("good files", () => {
  test("500 files of random tensors come back as they were, and in their order", () => {
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const file = encodeSafetensors({ tensors: new Map(tensors), metadata: new Map(metadata) });
        expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
        const read = decodeSafetensors(file);
        expect([...read.metadata]).toEqual(metadata);
        expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.map(([name]) => name)));
        for (const [name, { dtype, shape, bytes }] of tensors) {
          const found = read.tensors.get(name);
          expect([found?.dtype, found?.shape, found?.bytes]).toEqual([dtype, shape, bytes]);
        }
        const filled = (list: Iterable<[string, StoredTensor]>) =>
          [...list].filter(([, { bytes }]) => bytes.length > 0).map(([name]) => name);
        expect(filled(read.tensors)).toEqual(filled(tensors));
      }),
      { numRuns: 500 },
    );
  });

  test("Python's file reads as Python wrote it", () => {
    const file = readFileSync(new URL("./golden/python.safetensors", import.meta.url));
    const { tensors, metadata } = decodeSafetensors(file);
    expect(metadata).toEqual(new Map([["note", "größe 😀"]]));
    const values = Object.fromEntries(
      Array.from(tensors, ([name, stored]) => [name, [stored.dtype, toTensor(stored, name).toArray()]] as const).filter(
        ([name]) => name !== "__proto__",
      ),
    );
    expect(values).toEqual({
      "gru/gru_cell/kernel": [
        "F32",
        [
          [0.5, -1.25, Math.fround(3e-38)],
          [Math.fround(1e30), -0, 7],
        ],
      ],
      half: ["F16", [1, -2.5, 65504, 2 ** -24]],
      brain: ["BF16", [1, -2.5]],
      double: ["F64", [0.1, -1e300]],
      steps: ["I64", 12345],
      ids: ["I32", [[1], [-2]]],
      bytes: ["U8", [0, 127, 255]],
      flags: ["BOOL", [1, 0]],
      nothing: ["F32", [[], [], []]],
      'né "quoted"\n': ["F32", [1]],
    });
    expect(tensors.get("__proto__")?.bytes).toEqual(new Uint8Array(Float32Array.of(2).buffer));
    expect(crc32(tensors.get("gru/gru_cell/kernel")!.bytes)).toBe(361152343); // zlib.crc32 in Python
  });

  test("the same content gives the same bytes, at any offset of the input", () => {
    const content = {
      tensors: new Map([
        ["w", { dtype: "F32" as const, shape: [2], bytes: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) }],
      ]),
      metadata: new Map([["a", "b"]]),
    };
    const file = encodeSafetensors(content);
    expect(encodeSafetensors(content)).toEqual(file);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    const read = decodeSafetensors(Buffer.from(shifted.buffer, 3));
    expect(toTensor(read.tensors.get("w")!, "w").toArray()).toEqual([1, 2]);
    expect(encodeSafetensors(read)).toEqual(file);
  });
});

describe("encodeSafetensors refuses what no reader would accept", () => {
  const one = (name: string, stored: unknown) => () =>
    encodeSafetensors({ tensors: new Map([[name, stored as StoredTensor]]), metadata: new Map() });
  const bytes = new Uint8Array(4);

  test.each([
    ["the name __metadata__", one("__metadata__", { dtype: "F32", shape: [1], bytes }), "usage/tensor-name"],
    ["half a surrogate pair", one("\ud800", { dtype: "F32", shape: [1], bytes }), "usage/tensor-name"],
    ["an unknown type", one("w", { dtype: "F31", shape: [1], bytes }), "usage/tensor"],
    ["bytes that do not fit", one("w", { dtype: "F32", shape: [2], bytes }), "usage/tensor"],
    ["a fractional size", one("w", { dtype: "F32", shape: [1.5], bytes }), "usage/tensor"],
    [
      "too much text",
      () => encodeSafetensors({ tensors: new Map(), metadata: new Map([["a", "x".repeat(100_000_000)]]) }),
      "usage/too-large",
    ],
  ])("%s", (_, call, code) => {
    expect.assertions(1);
    try {
      call();
    } catch (error) {
      expect(error instanceof GruvyError && error.code).toBe(code);
    }
  });
});

test("a text given for a model is said to be one", () => {
  const table = new TextEncoder().encode("month,passengers\n1949-01,112\n");
  for (const bytes of [table, Uint8Array.of(0xef, 0xbb, 0xbf, ...table)]) {
    expect(() => decodeSafetensors(bytes, { source: "sales.csv" })).toThrow("Is it the data?");
  }
});
