// Real processes, killed at random moments: what is then on the disk must be whole, and what was acknowledged there.

import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { random, tensor } from "../base/index.ts";
import { decodeModelFile, encodeModelFile } from "./formats/model-file.ts";
import { lockFolder } from "./lock.ts";

const KILLS = Number(process.env.GRUVY_KILLS ?? 12);

const program = `
  import { directoryStore, lockFolder, writeDurably } from "./node.mjs";
  import { readFileSync } from "node:fs";
  const [folder] = process.argv.slice(2);
  await lockFolder(folder);
  const models = ["a", "b"].map((name) => readFileSync(folder + "/../" + name));
  const store = directoryStore(folder);
  for (let i = 0; ; i++) {
    await writeDurably(folder + "/model.gruvy", models[i % 2]);
    await store.append("log", new TextEncoder().encode("line " + i + "\\n"));
    process.stdout.write(i + "\\n");
  }`;

let parent: string;
let folder: string;

beforeAll(async () => {
  parent = fs.mkdtempSync(join(tmpdir(), "gruvy-kill-"));
  folder = join(parent, "run");
  fs.mkdirSync(folder);
  // Node 20 does not read TypeScript.
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      ssr: fileURLToPath(new URL("./node.ts", import.meta.url)),
      outDir: parent,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: "node.mjs" } },
    },
  });
  fs.writeFileSync(join(parent, "program.mjs"), program);
  for (const [i, name] of ["a", "b"].entries()) {
    const tensors = new Map([["w", tensor(new Float32Array(20_000 * (i + 1)).fill(i))]]);
    fs.writeFileSync(
      join(parent, name),
      encodeModelFile({ architecture: name, preprocessing: 0, training: 0, tensors }),
    );
  }
});
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

function start(): { child: ChildProcess; output: () => string; started: Promise<void>; ended: Promise<void> } {
  const child = spawn(process.execPath, [join(parent, "program.mjs"), folder], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const started = new Promise<void>((resolve) => {
    child.stdout?.on("data", (data) => {
      output += data;
      resolve();
    });
  });
  child.stderr?.on("data", (data) => {
    output += data;
  });
  return { child, output: () => output, started: Promise.race([started, ended]), ended };
}

test(`${KILLS} kills leave a whole model and every acknowledged line`, { timeout: 600_000 }, async () => {
  const chance = random(3, 1);
  for (let kill = 0; kill < KILLS; kill++) {
    fs.rmSync(join(folder, "log"), { force: true });
    const { child, output, started, ended } = start();
    await started;
    await new Promise((resolve) => setTimeout(resolve, chance.uniform(kill) * 30));
    child.kill("SIGKILL");
    await ended;
    const acknowledged = output().trim().split("\n").map(Number);
    const model = decodeModelFile(fs.readFileSync(join(folder, "model.gruvy")));
    expect(["a", "b"]).toContain(model.architecture);
    const lines = fs.readFileSync(join(folder, "log"), "utf8").split("\n").slice(0, -1);
    expect(acknowledged.at(-1)).toBeGreaterThanOrEqual(0);
    expect(lines.length).toBeGreaterThan(acknowledged.at(-1) ?? 0);
    expect(lines).toEqual(lines.map((_, i) => `line ${i}`));
  }
});

test("a second process is refused while the first writes, and goes on once it was killed", async () => {
  const first = start();
  await first.started;
  const second = start();
  await second.ended;
  expect(second.output()).toContain(`Another run, process ${first.child.pid}, writes to`);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: "file/locked" });
  first.child.kill("SIGKILL");
  await first.ended;
  await (await lockFolder(folder)).release();
  expect(fs.readdirSync(folder).filter((name) => name.startsWith(".gruvy.lock"))).toEqual([]);
});
