import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PadOptions, padSequences, type Side } from "./pad-sequences.ts";

const ragged = [[1, 2, 3], [4, 5], [], [6, 7, 8, 9]];

describe("padSequences", () => {
  it("pads in front to the longest sequence by default", () => {
    const padded = padSequences(ragged);
    expect(padded.data).toBeInstanceOf(Int32Array);
    expect(padded.toArray()).toEqual([
      [0, 1, 2, 3],
      [0, 0, 4, 5],
      [0, 0, 0, 0],
      [6, 7, 8, 9],
    ]);
  });

  // The values of keras.utils.pad_sequences 3.15.1 for the same sequences.
  it.each<[PadOptions, number[][]]>([
    [
      { maxLength: 2 },
      [
        [2, 3],
        [4, 5],
        [0, 0],
        [8, 9],
      ],
    ],
    [
      { maxLength: 2, truncating: "post" },
      [
        [1, 2],
        [4, 5],
        [0, 0],
        [6, 7],
      ],
    ],
    [
      { maxLength: 3, padding: "post" },
      [
        [1, 2, 3],
        [4, 5, 0],
        [0, 0, 0],
        [7, 8, 9],
      ],
    ],
    [
      { maxLength: 3, padding: "post", truncating: "post", value: -1 },
      [
        [1, 2, 3],
        [4, 5, -1],
        [-1, -1, -1],
        [6, 7, 8],
      ],
    ],
  ])("with %j equals Keras", (options, expected) => {
    expect(padSequences(ragged, options).toArray()).toEqual(expected);
  });

  it("takes no sequences at all, and typed ones", () => {
    expect(padSequences([], { maxLength: 3 }).shape).toEqual([0, 3]);
    expect(padSequences([[], []]).shape).toEqual([2, 0]);
    expect(padSequences([Int32Array.of(1, 2, 3), Uint8Array.of(255)], { maxLength: 2 }).toArray()).toEqual([
      [2, 3],
      [0, 255],
    ]);
  });

  it("keeps exactly the promised end of each sequence", () => {
    const side = fc.constantFrom<Side>("pre", "post");
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { maxLength: 12 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        side,
        side,
        (sequences, maxLength, padding, truncating) => {
          const rows = padSequences(sequences, { maxLength, padding, truncating }).toArray() as number[][];
          sequences.forEach((sequence, i) => {
            const kept = truncating === "pre" ? sequence.slice(-maxLength) : sequence.slice(0, maxLength);
            const zeros = new Array(maxLength - kept.length).fill(0);
            expect(rows[i]).toEqual(padding === "pre" ? [...zeros, ...kept] : [...kept, ...zeros]);
          });
        },
      ),
    );
  });

  it.each([1.5, Number.NaN, 2 ** 31, "7", undefined])("names the place of the token %s", (token) => {
    expect(() => padSequences([[1], [2, token as number]])).toThrow(
      /whole number of 32 bits at sequence 1, position 1/,
    );
  });

  it("takes numbers and vectors of measurements, as Keras does with dtype float32", () => {
    const walks = [
      [[0.5, 1]],
      [
        [2, 3],
        [4, 5],
        [6, 7.25],
      ],
    ];
    const padded = padSequences(walks, { dtype: "float32", maxLength: 2, padding: "post", value: -1 });
    expect(padded.data).toBeInstanceOf(Float32Array);
    expect(padded.toArray()).toEqual([
      [
        [0.5, 1],
        [-1, -1],
      ],
      [
        [4, 5],
        [6, 7.25],
      ],
    ]);
    expect(padSequences([[0.5], [1, 2]], { dtype: "float32" }).toArray()).toEqual([
      [0, 0.5],
      [1, 2],
    ]);
    expect(padSequences([[], [Float32Array.of(1, 2)]], { dtype: "float32" }).toArray()).toEqual([[[0, 0]], [[1, 2]]]);
    expect(() => padSequences([[[1, 2]], [[1, 2], [3]]], { dtype: "float32" })).toThrow(
      /vector of 2 numbers at sequence 1, position 1, as in the first sequence, found 1/,
    );
    expect(() => padSequences([[[1, Number.NaN]]], { dtype: "float32" })).toThrow(/position 0, feature 1, found NaN/);
    expect(() => padSequences(walks)).toThrow(/want dtype: "float32"/);
    expect(() => padSequences([[1]], { dtype: "float64" as "float32" })).toThrow(/found "float64"/);
  });

  it("refuses what is no sequence, and options that make no sense", () => {
    expect(() => padSequences([[1], "12" as unknown as number[]])).toThrow(/sequence 1 to be an array/);
    expect(() => padSequences(5 as unknown as number[][])).toThrow(/array of sequences/);
    expect(() => padSequences([[1]], { maxLength: 0 })).toThrow(/maxLength/);
    expect(() => padSequences([[1]], { padding: "front" as Side })).toThrow(
      /padding to be "pre" or "post", found "front"/,
    );
    expect(() => padSequences([[1]], { value: 0.5 })).toThrow(/at value/);
  });
});
