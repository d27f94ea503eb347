import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gunzip, isGzip } from "./gzip.ts";
import { refused } from "./refused.twin.ts";

const text = "a,b\n1,2\n".repeat(1000);
const zipped = gzipSync(text);

async function read(...chunks: Uint8Array[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of gunzip(chunks, "x.csv.gz")) parts.push(piece);
  return Buffer.concat(parts).toString();
}

describe("gunzip", () => {
  it("reads one member, and several one after the other", async () => {
    expect(isGzip(zipped)).toBe(true);
    expect(await read(zipped)).toBe(text);
    expect(await read(zipped, zipped)).toBe(text + text);
    expect(await read(Buffer.concat([zipped, gzipSync("c")]))).toBe(`${text}c`);
    expect(await read(...Array.from(zipped, (byte) => Uint8Array.of(byte)))).toBe(text);
  });

  it("takes zeros at the end, as tapes leave them", async () => {
    expect(await read(zipped, new Uint8Array(1000))).toBe(text);
  });

  it.each([1, 5, 12, 20, -9, -4, -1])("refuses a file that is cut at %s", async (end) => {
    const error = await refused(() => read(zipped.subarray(0, end)));
    expect(error).toMatchObject({ code: "file/gzip" });
    expect(error.message).toContain("x.csv.gz ends before it is complete");
  });

  it("refuses a file of nothing", async () => {
    expect((await refused(() => read())).code).toBe("file/gzip");
  });

  it("refuses a wrong checksum, a wrong length, a changed byte", async () => {
    for (const at of [zipped.length - 7, zipped.length - 2, 20, 3]) {
      const altered = Buffer.from(zipped);
      altered[at] ^= 0xff;
      expect((await refused(() => read(altered))).code).toBe("file/gzip");
    }
  });

  it.each([
    ["at once", 0],
    ["later", 1],
    ["after zeros", 2],
  ])("refuses what follows the end %s", async (_, how) => {
    const garbage = Buffer.from("garbage");
    const chunks = [
      [Buffer.concat([zipped, garbage])],
      [zipped, garbage],
      [Buffer.concat([zipped, Buffer.alloc(10), garbage])],
    ][how];
    expect((await refused(() => read(...chunks))).code).toBe("file/gzip");
  });

  it("refuses what grows without measure, long before it is all there", async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 28, "1\n"));
    let out = 0;
    const error = await refused(async () => {
      for await (const piece of gunzip([bomb], "x.csv.gz")) out += piece.length;
    });
    expect(error.code).toBe("file/gzip-bomb");
    expect(out).toBeLessThan(16 << 20);
  });

  it("passes an error of its input on", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield zipped.subarray(0, 30);
      throw new Error("the disk is gone");
    }
    await expect(async () => {
      for await (const _ of gunzip(broken(), "x"));
    }).rejects.toThrow("the disk is gone");
  });

  it("can be left early", async () => {
    for await (const piece of gunzip([zipped, zipped], "x")) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });
});
