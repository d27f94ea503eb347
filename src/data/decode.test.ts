import { describe, expect, it } from "vitest";
import { decodeText, utf8Pieces } from "./decode.ts";
import { refused } from "./refused.twin.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function read(input: string | Uint8Array | Uint8Array[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of utf8Pieces(input, "x.csv")) parts.push(piece);
  return Buffer.concat(parts).toString();
}

function utf16(text: string, bigEndian: boolean): Uint8Array {
  const units = Buffer.from(`\ufeff${text}`, "utf16le");
  return bigEndian ? units.swap16() : units;
}

describe("utf8Pieces", () => {
  const text = "month,naïve €\n𝄞,1\n";

  it.each([
    ["UTF-8", utf8(text)],
    ["UTF-8 with a mark", utf8(`\ufeff${text}`)],
    ["UTF-16 little-endian", utf16(text, false)],
    ["UTF-16 big-endian", utf16(text, true)],
  ])("reads %s, split at every byte", async (_, input) => {
    expect(await read(input)).toBe(text);
    for (let cut = 0; cut <= input.length; cut++) {
      expect(await read([input.subarray(0, cut), input.subarray(cut)])).toBe(text);
    }
    expect(await read(Array.from(input, (byte) => bytes(byte)))).toBe(text);
  });

  it("takes decoded text, without its mark", async () => {
    expect(await read(`\ufeff${text}`)).toBe(text);
    expect(await read("")).toBe("");
    expect(await read([])).toBe("");
  });

  it("passes long input on in pieces of at most 32 KiB", async () => {
    for await (const piece of utf8Pieces(utf8("a,b\n".repeat(200_000)), "x.csv")) {
      expect(piece.length).toBeLessThanOrEqual(1 << 15);
    }
  });

  it("names the byte and the line of Latin-1, and how to convert it", async () => {
    const latin1 = Buffer.from("name\nRené Descartes\n", "latin1");
    for (const cut of [0, 8, 9, 10, latin1.length]) {
      const error = await refused(() => read([latin1.subarray(0, cut), latin1.subarray(cut)]));
      expect(error.code).toBe("data/encoding");
      expect(error.message).toContain(
        'Byte 8 of x.csv (line 2) is 0xe9, which is not UTF-8; in Latin-1 it would be "é"',
      );
      expect(error.message).toContain("iconv");
    }
  });

  it.each([
    ["an overlong form", bytes(0x61, 0xc0, 0x80)],
    ["an overlong form of three bytes", bytes(0x61, 0xe0, 0x9f, 0xbf)],
    ["a surrogate", bytes(0x61, 0xed, 0xa0, 0x80)],
    ["a code point past the last", bytes(0x61, 0xf4, 0x90, 0x80, 0x80)],
    ["a stray continuation", bytes(0x61, 0x80, 0x61, 0x61)],
    ["a character cut by the end", bytes(0x61, 0xe2, 0x82)],
    ["UTF-16 of odd length", bytes(0xff, 0xfe, 0x61, 0, 0x62)],
    ["half a surrogate pair in UTF-16", bytes(0xff, 0xfe, 0x00, 0xd8, 0x61, 0)],
  ])("refuses %s", async (_, input) => {
    expect((await refused(() => read(input))).code).toBe("data/encoding");
    expect((await refused(() => read(Array.from(input, (byte) => bytes(byte))))).code).toBe("data/encoding");
    expect((await refused(() => decodeText(input, "x.txt"))).code).toBe("data/encoding");
  });

  it("refuses text with half a surrogate pair", async () => {
    expect((await refused(() => read("a\ud800b"))).message).toContain("Character 1 of x.csv");
  });

  it("agrees with the platform's decoder on every two bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const ours = (input: Uint8Array): string | undefined => {
      try {
        return decodeText(input, "x");
      } catch {
        return undefined;
      }
    };
    const theirs = (input: Uint8Array): string | undefined => {
      try {
        return strict.decode(input);
      } catch {
        return undefined;
      }
    };
    const different: Uint8Array[] = [];
    for (let a = 1; a < 256; a++) {
      for (let b = a < 0xc0 ? 0x80 : 1; b < 256; b += a < 0xc0 ? 40 : 3) {
        for (const tail of [[], [0x80], [0x80, 0x80]]) {
          const input = bytes(0x61, 0x61, a, b, ...tail);
          if (ours(input) !== theirs(input)) different.push(input);
        }
      }
    }
    expect(different).toEqual([]);
  });

  it.each([
    ["a zero byte", utf8("a,b\n1,\0\n"), "Byte 6 of x.csv is zero"],
    ["UTF-16 without a mark", Buffer.from("a,b\n", "utf16le"), "Byte 1 of x.csv is zero: is it UTF-16"],
    ["a model", bytes(0xa8, 9, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0x5f), "takes the model first"],
    ["a workbook", bytes(0x50, 0x4b, 3, 4, 20, 0), "export the sheet as CSV"],
    ["gzip", bytes(0x1f, 0x8b, 8, 0), "compressed with gzip"],
  ])("refuses %s as no text", async (_, input, message) => {
    const error = await refused(() => read(input));
    expect(error.code).toBe("data/binary");
    expect(error.message.replace(". Text files hold none", "")).toContain(message);
  });
});
