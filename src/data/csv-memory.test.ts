// What memory reading takes; a file of its own, so that it runs in a process of its own.
import { describe, expect, it } from "vitest";
import { held } from "../../test/resident.ts";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";
import type { Table } from "./table.ts";

const MIB = 1 << 20;

/** `count` bytes in pieces of 64 KiB, without ever holding them at once. */
function* repeated(text: string, count: number, before = ""): Generator<Uint8Array> {
  const piece = new TextEncoder().encode(text.repeat(Math.ceil(65_536 / text.length)));
  if (before !== "") yield new TextEncoder().encode(before);
  for (let sent = 0; sent < count; sent += piece.length) yield piece;
}

/** The most memory that some work holds at once, roughly: looked at when it asks for a piece, later on for every 64th. */
async function growth(
  pieces: Iterable<Uint8Array>,
  work: (pieces: Iterable<Uint8Array>) => Promise<unknown>,
): Promise<number> {
  const before = held();
  let most = before;
  let count = 0;
  function* watched(): Generator<Uint8Array> {
    for (const piece of pieces) {
      if (count++ < 16 || count % 64 === 0) most = Math.max(most, held());
      yield piece;
    }
  }
  await work(watched());
  return Math.max(most, held()) - before;
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
    expect(used).toBeLessThan(64 * MIB);
    expect(sent).toBeLessThan(18 * MIB);
  });

  it("refuses a million columns, in the header or below, of nothing but delimiters", async () => {
    for (const before of ["", "a,b\n", "a,b\n1,2\n"]) {
      const used = await growth(repeated(",", 1e6, before), async (pieces) => {
        const error = await refused(() => parseCsv(pieces, { source: "x.csv", delimiter: "," }));
        expect(error.code).toBe("data/too-many-columns");
        expect(error.message).toContain("has more than 100,000 fields");
      });
      expect(used).toBeLessThan(16 * MIB);
    }
  });

  it("keeps a table of the shortest rows within eight times its size", async () => {
    const bytes = 16 * MIB;
    let table: Table | undefined;
    const used = await growth(repeated("1\n", bytes, "a\n"), async (pieces) => {
      table = await parseCsv(pieces);
    });
    expect(table?.rows).toBe(bytes / 2);
    expect(used).toBeLessThan(8 * bytes);
  });
});
