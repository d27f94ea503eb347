// What memory reading takes; a file of its own, so that it runs in a process of its own.
import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";

const MIB = 1 << 20;

/** `count` bytes in pieces of 64 KiB, without ever holding them at once. */
function* repeated(text: string, count: number, before = ""): Generator<Uint8Array> {
  const piece = new TextEncoder().encode(text.repeat(Math.ceil(65_536 / text.length)));
  if (before !== "") yield new TextEncoder().encode(before);
  for (let sent = 0; sent < count; sent += piece.length) yield piece;
}

/** The most memory that some work takes at once, roughly: sampled at each piece it asks for. */
async function growth(
  pieces: Iterable<Uint8Array>,
  work: (pieces: Iterable<Uint8Array>) => Promise<unknown>,
): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  function* watched(): Generator<Uint8Array> {
    for (const piece of pieces) {
      most = Math.max(most, process.memoryUsage().rss);
      yield piece;
    }
  }
  await work(watched());
  return most - before;
}

describe("parseCsv", () => {
  it("names the row of a quote that 400 MiB never close, in little memory", async () => {
    let sent = 0;
    function* counted(): Generator<Uint8Array> {
      for (const piece of repeated("abc,def\n", 400 * MIB, 'a,b\n"x,1\n')) {
        sent += piece.length;
        yield piece;
      }
    }
    const used = await growth(counted(), async (pieces) => {
      const error = await refused(() => parseCsv(pieces, { source: "x.csv" }));
      expect(error.code).toBe("data/row-too-long");
      expect(error.message).toContain("A quote in row 2 of x.csv is not closed within 16 MiB");
    });
    expect(used).toBeLessThan(128 * MIB);
    expect(sent).toBeLessThan(18 * MIB);
  });

  it("refuses a million columns, in the header or below, of nothing but delimiters", async () => {
    for (const before of ["", "a,b\n", "a,b\n1,2\n"]) {
      const used = await growth(repeated(",", 1e6, before), async (pieces) => {
        const error = await refused(() => parseCsv(pieces, { source: "x.csv", delimiter: "," }));
        expect(error.code).toBe("data/too-many-columns");
        expect(error.message).toContain("has more than 100,000 fields");
      });
      expect(used).toBeLessThan(64 * MIB);
    }
  });

  it("keeps a table of the shortest rows within eight times its size", async () => {
    const bytes = 16 * MIB;
    let rows = 0;
    const used = await growth(repeated("1\n", bytes, "a\n"), async (pieces) => {
      rows = (await parseCsv(pieces)).rows;
    });
    expect(rows).toBe(bytes / 2);
    expect(used).toBeLessThan(8 * bytes);
  });
});
