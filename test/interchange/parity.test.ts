import { describe, expect, test } from "vitest";
import { checkParity, loadKeras, readSamples } from "../../src/interchange/index.ts";
import { dense, model as functional, input, sequential } from "../../src/model/index.ts";
import { encodeZip } from "../../src/storage/foreign.ts";
import { errorOf, kerasFile } from "./files.ts";

const model = sequential([input({ shape: [1] }), dense({ units: 2, kernelInitializer: "ones" })]);

test("the largest difference, and where it is", async () => {
  const y = [
    [1, 1],
    [2, 2.5],
    [30.002, 30],
  ];
  const parity = await checkParity(model, { x: [[1], [2], [30]], y });
  expect(parity).toEqual({
    absolute: 0.5,
    relative: 0.2,
    largest: { index: [1, 1], found: 2, expected: 2.5 },
    worst: { index: [1, 1], found: 2, expected: 2.5 },
    compared: 6,
    beyond: 1,
    agrees: false,
  });
  expect((await checkParity(model, { x: [[1], [2], [30]], y }, { absolute: 0.5 })).agrees).toBe(true);
  expect((await checkParity(model, { x: [[30]], y: [[30.002, 30]] }, { relative: 1e-5 })).agrees).toBe(false);
});

test("the largest difference may be another than the one nearest to the tolerance", async () => {
  const parity = await checkParity(model, {
    x: [[0], [1000]],
    y: [
      [0.00001, 0],
      [1000.0625, 1000],
    ],
  });
  expect(parity).toMatchObject({ agrees: true, absolute: 0.0625 });
  expect([parity.largest.index, parity.worst.index]).toEqual([
    [1, 0],
    [0, 0],
  ]);
  const same = await checkParity(model, { x: [[1]], y: [[1, 1]] });
  expect([same.absolute, same.largest]).toEqual([0, { index: [0, 0], found: 1, expected: 1 }]);
});

test("NaN agrees with NaN alone", async () => {
  const broken = sequential([input({ shape: [1] }), dense({ units: 2 })]);
  await broken.setWeights([[[Number.NaN, 1]], [0, 0]]);
  expect((await checkParity(broken, { x: [[1]], y: [[Number.NaN, 1]] })).agrees).toBe(true);
  const parity = await checkParity(broken, { x: [[1]], y: [[1, 1]] });
  expect([parity.agrees, parity.absolute]).toEqual([false, Number.POSITIVE_INFINITY]);
});

test("samples of Keras", async () => {
  const keras = await loadKeras(kerasFile("keras2-words.h5"));
  const parity = await checkParity(keras, await readSamples(kerasFile("keras2-words.npz")));
  expect(parity).toMatchObject({ compared: 4, agrees: true });
});

test("what cannot be compared", async () => {
  expect((await errorOf(checkParity(model, { x: [[1]], y: [1, 1] }))).code).toBe("data/shape");
  expect((await errorOf(checkParity(model, { x: [[1]], y: [[1, 1]] }, { absolute: -1 }))).code).toBe("usage/option");
  expect((await errorOf(checkParity(model, { x: [[1]], y: [[1, 1]] }, { atol: 1 } as never))).code).toBe(
    "usage/option",
  );
  const empty = await encodeZip(new Map());
  expect((await errorOf(readSamples(empty))).message).toContain("Expected arrays named x, or x0, x1...");
});

