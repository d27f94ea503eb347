// Every file call of every command that writes fails in turn. Whatever happens, what was there before is there
// whole, or what was to take its place is; nothing half-written stays; and the command says what it was.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Fault, faults } from "../../src/storage/failing-files.twin.ts";
import { decodeModelFile } from "../../src/storage/index.ts";
import { kerasFile } from "../interchange/files.ts";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";
import { withFault } from "./planted-faults.ts";

const place = workplace();
let folder = "";

const small = ["--epochs", "1", "--units", "2"];
const tune = [
  "tune",
  "good/texts.csv",
  "--units",
  "2,3",
  "--search",
  "grid",
  "--max-epochs",
  "1",
  "--final-seeds",
  "1",
];
const texts = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `a good film ${i},yes` : `a bad film ${i},no`));

beforeAll(async () => {
  folder = realpathSync(place.folder);
  process.chdir(folder);
  mkdirSync("good");
  writeFileSync("good/texts.csv", `text,label\n${texts.join("\n")}\n`);
  writeFileSync("good/words.keras", kerasFile("keras3-words.keras"));
  for (const args of [
    ["train", "good/texts.csv", ...small, "--out", "good/m.gruvy"],
    [...tune, "--out", "good/study"],
  ]) {
    const { code, err } = await inProcess(args);
    if (code !== 0) throw new Error(err);
  }
});

/** All files of a folder, but for locks: those of this process, which still runs, stay when they cannot be removed. */
function filesIn(path: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(".gruvy.lock.")) continue;
    const file = join(entry.parentPath, entry.name);
    found.set(file.slice(path.length + 1), readFileSync(file, "latin1"));
  }
  return found;
}

const cases: [name: string, args: string[], outputs: string[], prepare?: () => void][] = [
  ["train --out", ["train", "good/texts.csv", ...small, "--out", "work/m.gruvy"], ["m.gruvy"]],
  ["import --out", ["import", "good/words.keras", "--out", "work/m.gruvy"], ["m.gruvy"]],
  ["predict --out", ["predict", "good/m.gruvy", "good/texts.csv", "--out", "work/a.csv"], ["a.csv"]],
  ["explain --out", ["explain", "good/m.gruvy", "good/texts.csv", "--rows", "2", "--out", "work/w.html"], ["w.html"]],
  ["export --out", ["export", "good/m.gruvy", "--out", "work/m.wasm"], ["m.wasm", "m.js", "m.d.ts"]],
  ["study show --html", ["study", "show", "good/study", "--html", "work/s.html"], ["s.html"]],
  [
    "compare --out",
    ["compare", "good/texts.csv", "--cell", "rnn", ...small, "--out", "work"],
    ["report.html", "result.json"],
  ],
];

const bytesOf = (content: string) => Uint8Array.from(content, (letter) => letter.charCodeAt(0));

/** Whether a file is all that it should be. */
function whole(name: string, content: string): boolean {
  if (name.endsWith(".gruvy")) return decodeModelFile(bytesOf(content)).warnings.length === 0;
  if (name.endsWith(".wasm")) return WebAssembly.validate(bytesOf(content));
  if (name.endsWith(".json")) return JSON.parse(content) !== null;
  if (name.endsWith(".html")) return content.endsWith("</html>\n");
  if (name.endsWith(".csv")) return content.split("\n").length === texts.length + 2;
  return content.startsWith("// Written by Gruvy") && content.endsWith(";\n");
}

/** What an earlier run left; for a loader it begins as one of ours. */
const OLD = "// Written by Gruvy: of an earlier run";

/** Of the system's faults EIO at every call, the others in turn; and a write that takes half of the bytes. */
function planted(calls: readonly string[]): { failAt: number; fault: Fault }[] {
  return calls.flatMap((call, i) => {
    const these: Fault[] = ["EIO", i % 2 === 0 ? "ENOSPC" : "EACCES"];
    if (call.endsWith("write")) these.push("short write");
    return these.map((fault) => ({ failAt: i + 1, fault }));
  });
}

test.each(cases)("%s", async (_, args, outputs) => {
  const attempt = async (plan: { failAt: number; fault: Fault }) => {
    rmSync("work", { recursive: true, force: true });
    mkdirSync("work");
    for (const name of outputs) writeFileSync(join("work", name), OLD);
    return withFault(join(folder, "work"), plan, () => inProcess(args));
  };
  const { result, calls } = await attempt({ failAt: 0, fault: "EIO" });
  expect([result.code, [...filesIn(join(folder, "work")).values()].includes(OLD)]).toEqual([0, false]);
  expect(calls.length).toBeGreaterThan(5);
  for (const plan of planted(calls)) {
    const { result, failed } = await attempt(plan);
    const where = `${plan.fault} at call ${plan.failAt}, ${failed()}`;
    const files = filesIn(join(folder, "work"));
    expect(failed(), where).toBeDefined();
    expect([where, ...files.keys()].sort()).toEqual([where, ...outputs].sort());
    for (const [name, content] of files)
      if (content !== OLD) expect([where, whole(name, content)]).toEqual([where, true]);
    const old = [...files.values()].filter((content) => content === OLD).length;
    if (old > 0 && old < outputs.length) expect([where, failed()]).toEqual([where, "rename"]);
    expect([where, [0, 1, 2].includes(result.code)]).toEqual([where, true]);
    if (result.code === 0) expect([where, [...files.values()].includes(OLD)]).toEqual([where, false]);
    else expect([where, result.err]).toEqual([where, expect.not.stringContaining("should not")]);
  }
});

