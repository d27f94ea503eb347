import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openData } from "./open-data.ts";
import { openTable } from "./open-table.ts";
import { refused } from "./refused.twin.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gruvy-table-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const csv = "month,sold\n2020-01,5\n2020-02,7\n";

describe("openTable", () => {
  it.each<[string, string | Uint8Array]>([
    ["sales.csv", csv],
    ["sales.tsv", csv.replaceAll(",", "\t")],
    ["sales.csv.gz", gzipSync(csv)],
    ["two members.gz", Buffer.concat([gzipSync(csv.slice(0, 10)), gzipSync(csv.slice(10))])],
    ["gzip without its ending.csv", gzipSync(csv)],
    ["only its ending.csv.gz", csv],
    ["marked.csv", `\ufeff${csv}`],
    ["rows.jsonl", '{"month": "2020-01", "sold": 5}\n{"month": "2020-02", "sold": 7}\n'],
    ["rows.ndjson.gz", gzipSync('{"month": "2020-01", "sold": 5}\n{"month": "2020-02", "sold": 7}\n')],
    ["rows.txt", '{"month": "2020-01", "sold": 5}\n{"month": "2020-02", "sold": 7}\n'],
    ["--help", csv],
    ["a\nb", csv],
  ])("reads %j", async (name, content) => {
    const table = await openTable(await file(name, content));
    expect(table.names).toEqual(["month", "sold"]);
    expect(Array.from(table.column("sold").numbers())).toEqual([5, 7]);
  });

  it.each<[string, string | Uint8Array, string]>([
    ["empty.csv", "", "data/empty"],
    ["empty.csv.gz", gzipSync(""), "data/empty"],
    ["empty.jsonl", "", "data/empty"],
    ["cut.csv.gz", gzipSync(csv).subarray(0, -3), "file/gzip"],
    ["bomb.csv.gz", gzipSync(Buffer.alloc(1 << 27, "a\n")), "file/gzip-bomb"],
    ["zeros.csv.gz", gzipSync(Buffer.alloc(1 << 27)), "data/binary"],
    ["twice.csv.gz", gzipSync(gzipSync(csv)), "data/binary"],
    ["sheet.xlsx", Buffer.from("PK\u0003\u0004\u0014\u0000"), "data/binary"],
    ["list.json", '[{"a": 1}]', "data/json"],
  ])("refuses %j", async (name, content, code) => {
    expect((await refused(async () => openTable(await file(name, content)))).code).toBe(code);
  });

  it("says what is not there, or not a file", async () => {
    const missing = await refused(() => openTable(join(folder, "nope.csv")));
    expect(missing.code).toBe("file/not-found");
    expect(missing.message).toContain("nope.csv");
    expect((await refused(() => openTable("/dev/zero"))).code).toBe("file/not-a-file");
    expect((await refused(async () => openTable(join(await file("x.csv", csv), "y")))).code).toBe("file/not-found");
    expect((await refused(() => openTable("a\0b"))).code).toBe("file/unreadable");
    expect((await refused(() => openTable("x".repeat(5000)))).code).toBe("file/unreadable");
    expect((await refused(() => openTable(""))).code).toBe("usage/data");
    expect((await refused(() => openTable(undefined as unknown as string))).code).toBe("usage/data");
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    expect((await refused(() => openTable(path))).code).toBe("file/not-a-file");
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)("says what may not be read", async () => {
    const path = await file("secret.csv", csv);
    await chmod(path, 0);
    expect((await refused(() => openTable(path))).message).toContain("may not be read");
  });

  it("refuses more than it may take", async () => {
    const path = await file("long.csv.gz", gzipSync(`a\n${"12\n".repeat(1000)}`));
    expect((await refused(() => openTable(path, { maxBytes: 1000 }))).code).toBe("data/too-large");
  });
});

it("names comments on top of a table", async () => {
  const error = await refused(async () =>
    openTable(await file("comments.csv", `# made by hand, in June\n# twice\n${csv}`)),
  );
  expect(error.message).toMatch(/comments\.csv begins with a comment: "# made by hand, in June"\. Remove such lines/);
});

describe("openData", () => {
  const reviews = "review,sentiment\ngood film,1\nbad film,0\n";

  it("opens built-in sets by name", async () => {
    expect(await openData("airline-passengers")).toMatchObject({ kind: "series", season: 12 });
    expect(await openData("sine", { season: 7 })).toMatchObject({ kind: "series", season: 7 });
    expect(await openData("adding", { rows: 10, length: 5 })).toMatchObject({ kind: "sequences" });
  });

  it("opens a series", async () => {
    const data = await openData(await file("sold.csv", csv));
    expect(data).toMatchObject({ kind: "series", name: "sold", target: "sold", names: ["sold"] });
  });

  it("opens texts, with others to test on", async () => {
    const path = await file("reviews.csv", reviews);
    const test = await file("more.csv", "sentiment,review\n1,fine film\n");
    const data = await openData(path, { text: "review", label: "sentiment", test });
    expect(data).toMatchObject({
      kind: "texts",
      train: { texts: ["good film", "bad film"], labels: ["1", "0"] },
      test: { texts: ["fine film"], labels: ["1"] },
    });
    expect(await openData(await file("plain.csv", reviews.replace("review,sentiment", "text,label")))).toMatchObject({
      kind: "texts",
    });
  });

  it("does not guess which column of texts is to be learnt", async () => {
    const error = await refused(async () => openData(await file("unsaid.csv", reviews)));
    expect(error.code).toBe("data/which-column");
    expect(error.message).toContain('its columns are "review", "sentiment"');
  });

  it.each([
    [{ target: "sold", text: "month" }, "--target"],
    [{ text: "month", label: "sold", season: 3 }, "--season"],
    [{ length: 5 }, "--length"],
    [{ rows: 5 }, "--rows"],
    [{ test: "x.csv" }, "--test"],
  ])("refuses options that do not go together: %j", async (options, named) => {
    const path = await file("sold.csv", csv);
    const error = await refused(() => openData(path, options));
    expect(error.code).toBe("usage/data-option");
    expect(error.message).toContain(named);
  });

  it.each([
    ["airline-passengers", { target: "sold" }],
    ["airline-passengers", { text: "x" }],
    ["airline-passengers", { test: "x" }],
    ["adding", { season: 3 }],
    ["adding", { target: "x" }],
  ])("refuses options that %s has no use for: %j", async (name, options) => {
    expect((await refused(() => openData(name, options))).code).toBe("usage/data-option");
  });

  it("names the built-in sets when a name is none", async () => {
    const error = await refused(() => openData("airline"));
    expect(error.code).toBe("file/not-found");
    expect(error.message).toContain('Built-in are: "airline-passengers"');
  });
});
