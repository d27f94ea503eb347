import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { GruvyError } from "../../base/index.ts";
import { decodeNpy, decodeNpz } from "./npy.ts";
import { toTensor } from "./stored-tensor.ts";
import { decodeZip, encodeZip } from "./zip.ts";

const file = (name: string) => new Uint8Array(readFileSync(new URL(`./golden/${name}`, import.meta.url)));
const values = (arrays: Awaited<ReturnType<typeof decodeNpz>>, name: string) => toTensor(arrays.get(name)!, name);

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof GruvyError) return error.code;
    throw error;
  }
  return "loads";
};

/** An array with a header of one's own. */
function npy(header: string, bytes: Uint8Array = new Uint8Array(8), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const size = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...size, ...text, ...bytes]);
}
const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";

describe("arrays that NumPy saved", () => {
  test("of each type and both byte orders", async () => {
    const arrays = await decodeNpz(file("numpy.npz"));
    for (const name of ["f2", "f4", "f8"].flatMap((kind) => [`<${kind}`, `>${kind}`])) {
      expect(values(arrays, name).toArray(), name).toEqual([
        [0.25, -0.5, 0.75],
        [1, 1.25, 1.5],
      ]);
    }
    for (const name of ["i1", "i2", "i4", "i8"].flatMap((kind) => [`<${kind}`, `>${kind}`])) {
      expect(values(arrays, name).toArray(), name).toEqual([
        [1, -2, 3],
        [4, 5, 6],
      ]);
    }
    for (const name of ["u1", "u2", "u4", "u8"]) expect(values(arrays, name).at(0, 1), name).toBe(2);
    expect(values(arrays, "bool").toArray()).toEqual([
      [0, 0, 1],
      [1, 1, 1],
    ]);
  });

  test("in Fortran's order, without axes, without numbers", async () => {
    const arrays = await decodeNpz(file("numpy.npz"));
    expect(values(arrays, "fortran").shape).toEqual([2, 3, 4]);
    expect([...values(arrays, "fortran").data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(values(arrays, "scalar").toArray()).toBe(7.5);
    expect(values(arrays, "none").shape).toEqual([3, 0]);
  });

  test("of versions 1 to 3", () => {
    for (const version of [1, 2, 3]) expect(decodeNpy(npy(good, undefined, version)).shape).toEqual([2]);
  });
});

describe("what is no array of numbers", () => {
  test("objects, which are pickles, and texts", async () => {
    for (const [, entry] of decodeZip(file("numpy-objects.npz"))) {
      const bytes = await entry.read();
      expect(codeOf(() => decodeNpy(bytes))).toBe("file/element-type");
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "file/npy"],
    ["a text", new TextEncoder().encode("not an array at all"), "file/npy"],
    ["version 4", npy(good, undefined, 4), "file/npy"],
    ["a cut header", npy(good).subarray(0, 40), "file/npy"],
    ["fewer numbers", npy(good, new Uint8Array(7)), "file/npy"],
    ["more numbers", npy(good, new Uint8Array(9)), "file/npy"],
    ["a negative size", npy(good.replace("2,", "-2,")), "file/npy"],
    ["a fractional size", npy(good.replace("2,", "2.0,")), "file/npy"],
    ["a size beyond counting", npy(good.replace("2,", "99999999, 99999999,")), "file/npy"],
    [
      "more axes than NumPy has",
      npy(good.replace("False", "True").replace("2,", "1,".repeat(32_000)), new Uint8Array(4), 2),
      "file/npy",
    ],
    ["a hole in the shape", npy(good.replace("2,", "2,,1")), "file/npy"],
    [
      "code in the header",
      npy("{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}"),
      "file/element-type",
    ],
    ["no order", npy("{'descr': '<f4', 'shape': (2,)}"), "file/npy"],
    ["a structure", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"), "file/element-type"],
    ["a name of every object", npy(good.replace("<f4", "<toString")), "file/element-type"],
    ["complex numbers", npy(good.replace("<f4", "<c8")), "file/element-type"],
  ])("%s", (_, bytes, code) => {
    expect(codeOf(() => decodeNpy(bytes))).toBe(code);
  });

  test("an archive with something else in it", async () => {
    const archive = await encodeZip(new Map([["readme.txt", new Uint8Array(3)]]));
    await expect(decodeNpz(archive)).rejects.toMatchObject({ code: "file/npy" });
  });
});
