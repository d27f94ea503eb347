// Files that are no exported model, or one that was altered. A WebAssembly module is a program, but one that is given
// nothing: it has no imports, so it can reach neither files nor the network.

import { describe, expect, test } from "vitest";
import { dense, gru, input, sequential } from "../../src/model/index.ts";
import { load } from "../../src/run/index.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const HEAD = [0, 97, 115, 109, 1, 0, 0, 0];
/** A module with one section of its own, which says what the model is. */
const saying = (text: string) => {
  const body = [5, ...utf8("gruvy"), ...utf8(text)];
  return Uint8Array.from([...HEAD, 0, body.length, ...body]);
};

describe("what is no model", () => {
  test.each<[string, unknown, RegExp]>([
    ["nothing", new Uint8Array(0), /CompileError/],
    ["a text", utf8("epoch,loss\n"), /CompileError/],
    ["a module that says nothing", Uint8Array.from(HEAD), /No model that this loader knows/],
    ["a list for what it says", saying("[]"), /No model that this loader knows/],
    ["null for what it says", saying("null"), /No model that this loader knows/],
    ["a broken text for what it says", saying('{"gruvy":'), /JSON/],
    ["a later version", saying('{"gruvy":9}'), /No model that this loader knows/],
    ["words of every object", saying('{"gruvy":2,"preprocessing":{"kind":"__proto__"}}'), /No model that this/],
    ["a module that wants something", Uint8Array.from([...HEAD, 2, 8, 1, 1, 97, 1, 98, 2, 0, 0]), /No model that this/],
    ["no bytes at all", null, /TypeError/],
    ["a path", "/etc/passwd", /TypeError/],
  ])("%s is refused", async (_, file, message) => {
    const error = await load(file as Uint8Array).then(
      () => undefined,
      (found: unknown) => found,
    );
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(message);
    expect(Object.hasOwn(Object.prototype, "kind")).toBe(false);
  });
});

test("a model that is cut anywhere is refused; whole, it imports nothing", async () => {
  const whole = await sequential([input({ shape: [null, 2] }), gru({ units: 2 }), dense({ units: 1 })]).toWasm();
  expect(WebAssembly.Module.imports(await WebAssembly.compile(whole))).toEqual([]);
  for (let length = 0; length < whole.length; length += 97) {
    await expect(load(whole.slice(0, length)), String(length)).rejects.toThrow(
      /WebAssembly|No model that this loader knows/,
    );
  }
});
