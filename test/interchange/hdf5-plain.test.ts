import { expect, test } from "vitest";
import { decodeZip, encodeHdf5 } from "../../src/storage/foreign.ts";
import { openPlainHdf5 } from "../../src/storage/formats/hdf5-plain.ts";
import { kerasFile } from "./files.ts";

const weightsOf = (archive: string) => decodeZip(kerasFile(archive)).get("model.weights.h5")!.read();
const LIMIT = 2 ** 24;

test.each(["words", "curves", "windows", "cells", "normal", "branches", "translator"])(
  "what Keras wrote in keras3-%s is plain throughout",
  async (name) => {
    const file = openPlainHdf5(await weightsOf(`keras3-${name}.keras`), LIMIT)!;
    let arrays = 0;
    const walk = (path: string) => {
      for (const one of file.names(path)!) {
        const inner = `${path}/${one}`;
        if (/\/vars\/\d+$/.test(inner)) {
          expect(file.tensors([inner]), inner).toEqual([expect.objectContaining({ dtype: "F32" })]);
          arrays++;
        } else walk(inner);
      }
    };
    walk("/layers");
    expect(arrays).toBeGreaterThan(1);
  },
);

const names = Array.from({ length: 60 }, (_, i) => `layers/dense${i === 0 ? "" : `_${i}`}`);
const content = {
  groups: ["layers", ...names].map((path) => ({ path, texts: { name: path } })),
  tensors: names.map((path, i) => ({
    path: `${path}/0`,
    shape: [3, 1 + (i % 5)],
    data: Float32Array.from({ length: 3 + 3 * (i % 5) }, (_, j) => i + j / 8),
  })),
};

test("gives what the HDF5 library wrote, of a tree with many leaves too", async () => {
  const file = openPlainHdf5(await encodeHdf5(content), LIMIT)!;
  expect(file.names("/layers")).toEqual(names.map((name) => name.slice(7)).sort());
  const found = file.tensors(content.tensors.map(({ path }) => `/${path}`))!;
  found.forEach((tensor, i) => {
    const { shape, data } = content.tensors[i];
    expect(tensor?.shape).toEqual(shape);
    expect(new Float32Array(tensor!.bytes.slice().buffer)).toEqual(data);
  });
  expect(file.tensors(["/layers/dense/1", "/layers/dense/0/0", "/no"])).toEqual([undefined, undefined, undefined]);
  expect(file.names("/layers/dense/0")).toEqual([]);
});

test("what may be read is counted, however often it is the same", async () => {
  const file = openPlainHdf5(await encodeHdf5(content), 30)!;
  expect(file.tensors(["/layers/dense/0"])).toHaveLength(1);
  expect(file.tensors(["/layers/dense/0"])).toHaveLength(1);
  expect(file.tensors(["/layers/dense/0"])).toBeUndefined();
});

test.each([
  ["external-link", "links of another kind"],
  ["external-storage", "arrays in other files"],
  ["virtual", "arrays put together"],
  ["soft-link", "soft links"],
  ["soft-to-external", "soft links to links"],
  ["cycle", "circles of links"],
  ["huge", "packed arrays"],
  ["zeros", "packed arrays that are small"],
  ["big-endian", "other numbers"],
  ["half", "halves"],
  ["texts", "texts"],
])("hostile-%s.weights.h5: %s are left to the library", (name) => {
  const file = openPlainHdf5(kerasFile(`hostile-${name}.weights.h5`), LIMIT);
  expect(file?.tensors(["/layers/dense/vars/0"])).toBeUndefined();
});

test("whatever a byte is changed to, it says nothing of what is not in the file", async () => {
  const good = await encodeHdf5({
    groups: [{ path: "a", texts: { name: "a" } }],
    tensors: [
      { path: "a/0", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      { path: "a/1", shape: [3], data: Float32Array.of(5, 6, 7) },
    ],
  });
  let left = 0;
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 255, good[at] + 1, good[at] ^ 16]) {
      const bytes = good.slice();
      bytes[at] = value;
      const file = openPlainHdf5(bytes, LIMIT);
      file?.names("/a");
      const found = file?.tensors(["/a/0", "/a/1"]);
      if (!found) left++;
      for (const tensor of found ?? []) {
        if (!tensor) continue;
        expect(tensor.bytes.buffer).toBe(bytes.buffer);
        expect(tensor.shape.reduce((product, size) => product * size, 4)).toBe(tensor.bytes.length);
      }
    }
    expect(openPlainHdf5(good.slice(0, at), LIMIT), `cut at ${at}`).toBeUndefined();
  }
  expect(left).toBeGreaterThan(300);
});
