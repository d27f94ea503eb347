import { expect, test } from "vitest";
import { lines } from "./lines.ts";

async function read(...chunks: (string | Uint8Array)[]): Promise<[number, string][]> {
  async function* source() {
    for (const chunk of chunks) yield typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  }
  const found: [number, string][] = [];
  for await (const some of lines(source(), "input")) for (const { number, text } of some) found.push([number, text]);
  return found;
}

test("lines come whole, wherever the stream is cut", async () => {
  const text = '{"a": "é"}\r\n\n{"b": 2}\n{"c": 3}';
  const expected = [
    [1, '{"a": "é"}'],
    [3, '{"b": 2}'],
    [4, '{"c": 3}'],
  ];
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(expected);
  }
});

test("a byte-order mark is no part of the first line", async () => {
  expect(await read("\ufeff{}\n")).toEqual([[1, "{}"]]);
});

test("what is no UTF-8 is refused with its line, after the lines before it", async () => {
  await expect(read('{"a": 1}\n', Uint8Array.of(0xe9, 0x0a))).rejects.toThrow(/Line 2 of input is not UTF-8/);
  await expect(read(Uint8Array.of(0x7b, 0xc3))).rejects.toThrow(/Line 1 of input is not UTF-8/);
  const found: string[] = [];
  const bytes = new Uint8Array([...new TextEncoder().encode("{}\n\n[]\n"), 0xe9, 0x0a, 0x7b, 0x0a]);
  const reading = (async () => {
    for await (const some of lines(once(bytes), "input")) found.push(...some.map(({ text }) => text));
  })();
  await expect(reading).rejects.toThrow(/Line 4 of input/);
  expect(found).toEqual(["{}", "[]"]);
});

async function* once(bytes: Uint8Array) {
  yield bytes;
}
