import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTar, pax, type TarPart } from "../../test/data/make-tar.ts";
import { GruvyError } from "../base/index.ts";
import { type TarOptions, tarEntries } from "./tar.ts";

const text = new TextDecoder();

async function read(
  archive: Uint8Array,
  options: Partial<TarOptions> = {},
  chunk = archive.length || 1,
): Promise<[string, string][]> {
  async function* chunks() {
    for (let at = 0; at < archive.length; at += chunk) yield archive.subarray(at, at + chunk);
  }
  const found: [string, string][] = [];
  for await (const { name, bytes } of tarEntries(chunks(), { source: "a.tar", wanted: () => true, ...options })) {
    found.push([name, text.decode(bytes)]);
  }
  return found;
}

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "data/archive", message: expect.stringMatching(message) });

const long = `${"folder/".repeat(30)}file.txt`;
const sample: TarPart[] = [
  { name: "a/", type: "5" },
  { name: "a/one.txt", content: "1" },
  { name: "a/empty.txt" },
  { name: "a/link", type: "2", change: (header) => header.set([120], 157) },
  { name: "a/full.txt", content: "x".repeat(512) },
  { name: "././@LongLink", type: "L", content: `${long}\0` },
  { name: long.slice(0, 100), content: "gnu" },
  pax({ path: "ä/pax.txt", mtime: "1.5" }),
  { name: "short", content: "pax" },
  { name: "g", type: "g", content: "19 comment=a thing\n" },
  { name: "two.txt", content: "2".repeat(1500) },
];
const files: [string, string][] = [
  ["a/one.txt", "1"],
  ["a/empty.txt", ""],
  ["a/full.txt", "x".repeat(512)],
  [long, "gnu"],
  ["ä/pax.txt", "pax"],
  ["two.txt", "2".repeat(1500)],
];

describe("tarEntries", () => {
  it("reads files of all the formats, however the stream is cut into chunks", async () => {
    const archive = makeTar(sample);
    for (const chunk of [1, 7, 511, 512, 513, 4096, archive.length]) {
      expect(await read(archive, {}, chunk)).toEqual(files);
    }
  });

  it("passes over what is not wanted, whatever its length", async () => {
    const archive = makeTar(sample);
    const options: Partial<TarOptions> = { wanted: (name) => name === "a/one.txt", maxEntryBytes: 1 };
    for (const chunk of [100, archive.length]) expect(await read(archive, options, chunk)).toEqual([files[0]]);
  });

  it("joins the folder that ustar keeps apart, and reads binary sizes", async () => {
    const archive = makeTar([
      { name: "file", content: "x", change: (header) => header.set(Buffer.from("some/folder"), 345) },
      { name: "big", content: "yz", change: (header) => header.set([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], 124) },
    ]);
    expect(await read(archive)).toEqual([
      ["some/folder/file", "x"],
      ["big", "yz"],
    ]);
  });

  it.each(["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:x", "a\\..\\x", ".."])(
    "refuses the name %j, also given by a pax header",
    async (name) => {
      await expect(read(makeTar([{ name, content: "x" }]))).rejects.toThrow(refused(/leads out of it/));
      await expect(read(makeTar([pax({ path: name }), { name: "x" }]))).rejects.toThrow(refused(/leads out of it/));
    },
  );

  it.each<[string, TarPart[], RegExp]>([
    ["sizes that are no number", [{ name: "x", size: "12345678901z" }], /no sound size for the entry at byte 0/],
    ["negative sizes", [{ name: "x", change: (h) => h.set([0xff, 0xff], 124) }], /no sound size/],
    ["sizes beyond counting", [{ name: "x", change: (h) => h.set([0x80, 1, 1, 1, 1], 124) }], /no sound size/],
    ["pax sizes that are no number", [pax({ size: "-1" }), { name: "x" }], /no sound size/],
    ["files longer than they may be", [{ name: "x", content: "x".repeat(2000) }], /holds "x", which has 2000 bytes/],
    ["files that are not there", [{ name: "x", size: "00000002600" }], /is cut at byte/],
    ["links with content", [{ name: "x", type: "1", content: "x" }], /gives a size to "x"/],
    ["unknown kinds", [{ name: "x", type: "S" }], /unknown kind/],
    ["a name that is there twice", [{ name: "x" }, { name: "x" }], /holds "x" twice/],
    [
      "headers of names that are too long",
      [{ name: "x", type: "L", content: "x".repeat(70_000) }],
      /header of 70000 bytes/,
    ],
    ["pax records of a false length", [{ name: "x", type: "x", content: "999 path=y\n" }], /damaged header/],
    ["pax records without a length", [{ name: "x", type: "x", content: "path=y\n" }], /damaged header/],
    ["too many entries", Array.from({ length: 30 }, (_, i) => ({ name: `${i}` })), /more than 20 entries/],
  ])("refuses %s", async (_, parts, message) => {
    await expect(read(makeTar(parts), { maxEntryBytes: 1500, maxEntries: 20 })).rejects.toThrow(refused(message));
  });

  it("refuses what is empty, cut, no archive, or too long", async () => {
    const archive = makeTar(sample);
    await expect(read(new Uint8Array(0))).rejects.toThrow(refused(/a.tar is empty/));
    await expect(read(makeTar(sample, 0))).rejects.toThrow(refused(/without its end mark/));
    await expect(read(new TextEncoder().encode("review,label\n".repeat(100)))).rejects.toThrow(
      refused(/no tar archive/),
    );
    await expect(read(archive, { maxBytes: 2048 })).rejects.toThrow(refused(/more than 2048 bytes/));
  });

  it("answers every altered byte and every cut with files or a named error", async () => {
    const plain = files.map(([name, content]) => ({ name: name.slice(-60), content }));
    const archive = new Uint8Array(makeTar(plain)); // a slice of a Buffer would be the same bytes
    const names = plain.map(({ name }) => name);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(archive.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, change, cut) => {
          const altered = cut ? archive.slice(0, at) : archive.slice();
          if (!cut) altered[at] ^= change;
          try {
            // In this format names carry a sum, contents do not.
            expect((await read(altered)).map(([name]) => name)).toEqual(names);
          } catch (error) {
            if (!(error instanceof GruvyError)) throw error;
            expect(error.code).toBe("data/archive");
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
