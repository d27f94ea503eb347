import { expect, test } from "vitest";
import { checkParity, loadKeras, readSamples } from "../../src/interchange/index.ts";
import { dense, input, sequential } from "../../src/model/index.ts";
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
    worst: { index: [1, 1], found: 2, expected: 2.5 },
    compared: 6,
    beyond: 1,
    agrees: false,
  });
  expect((await checkParity(model, { x: [[1], [2], [30]], y }, { absolute: 0.5 })).agrees).toBe(true);
  expect((await checkParity(model, { x: [[30]], y: [[30.002, 30]] }, { relative: 1e-5 })).agrees).toBe(false);
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
  expect((await errorOf(readSamples(empty))).message).toContain(
    "Expected an array named x in the samples, or x0, x1...",
  );
});
