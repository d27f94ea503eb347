import { describe, expect, test } from "vitest";
import { processorClock } from "../../../test/processor-clock.ts";
import { GruvyError, type Random, random } from "../../base/index.ts";
import { decodeZip, encodeZip } from "./zip.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const files = new Map([
  ["a.txt", utf8("hello")],
  ["folder/b.bin", Uint8Array.from({ length: 300 }, (_, i) => i % 7)],
  ["", new Uint8Array(0)],
]);
const good = await encodeZip(files);

/** The same files deflated, as another program writes them. */
async function deflated(content = files): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  return zipSync(Object.fromEntries(content), { level: 9 });
}

/** Where the records of an archive lie. */
function records(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const central: number[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    central.push(at);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { view, central, end };
}

function listed({ view, end }: ReturnType<typeof records>, count: number): void {
  for (const at of [8, 10]) view.setUint16(end + at, count, true);
}

function changed(bytes: Uint8Array, change: (parts: ReturnType<typeof records>) => void): Uint8Array {
  const copy = bytes.slice();
  change(records(copy));
  return copy;
}

async function readAll(bytes: Uint8Array, maxBytes?: number): Promise<[string, Uint8Array][]> {
  const found: [string, Uint8Array][] = [];
  for (const [name, entry] of decodeZip(bytes, { source: "a.zip", maxBytes })) found.push([name, await entry.read()]);
  return found;
}

async function errorOf(bytes: Uint8Array, maxBytes?: number): Promise<GruvyError> {
  try {
    await readAll(bytes, maxBytes);
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
  return expect.unreachable("it was accepted");
}

test("files come back, stored or deflated, at any place in a buffer", async () => {
  for (const archive of [good, await deflated()]) {
    expect(await readAll(archive)).toEqual([...files]);
    const shifted = new Uint8Array(archive.length + 3);
    shifted.set(archive, 3);
    expect(await readAll(shifted.subarray(3))).toEqual([...files]);
  }
  expect(await readAll(await encodeZip(new Map()))).toEqual([]);
});

test("names of every object, of folders above and of devices are names", async () => {
  const names = ["constructor", "../x", "/etc/passwd", "C:\\x", "aux"];
  const archive = await encodeZip(new Map(names.map((name) => [name, utf8(name)])));
  const found = decodeZip(archive);
  for (const name of names) expect(new TextDecoder().decode(await found.get(name)?.read())).toBe(name);
  expect(found.get("toString")).toBeUndefined();
});

test("sizes of 64 bits in an extra field", async () => {
  const name = utf8("a");
  const data = utf8("hello");
  const extra = new DataView(new ArrayBuffer(20));
  extra.setUint16(0, 1, true);
  extra.setUint16(2, 16, true);
  extra.setBigUint64(4, 5n, true);
  extra.setBigUint64(12, 5n, true);
  const head = new DataView(new ArrayBuffer(30));
  head.setUint32(0, 0x04034b50, true);
  head.setUint16(26, 1, true);
  const central = new DataView(new ArrayBuffer(46));
  central.setUint32(0, 0x02014b50, true);
  central.setUint32(16, 0x3610a686, true); // of "hello"
  central.setUint32(20, 0xffffffff, true);
  central.setUint32(24, 0xffffffff, true);
  central.setUint16(28, 1, true);
  central.setUint16(30, 20, true);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 67, true);
  end.setUint32(16, 36, true);
  const parts = [head, name, data, central, name, extra, end];
  const bytes = parts.flatMap((part) => [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]);
  expect(await readAll(Uint8Array.from(bytes))).toEqual([["a", data]]);
});

describe("an archive from a stranger", () => {
  test.each<[string, (parts: ReturnType<typeof records>) => void, string]>([
    ["encrypted", ({ view, central }) => view.setUint16(central[0] + 8, 1, true), "it is encrypted"],
    ["packed in another way", ({ view, central }) => view.setUint16(central[0] + 10, 12, true), "packed by method 12"],
    [
      "with a wrong checksum",
      ({ view, central }) => view.setUint32(central[0] + 16, 1, true),
      "its checksum does not fit",
    ],
    ["that declares more", ({ view, central }) => view.setUint32(central[0] + 24, 6, true), "cannot hold the 6 bytes"],
    [
      "that declares gigabytes",
      ({ view, central }) => view.setUint32(central[0] + 24, 3e9, true),
      "Expected a.zip to unpack to at most 16777216 bytes",
    ],
    [
      "that reaches beyond",
      ({ view, central }) => view.setUint32(central[0] + 20, 1e6, true),
      "it reaches beyond the entries",
    ],
    [
      "with an entry elsewhere",
      ({ view, central }) => view.setUint32(central[0] + 42, 7, true),
      "there is no entry where the list says",
    ],
    [
      "with an entry outside",
      ({ view, central }) => view.setUint32(central[0] + 42, 1e9, true),
      "there is no entry where the list says",
    ],
    ["named in two ways", ({ view, central }) => view.setUint8(central[0] + 46, 0x62), "name it differently"],
    ["that lists fewer", (parts) => listed(parts, 2), "behind its list of entries"],
    ["that lists more", (parts) => listed(parts, 4), "its list ends after 3"],
    ["that lists 65,535", (parts) => listed(parts, 65535), "it lists 65535 entries"],
    ["that is split", ({ view, end }) => view.setUint16(end + 4, 1, true), "a part of a split archive"],
    ["with a list elsewhere", ({ view, end }) => view.setUint32(end + 16, 0, true), "its list of entries is not where"],
    [
      "with a comment that is missing",
      ({ view, end }) => view.setUint16(end + 20, 9, true),
      "found none or one whose end is missing",
    ],
  ])("%s", async (_, change, message) => {
    expect((await errorOf(changed(good, change))).message).toContain(message);
  });

  test("with a name twice, or entries that overlap", async () => {
    const twice = await encodeZip(
      new Map([
        ["a", utf8("1")],
        ["b", utf8("2")],
      ]),
    );
    const named = changed(twice, ({ view, central }) => {
      view.setUint8(central[1] + 46, 0x61);
      view.setUint8(view.getUint32(central[1] + 42, true) + 30, 0x61);
    });
    expect((await errorOf(named)).message).toContain('it holds "a" twice');
    // One entry's bytes within those of another: how small archives become petabytes.
    const within = await encodeZip(
      new Map([
        ["out", new Uint8Array([...(await encodeZip(new Map([["in", utf8("x")]])))])],
        ["in", utf8("x")],
      ]),
    );
    const overlapping = changed(within, ({ view, central }) => view.setUint32(central[1] + 42, 33, true));
    expect((await errorOf(overlapping)).message).toContain("overlaps with the entry before it");
  });

  test("that unpacks to much, or to more than it says", async () => {
    const bomb = await deflated(new Map([["zeros", new Uint8Array(20e6)]]));
    expect((await errorOf(bomb)).code).toBe("file/too-large");
    expect((await readAll(bomb, 2e7))[0][1].length).toBe(20e6);
    const lying = changed(bomb, ({ view, central }) => view.setUint32(central[0] + 24, 1000, true));
    expect((await errorOf(lying)).message).toContain("it unpacks to more than the 1000 bytes that it declares");
    const short = changed(await deflated(), ({ view, central }) => view.setUint32(central[1] + 24, 301, true));
    expect((await errorOf(short)).message).toContain("it unpacks to 300 bytes and declares 301");
  });

  test("with 65,534 entries that are there is refused soon, by what is the most", async () => {
    const archive = await encodeZip(new Map(Array.from({ length: 65_534 }, (_, i) => [`${i}`, new Uint8Array(0)])));
    const spent = processorClock();
    expect((await errorOf(archive)).message).toContain("it lists 65534 entries; 10000 are the most");
    expect(spent()).toBeLessThan(2000);
  });

  test("cut anywhere, or with something behind it, is refused", async () => {
    for (let length = 0; length < good.length; length++)
      expect((await errorOf(good.subarray(0, length))).code).toBe("file/zip");
    expect((await errorOf(Uint8Array.from([...good, 0]))).code).toBe("file/zip");
  });
});

test("changed bytes end with the files, or an error of ours", async () => {
  const seeds = [good, await deflated()];
  for (let i = 0; i < Number(process.env.GRUVY_FUZZ_CASES ?? 20_000) / 10; i++) {
    const bytes = mutated(seeds, random(11, 0, i));
    try {
      for (const [name, content] of await readAll(bytes)) {
        const original = files.get(name);
        if (original) expect(content).toEqual(original); // the checksum holds what is read
      }
    } catch (error) {
      if (!(error instanceof GruvyError)) throw error;
      expect(error.code).toMatch(/^file\/(zip|too-large)$/);
    }
  }
});

function mutated(seeds: readonly Uint8Array[], source: Random): Uint8Array {
  let counter = 0;
  const below = (n: number) => source.below(counter++, n);
  const bytes = seeds[below(seeds.length)].slice();
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(bytes.length);
    const kind = below(4);
    if (kind === 0) bytes[at] ^= 1 << below(8);
    else if (kind === 1) bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)];
    else if (kind === 2)
      bytes.set(
        bytes
          .slice(below(bytes.length))
          .subarray(0, 8)
          .subarray(0, bytes.length - at),
        at,
      );
    else return bytes.subarray(0, at);
  }
  return bytes;
}
