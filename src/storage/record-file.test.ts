import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failingFiles, faults } from "./failing-files.twin.ts";
import { openRecords, type RecordFile, readRecords, repairRecords } from "./record-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-records-"));
  path = join(folder, "records");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

async function written(count: number): Promise<Buffer> {
  const file = await openRecords(path, "Repair it.");
  for (let i = 0; i < count; i++) await file.append({ i, text: "line\n\u2028 end" });
  await file.close();
  return fs.readFileSync(path);
}

const numbers = async (): Promise<unknown[]> =>
  (await readRecords(path, "Repair it.")).records.map((one) => (one as { i: number }).i);

test("a file cut anywhere holds the records that were whole, and goes on from there", async () => {
  const bytes = await written(3);
  const third = bytes.length / 3;
  for (let length = 0; length <= bytes.length; length++) {
    fs.writeFileSync(path, bytes.subarray(0, length));
    const whole = Math.floor(length / third);
    expect(await numbers()).toEqual([0, 1, 2].slice(0, whole));
    if (length % 7 !== 0) continue;
    const file = await openRecords(path, "Repair it.");
    await file.append({ i: 9 });
    await file.close();
    expect(await numbers()).toEqual([...[0, 1, 2].slice(0, whole), 9]);
    if (length % third === 0) continue;
    const kept = fs.readdirSync(folder).filter((name) => name.startsWith("records.torn"));
    expect(kept.map((name) => fs.readFileSync(join(folder, name)))).toContainEqual(
      Buffer.from(bytes.subarray(whole * third, length)),
    );
  }
});

test("a last line that ends but does not hold what was written is damage: no kill makes one", async () => {
  for (let at = 1; at < 40; at++) {
    const bytes = await written(3);
    bytes[bytes.length - 1 - at] ^= 4;
    fs.writeFileSync(path, bytes);
    await expect(numbers()).rejects.toThrow(/Line 3 of 3 .* damaged.*Repair it\./);
    await expect(openRecords(path, "Repair it.")).rejects.toMatchObject({ code: "file/damaged" });
    expect(fs.readFileSync(path)).toEqual(bytes);
    expect(fs.readdirSync(folder)).toEqual(["records"]);
    fs.rmSync(path);
  }
});

test("what was kept beside stays when there is more of it, and where nothing is damaged nothing is kept", async () => {
  const bytes = await written(2);
  expect(await repairRecords(path, {})).toEqual({ kept: 2, dropped: 0 });
  expect(fs.readdirSync(folder)).toEqual(["records"]);
  const damaged = [4, 5].map((at) => {
    const copy = Buffer.from(bytes);
    copy[at] ^= 1;
    return copy;
  });
  const copies: unknown[] = [];
  for (const one of [...damaged, damaged[0]]) {
    fs.writeFileSync(path, one);
    copies.push((await repairRecords(path, {})).copy);
  }
  expect(copies).toEqual([`${path}.damaged`, `${path}.damaged-2`, `${path}.damaged`]);
  expect([copies[0], copies[1]].map((name) => fs.readFileSync(String(name)))).toEqual(damaged);
});

test("damage before the last line is refused, and repaired with a copy beside", async () => {
  const bytes = await written(4);
  bytes[bytes.length / 4 + 20] ^= 1;
  fs.writeFileSync(path, bytes);
  await expect(readRecords(path, "Repair it.")).rejects.toThrow(/Line 2 of 4 .* damaged.*Repair it\./);
  await expect(openRecords(path, "Repair it.")).rejects.toMatchObject({ code: "file/damaged" });
  expect(fs.readFileSync(path)).toEqual(bytes);
  expect(await repairRecords(path, { i: "lost" })).toEqual({ kept: 3, dropped: 1, copy: `${path}.damaged` });
  expect(await numbers()).toEqual([0, "lost", 2, 3]);
  expect(fs.readFileSync(`${path}.damaged`)).toEqual(bytes);
});

test("lines that are lost, doubled or have changed places are damage too, and each record that is left keeps its place", async () => {
  const lines = (await written(5)).toString().split(/(?<=\n)/);
  const [a, b, c, d, e] = lines;
  for (const [order, found, left] of [
    [[a, c, d, e], 2, [0, "lost", 2, 3, 4]],
    [[b, c, d, e], 1, ["lost", 1, 2, 3, 4]],
    [[a, b, b, c, d, e], 3, [0, 1, 2, 3, 4]],
    [[a, c, b, d, e], 2, [0, "lost", 2, 3, 4]],
    [[a, b.slice(0, -1), c, d, e], 2, [0, "lost", "lost", 3, 4]],
    [[a, b, c, "torn\n", d, e.slice(0, -9)], 4, [0, 1, 2, 3]],
  ] as const) {
    fs.writeFileSync(path, order.join(""));
    await expect(numbers()).rejects.toThrow(new RegExp(`Line ${found} of .* damaged`));
    await repairRecords(path, { i: "lost" });
    expect(await numbers()).toEqual(left);
  }
});

test.each(faults)("%s at any call loses no acknowledged record", async (fault) => {
  for (let failAt = 1; ; failAt++) {
    fs.rmSync(path, { force: true });
    const failing = failingFiles(failAt, fault);
    let acknowledged = 0;
    let file: RecordFile | undefined;
    try {
      file = await openRecords(path, "Repair it.", failing.files);
      for (let i = 0; i < 3; i++) {
        await file.append({ i });
        acknowledged = i + 1;
      }
      await file.close();
    } catch (error) {
      expect(error).toMatchObject({ name: "GruvyError", kind: "file" });
      await file?.close().catch(() => {});
    }
    if (failing.failed() === undefined) break;
    const found = fs.existsSync(path) ? await numbers() : [];
    expect(found.slice(0, acknowledged), failing.failed()).toEqual([0, 1, 2].slice(0, acknowledged));
    expect(found.length).toBeLessThanOrEqual(acknowledged + 1);
  }
});

test("after a full disk the next record goes in as if nothing had been", async () => {
  const failing = failingFiles(0);
  const file = await openRecords(path, "Repair it.", failing.files);
  await file.append({ i: 0 });
  await expect(file.append({ i: Number.NaN })).rejects.toMatchObject({ code: "usage/not-json" });
  await file.append({ i: 1 });
  await file.close();
  expect(await numbers()).toEqual([0, 1]);
});