/** The weights of a model file, whatever else is said in it. */
const weights = (path: string) => decodeModelFile(readFileSync(path)).tensors;

test("train --checkpoint: whichever call fails, the same command with --resume ends with the bits of a whole run", async () => {
  const command = (epochs: number) => [
    ...["train", "good/texts.csv", "--units", "2", "--epochs", String(epochs), "--resume"],
    ...["--checkpoint", "work/run", "--out", "work/m.gruvy"],
  ];
  rmSync("work", { recursive: true, force: true });
  mkdirSync("work");
  expect((await inProcess(command(1))).code).toBe(0);
  cpSync("work", "begun", { recursive: true });
  expect((await inProcess(command(2))).code).toBe(0);
  const expected = weights("work/m.gruvy");
  for (let failAt = 1; ; failAt++) {
    const fault = faults[failAt % 3];
    rmSync("work", { recursive: true });
    cpSync("begun", "work", { recursive: true });
    const { result, failed } = await withFault(join(folder, "work"), { failAt, fault }, () => inProcess(command(2)));
    const where = `${fault} at call ${failAt}, ${failed()}`;
    if (failed() === undefined) break;
    expect([where, result.err]).toEqual([where, expect.not.stringContaining("should not")]);
    expect([where, weights("work/m.gruvy").size]).toEqual([where, expected.size]);
    clearLocks("work/run");
    const again = await inProcess(command(2));
    expect([where, again.code, again.err.includes("warning: Checkpoint")]).toEqual([where, 0, false]);
    expect([where, weights("work/m.gruvy")]).toEqual([where, expected]);
  }
});

/** A lock that could not be let go is that of this process, which lives on here. */
function clearLocks(path: string): void {
  for (const name of readdirSync(path)) if (name.startsWith(".gruvy.lock")) rmSync(join(path, name));
}

test("tune --out: whichever call fails, no record is lost, and the same command goes on", async () => {
  const ledger = "work/study/study.ledger";
  const command = [...tune, "--out", "work/study"];
  const study = async () => {
    const { out } = await inProcess(["study", "show", "work/study", "--json"]);
    return JSON.parse(out).trials.map(({ id, status, values, objective }: Record<string, unknown>) => [
      id,
      status,
      values,
      objective,
    ]);
  };
  rmSync("work", { recursive: true, force: true });
  mkdirSync("work");
  expect((await inProcess(command)).code).toBe(0);
  const expected = await study();
  let calls = 0;
  // Each two searches; every eleventh call is one of each kind after some rounds.
  for (let failAt = 1; ; failAt += 11) {
    const fault = faults[failAt % faults.length];
    rmSync("work", { recursive: true });
    mkdirSync("work");
    const { result, failed, ...made } = await withFault(join(folder, "work"), { failAt, fault }, () =>
      inProcess(command),
    );
    const where = `${fault} at call ${failAt}, ${failed()}`;
    calls = made.calls.length;
    if (failed() === undefined && calls < failAt) break;
    if (failed() === undefined) continue; // a short write is one of the writes alone
    expect([where, result.err]).toEqual([where, expect.not.stringContaining("should not")]);
    if (existsSync("work/study")) clearLocks("work/study");
    const kept = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").slice(0, -1) : [];
    const again = await inProcess(command);
    expect([where, again.code]).toEqual([where, 0]);
    expect(readFileSync(ledger, "utf8").split("\n").slice(0, kept.length)).toEqual(kept);
    expect([where, await study()]).toEqual([where, expected]);
    expect(readdirSync("work/study").filter((name) => name.endsWith(".tmp"))).toEqual([]);
  }
  expect(calls).toBeGreaterThan(50);
});

test("study repair: whichever call fails, the damaged ledger or the repaired one is there", async () => {
  const good = readFileSync("good/study/study.ledger", "utf8");
  const lines = good.split("\n");
  const damaged = [...lines.slice(0, 3), `x${lines[3]}`, ...lines.slice(4)].join("\n");
  rmSync("work", { recursive: true, force: true });
  mkdirSync("work");
  writeFileSync("work/study.ledger", damaged);
  expect((await inProcess(["study", "repair", "work"])).code).toBe(0);
  const repaired = readFileSync("work/study.ledger", "utf8");
  expect(repaired).not.toBe(damaged);
  for (const fault of faults) {
    for (let failAt = 1; ; failAt++) {
      rmSync("work", { recursive: true });
      mkdirSync("work");
      writeFileSync("work/study.ledger", damaged);
      const command = ["study", "repair", "work"];
      const { result, calls, failed } = await withFault(join(folder, "work"), { failAt, fault }, () =>
        inProcess(command),
      );
      const where = `${fault} at call ${failAt}, ${failed()}`;
      expect([where, result.err]).toEqual([where, expect.not.stringContaining("should not")]);
      expect([
        where,
        [damaged, repaired].indexOf(readFileSync("work/study.ledger", "utf8")) >= (result.code === 0 ? 1 : 0),
      ]).toEqual([where, true]);
      expect([where, readdirSync("work").filter((name) => name.endsWith(".tmp"))]).toEqual([where, []]);
      if (failed() === undefined && calls.length < failAt) break;
    }
  }
});
