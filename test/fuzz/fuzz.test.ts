// Changed files, by the million before a release: `npm run soak:files`. Whatever was changed, a reader refuses the file by
// an error of ours, or reads it; soon, without much memory, opens nothing else, and leaves nothing behind.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { GruvyError } from "../../src/base/index.ts";
import { changedBytes, drawsOf } from "./mutate.ts";
import type { Reader } from "./reader.ts";
import { allReaders } from "./readers.ts";
import { watch } from "./watch.ts";

/** In all; each reader gets its share of them. */
const CASES = Number(process.env.GRUVY_FUZZ_CASES ?? 4000);
const SEED = Number(process.env.GRUVY_FUZZ_SEED ?? 1);
/** One reader and one case, to have it again. */
const { GRUVY_FUZZ_READER: ONLY, GRUVY_FUZZ_CASE: CASE } = process.env;

const SECONDS = 2;
const BYTES = 64 * 2 ** 20;

const watching = watch();
const readers = (await allReaders()).filter(({ name }) => ONLY === undefined || name === ONLY);
const shares = readers.reduce((sum, { share }) => sum + share, 0);

beforeAll(() => {
  watching.left(); // what readers prepared
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterAll(() => {
  for (const reader of readers) reader.close?.();
  watching.end();
});

const held = () => {
  const { arrayBuffers, external } = process.memoryUsage();
  return arrayBuffers + external;
};
const plain = Object.getOwnPropertyNames(Object.prototype).join();

/** What comes of one case; a text that begins with "!" is a fault of ours. */
async function outcome(reader: Reader, number: number, good: ReadonlySet<string>): Promise<string> {
  const draw = drawsOf(SEED, number);
  const within = reader.within && draw.below(2) === 0 ? reader.within : undefined;
  const file = (await within?.(draw)) ?? changedBytes(draw, reader.files);
  const before = new Uint8Array(file);
  const [memory, cpu] = [held(), process.cpuUsage()];
  let found: string;
  try {
    const read = JSON.stringify(await reader.read(file)) ?? "undefined";
    found = reader.guarded && !within && !good.has(read) ? `!read differently: ${read.slice(0, 200)}` : "read";
  } catch (error) {
    if (!(error instanceof GruvyError)) found = `!${(error as Error)?.stack ?? error}`;
    else if (!/^[a-z]+\/[a-z0-9-]+$/.test(error.code)) found = `!the code ${error.code}`;
    else if (/\p{Cc}/u.test(error.message)) found = `!control characters in ${JSON.stringify(error.message)}`;
    else found = error.message.length < 1500 ? error.code : `!a message of ${error.message.length} characters`;
  }
  const { user, system } = process.cpuUsage(cpu);
  if ((user + system) / 1e6 > SECONDS) found = `!${(user + system) / 1e6} s, ${found}`;
  if (held() - memory > Math.max(BYTES, 4 * file.length)) found = `!${held() - memory} bytes more, ${found}`;
  if (Object.getOwnPropertyNames(Object.prototype).join() !== plain) found = `!Object.prototype, ${found}`;
  const [opened, left] = [watching.opened(), watching.left()];
  if (opened.length > 0) found = `!it opened ${opened.slice(0, 3).join(", ")}, ${found}`;
  if (left.length > 0) found = `!it left ${left.slice(0, 3).join(", ")}, ${found}`;
  if (Buffer.compare(file, before) !== 0) found = `!its input was changed, ${found}`;
  return found;
}

test.each(readers.map((reader) => [reader.name, reader] as const))(
  "%s",
  { timeout: 24 * 3_600_000 },
  async (_, reader) => {
    const good = new Set<string>();
    for (const file of reader.files) {
      // A good file may be for another model than the one it is given to.
      await reader.read(file).then(
        (read) => good.add(JSON.stringify(read)),
        (error) => expect(error).toBeInstanceOf(GruvyError),
      );
    }
    expect(good.size).toBeGreaterThan(0);
    watching.left(); // such as the file that a reader reads
    watching.opened();
    const count = Math.ceil((CASES * reader.share) / shares);
    const codes = new Map<string, number>();
    const faults: string[] = [];
    for (let i = CASE === undefined ? 0 : Number(CASE); i < (CASE === undefined ? count : Number(CASE) + 1); i++) {
      const found = await outcome(reader, i, good);
      codes.set(found, (codes.get(found) ?? 0) + 1);
      if (found.startsWith("!"))
        faults.push(`GRUVY_FUZZ_READER="${reader.name}" GRUVY_FUZZ_CASE=${i}: ${found.slice(1)}`);
      if (faults.length > 20) break;
    }
    if (process.env.GRUVY_FUZZ_SHOW) console.log(reader.name, count, Object.fromEntries(codes));
    expect(faults.join("\n")).toBe("");
  },
);

test("the watch sees what is opened and left", async () => {
  await readFile("/proc/self/status").catch(() => {});
  await fetch("http://127.0.0.1:9/").catch(() => {});
  spawnSync(process.execPath, ["--version"]);
  writeFileSync("half.tmp", "");
  const opened = watching.opened();
  expect(opened.slice(0, 2)).toEqual(["readFile /proc/self/status", "fetch"]);
  expect(opened).toContain("spawnSync");
  expect(watching.left()).toEqual(["half.tmp"]);
  expect([watching.opened(), watching.left()]).toEqual([[], []]);
});
