import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { customLayer, dense, input, ops, sequential } from "../../src/model/index.ts";
import { checkpoint } from "../../src/node.ts";
import { decodeModelFile } from "../../src/storage/index.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const sine = ["train", "sine", "--epochs", "60", "--units", "16", "--verbose"];
const model = (name: string) => decodeModelFile(readFileSync(place.path(name)));

test("an interrupted training goes on with --resume to the bits of a whole one", async () => {
  const whole = await inProcess([...sine, "--out", "whole.gruvy"], { cwd: place.folder });
  expect(whole.code).toBe(0);
  const kept = [...sine, "--out", "kept.gruvy", "--checkpoint", "run"];
  const first = await gruvy(kept, { cwd: place.folder, interruptAt: /epoch 2 of/ });
  expect(first.code).toBe(130);
  expect(first.err).toMatch(/The same command with --resume goes on with the training\.\n$/);
  expect(readdirSync(place.path("run"))).toEqual(["checkpoint-000001.gruvy"]);

  const refused = await inProcess(kept, { cwd: place.folder });
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toMatch(/Expected no checkpoints .* found 1\. Add --resume/);
  const other = await inProcess([...kept, "--resume", "--batch-size", "8"], { cwd: place.folder });
  expect([other.code, other.out]).toEqual([2, ""]);
  expect(other.err).toMatch(/batchSize was 16 and is 8.* Give the data and options it was begun with/);

  const resumed = await inProcess([...kept, "--resume"], { cwd: place.folder });
  expect([resumed.code, resumed.err.includes("epoch 1 of")]).toEqual([0, false]);
  const whence =
    /^The training goes on from run.checkpoint-000001\.gruvy, after (\d+) whole epochs? \((\d+) steps\)\.$/m;
  const [, epochs, steps] = (whence.exec(resumed.err) ?? []).map(Number);
  expect([epochs >= 1, steps > epochs]).toEqual([true, true]);
  const [a, b] = [model("whole.gruvy"), model("kept.gruvy")];
  expect(b.tensors).toEqual(a.tensors);
  expect(b.optimizer).toEqual(a.optimizer);
  expect((b.training as { history: object }).history).toEqual((a.training as { history: object }).history);
  expect(readdirSync(place.path("run")).every((name) => name.startsWith("checkpoint-"))).toBe(true);
});

test("verify kills a short training, and finds the same bits; the folder stays as it was", async () => {
  const before = readdirSync(place.path("run")).map((name) => [name, readFileSync(place.path(`run/${name}`))]);
  const found = await gruvy(["verify", "run", "--kills", "1"], { cwd: place.folder });
  expect([found.code, found.err]).toEqual([
    0,
    expect.stringMatching(/^A short training, as it is\.\nKilled after [1-9]\d*(?: ms|\.\d s) \(1 of 1\)\.\n$/),
  ]);
  expect(found.out).toMatch(
    /^Verified: .* checkpoint of run, killed 1 time with SIGKILL .*\nWeights, .*: [0-9a-f]{16}\n$/,
  );
  expect(readdirSync(place.path("run")).map((name) => [name, readFileSync(place.path(`run/${name}`))])).toEqual(before);
  mkdirSync(place.path("nothing"), { recursive: true });
  for (const [folder, said] of [
    ["nothing", 'found none in "nothing". Give the folder that gruvy train --checkpoint'],
    ["missing", 'found nothing at "missing". Give the folder'],
    ["whole.gruvy", 'found the file "whole.gruvy". Give the folder'],
  ]) {
    const none = await inProcess(["verify", folder], { cwd: place.folder });
    expect([none.code, none.out]).toEqual([2, ""]);
    expect(none.err).toContain(said);
  }
});

test("verify says that a command has no code of the user's", async () => {
  const own = customLayer("ownOfVerify", () => ({ weights: () => ({}), call: (x) => ops.relu(x) }));
  const model = sequential([input({ shape: [1] }), own(), dense({ units: 1 })]);
  model.compile({ loss: "meanSquaredError" });
  await model.fit([[1], [2]], [[1], [2]], { callbacks: [checkpoint({ directory: place.path("own") })] });
  // This process knows the layer.
  const { code, err } = await gruvy(["verify", "own"], { cwd: place.folder });
  expect([code, err]).toEqual([
    2,
    'The model of own cannot be made again by a command: Unknown layer "ownOfVerify". Checkpoints hold no code, so ' +
      "runs with cells, layers, losses or metrics of your own cannot be verified.\n",
  ]);
});

test("--resume where there is no checkpoint says that the training begins anew", async () => {
  mkdirSync(place.path("bare"), { recursive: true });
  for (const folder of ["nothere", "bare"]) {
    const args = ["train", "sine", "--epochs", "1", "--units", "2", "--out", "anew.gruvy", "--checkpoint", folder];
    const { code, err } = await inProcess([...args, "--resume"], { cwd: place.folder });
    const said = `There is no checkpoint in ${folder} to go on from: the training begins anew.\n`;
    expect([code, err]).toEqual([0, expect.stringContaining(said)]);
    expect(err).not.toMatch(/goes on from/);
  }
});

test("--resume without a folder, or with a file for one, is refused", async () => {
  const without = await inProcess(["train", "sine", "--resume"], { cwd: place.folder });
  expect([without.code, without.err]).toEqual([2, expect.stringContaining("--checkpoint <folder>")]);
  mkdirSync(place.path("empty"), { recursive: true });
  const file = await inProcess(["train", "sine", "--epochs", "1", "--checkpoint", "whole.gruvy", "--out", "x.gruvy"], {
    cwd: place.folder,
  });
  expect(file.code).toBe(2);
  expect(existsSync(place.path("x.gruvy"))).toBe(false);
});
