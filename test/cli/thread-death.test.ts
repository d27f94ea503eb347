import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { decodeModelFile } from "../../src/storage/index.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const sine = ["train", "sine", "--epochs", "60", "--units", "16", "--verbose"];
const model = (name: string) => decodeModelFile(readFileSync(place.path(name)));

/** Has one of the engine's threads end, as if the system had killed it, when that text is shown. */
function killAt(text: string): Record<string, string> {
  const preload = place.path("kill.mjs");
  writeFileSync(
    preload,
    `import threads from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    const workers = [];
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        workers.push(this);
      }
    };
    syncBuiltinESMExports();
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (said, ...rest) => {
      if (String(said).includes(${JSON.stringify(text)})) setTimeout(() => workers[0]?.terminate(), 1);
      return write(said, ...rest);
    };`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
}

test("a training whose thread dies writes its best weights, ends with 1, and goes on to the bits of a whole one", async () => {
  const whole = await inProcess([...sine, "--out", "whole.gruvy"], { cwd: place.folder });
  expect(whole.code).toBe(0);
  const kept = [...sine, "--out", "kept.gruvy", "--checkpoint", "run"];
  const first = await gruvy(kept, { cwd: place.folder, env: killAt("epoch 5 of") });
  expect(first.code).toBe(1);
  expect(first.err).toMatch(
    /A thread of the engine failed: thread 0 stopped: .* kept\.gruvy holds the best weights so far\. The same command with --resume begins it again\.\n$/,
  );
  expect(first.out).toMatch(/Model: kept\.gruvy/);
  const { history, bestEpoch } = model("kept.gruvy").training as { history: { loss: number[] }; bestEpoch: number };
  expect(history.loss.length).toBeGreaterThan(3);
  expect(history.loss.length).toBeLessThan(60);
  expect(bestEpoch).toBeGreaterThan(0);
  const evaluated = await inProcess(["evaluate", "kept.gruvy", "sine", "--json"], { cwd: place.folder });
  expect(evaluated.code).toBe(0);
  const resumed = await inProcess([...kept, "--resume"], { cwd: place.folder });
  expect(resumed.code).toBe(0);
  expect(model("kept.gruvy").tensors).toEqual(model("whole.gruvy").tensors);
  expect(readdirSync(place.path("run")).every((name) => name.startsWith("checkpoint-"))).toBe(true);
});

test("without a folder for its state, such a training says with what it could be gone on with", async () => {
  // As to a person, since with --json a pipe gets no progress.
  const { NODE_OPTIONS } = killAt("epoch 5 of");
  const person = `${NODE_OPTIONS} --import=data:text/javascript,process.stderr.isTTY=true`;
  const { code, out, err } = await gruvy([...sine, "--out", "alone.gruvy", "--json"], {
    cwd: place.folder,
    env: { NODE_OPTIONS: person, TERM: "xterm" },
  });
  expect(code).toBe(1);
  expect(err).toMatch(/alone\.gruvy holds the best weights so far\. Start again; with --checkpoint <folder> .*\n$/);
  expect(JSON.parse(out)).toMatchObject({ model: "alone.gruvy", error: { code: "engine/thread" } });
  expect(model("alone.gruvy").tensors.size).toBeGreaterThan(0);
});