test("a number for NaN or infinity is off without bound", async () => {
  for (const expected of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const parity = await checkParity(model, { x: [[1]], y: [[expected, 1]] });
    expect(parity).toMatchObject({ agrees: false, beyond: 1, worst: { index: [0, 0], found: 1, expected } });
    expect([parity.absolute, parity.relative]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  }
});

describe("samples of several inputs and outputs", () => {
  const [a, b] = [input({ shape: [1], name: "a" }), input({ shape: [1], name: "b" })];
  const [p, q] = [a, b].map((one) => dense({ units: 1, kernelInitializer: "ones" }).apply(one));
  const listed = functional({ inputs: [a, b], outputs: [p, q] });
  const named = functional({ inputs: { a, b }, outputs: { p, q } });

  test("by place or by name, whichever the model gives", async () => {
    const x = { a: [[1]], b: [[2]] };
    for (const [net, y] of [
      [listed, [[[1]], [[2]]]],
      [listed, { dense_1: [[2]], dense: [[1]] }],
      [listed, { 0: [[1]], 1: [[2]] }],
      [named, [[[1]], [[2]]]],
      [named, { q: [[2]], p: [[1]] }],
    ] as const) {
      expect(await checkParity(net, { x, y } as never)).toMatchObject({ agrees: true, compared: 2 });
    }
    const off = await checkParity(named, { x, y: [[[1]], [[3]]] });
    expect([off.agrees, off.worst.output]).toEqual([false, "q"]);
  });

  test.each([
    ["too few", [[[1]]], '"p", "q", found 1 of them'],
    ["another name", { p: [[1]], r: [[1]] }, '"p", "q", found "p", "r"'],
    ["one array", [[1]] as never, "found 1 of them"],
    ["another shape", [[[1]], [[1, 2]]], 'the output "q" of shape [1, 2] as stored, found [1, 1]'],
  ])("%s is refused", async (_, y, message) => {
    const error = await errorOf(checkParity(named, { x: [[[1]], [[2]]], y }));
    expect(error.code).toMatch(/^data\/(samples|shape)$/);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/Save (one array for each|what model.predict)/);
  });
});

/** An array as NumPy saves it. */
function npy(descr: string, shape: string, bytes: Uint8Array = new Uint8Array(8)): Uint8Array {
  const header = new TextEncoder().encode(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`);
  const front = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([...front, ...header, ...bytes]);
}

describe("the arrays of an .npz", () => {
  const one = npy("<f8", "(1, 1)");
  const archive = (...names: string[]) => encodeZip(new Map(names.map((name) => [`${name}.npy`, one])));
  const keysOf = (value: unknown) =>
    Array.isArray(value) ? value.length : "shape" in (value as object) ? "one" : Object.keys(value as object);

  test.each<[string[], unknown, unknown]>([
    [["x", "y"], "one", "one"],
    [["y0", "x", "y1"], "one", 2],
    [["x1", "x0", "y"], 2, "one"],
    [["x_left", "x_right", "y_score"], ["left", "right"], ["score"]],
    [["x", "y", "weights"], "one", "one"],
  ])("%j", async (names, x, y) => {
    const found = await readSamples(await archive(...names));
    expect([keysOf(found.x), keysOf(found.y)]).toEqual([x, y]);
  });

  test.each([
    [["x"], 'Expected arrays named y, or y0, y1..., or y_ and names in the samples, found "x"'],
    [["x", "y0", "y2"], 'found "y0", "y2"'],
    [["x", "x0", "y"], 'found "x", "x0"'],
    [["x", "y", "y_p"], 'found "y", "y_p"'],
    [["x", "y_"], 'found "y_"'],
  ])("%j are refused", async (names, message) => {
    const error = await errorOf(readSamples(await archive(...names)));
    expect([error.code, error.message]).toEqual(["data/samples", expect.stringContaining(message)]);
  });

  test("pickles are refused, and never run", async () => {
    const file = await encodeZip(new Map([["x.npy", npy("|O", "(1,)")]]));
    const error = await errorOf(readSamples(file));
    expect([error.code, error.message]).toEqual(["file/element-type", expect.stringContaining("never read")]);
  });

  test("a cut archive, and an array that stands alone", async () => {
    const whole = await archive("x", "y");
    for (const bytes of [whole.subarray(0, whole.length / 2), new Uint8Array(0)]) {
      expect((await errorOf(readSamples(bytes))).code).toBe("file/zip");
    }
    const alone = await errorOf(readSamples(one));
    expect([alone.code, alone.message]).toEqual(["data/samples", expect.stringContaining("numpy.savez(file, x=x")]);
  });
});
