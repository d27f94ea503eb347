// What exported programs and their making refuse.

import { afterAll, expect, test } from "vitest";
import { closeThreads, dense, embedding, gru, input, sequential, tensor } from "../../src/index.ts";
import { load } from "../../src/run/index.ts";
import { flat } from "./wasm-rows.ts";

afterAll(closeThreads);

test("what does not fit is refused, and leaves the model as it was", async () => {
  const model = sequential([input({ shape: [null, 2] }), gru({ units: 3 })]);
  const small = await load(await model.toWasm());
  const good = small.predict([[1, 2]]);
  const bad: [unknown, string][] = [
    [[1], "1 or more x 2 numbers, found 1"],
    [[], "1 or more x 2 numbers, found 0"],
    [[1, Number.NaN], "a finite number, found NaN"],
    [[1, 1e39], "a finite number, found 1e+39"],
    [["1", 2], "a finite number, found string"],
    [[null, 2], "a finite number, found null"],
    [[1, undefined], "a finite number, found undefined"],
    [[1n, Symbol("2")], "a finite number, found bigint"],
    [BigInt64Array.of(1n, 2n), "a finite number, found bigint"],
    [[[1, 2, 3], [4]], "steps of 2 numbers, found 3"],
    [[[1, 2], [3], [4, 5]], "steps of 2 numbers, found 1"],
    [[[]], "steps of 2 numbers, found 0"],
    [[{}, 1], "steps of 2 numbers, found undefined"],
    [[[[1], [2]]], "a finite number, found object"],
    [undefined, "a list, found undefined"],
    [null, "a list, found null"],
    [3, "a list, found 3"],
    ["1, 2", "a list, found string"],
    [{ 0: 1, 1: 2 }, "a list, found object"],
    [new DataView(new ArrayBuffer(8)), "a list, found object"],
  ];
  for (const [row, message] of bad) {
    expect(() => small.predict([[1, 2], row as number[]])).toThrow(
      new RangeError(`Row at index 1: Expected ${message}`),
    );
  }
  for (const rows of [undefined, null, 3, "12", tensor([[1, 2]])]) {
    expect(() => small.predict(rows as never)).toThrow(/^Expected a list, found /);
  }
  const wide = await load(await sequential([input({ shape: [null, 1] }), dense({ units: 65536 })]).toWasm());
  expect(() => wide.predict([new Float32Array(2 ** 13)])).toThrow(/Expected fewer steps, found 8192/);
  expect(flat(wide.predict([[0]])).length).toBe(65536);
  expect(() => small.step(new Float32Array(1), [1, 2])).toThrow(/Expected a state of 8 numbers, found 1/);
  expect(() => small.step(undefined, [1, 2, 3, 4])).toThrow(/found 4/);
  expect(small.predict([[1, 2]])).toEqual(good);

  const words = await load(await sequential([embedding({ inputDim: 7, outputDim: 2 }), gru({ units: 2 })]).toWasm());
  for (const token of [7, -1, 1.5, 2 ** 31, Number.NaN, "1", null, true, 1n])
    expect(() => words.predict([[1, token as number]])).toThrow(/a token below 7/);
  expect(() => words.predict([[1, [2, 3]] as never])).toThrow(/steps of 1 numbers, found 2/);

  await expect(load(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))).rejects.toThrow(
    /No model that this loader knows/,
  );
  await expect(load(new Uint8Array(3))).rejects.toThrow(WebAssembly.CompileError);
  await expect(load(new Response("gone", { status: 404 }))).rejects.toThrow(/Cannot fetch the model: 404/);
  expect((await load(new Response(await model.toWasm()))).predict([[1, 2]])).toEqual(good);
});

test("toWasm is refused options that it does not know, and a model without a shape", async () => {
  const model = sequential([input({ shape: [null, 2] }), gru({ units: 3 })]);
  await expect(model.toWasm({ relaxedSIMD: true } as never)).rejects.toMatchObject({ code: "usage/option" });
  await expect(model.toWasm({ relaxedSimd: "yes" } as never)).rejects.toMatchObject({ code: "model/option" });
  await expect(model.toWasm({ preprocessing: "x" } as never)).rejects.toMatchObject({ code: "usage/option" });
  const own = await load(await model.toWasm({ preprocessing: { kind: "mine" } })).catch(({ message }) => message);
  expect(own).toMatch(/No model that this loader knows/);
  await expect(sequential([gru({ units: 3 })]).toWasm()).rejects.toMatchObject({ code: "model/not-built" });
});
