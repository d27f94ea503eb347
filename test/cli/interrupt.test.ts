import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeModelFile } from "../../src/storage/index.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const long = ["--epochs", "100000", "--units", "16"];

test("the first interrupt of a training ends it after its step and saves the best weights", async () => {
  const { code, out, err } = await gruvy(["train", "sine", "--out", "sine.gruvy", "--verbose", ...long], {
    cwd: place.folder,
    interruptAt: /epoch 2 of/,
  });
  expect(err).toMatch(/Interrupted: finishing this step and saving/);
  expect(code).toBe(130);
  expect(err).toMatch(/sine\.gruvy holds the best weights so far\.\n$/);
  expect(out).toMatch(/Model: sine\.gruvy/);
  expect(readdirSync(place.folder)).toEqual(["sine.gruvy"]);
  const evaluated = await inProcess(["evaluate", "sine.gruvy", "sine", "--json"], { cwd: place.folder });
  expect(evaluated.code).toBe(0);
  expect(JSON.parse(evaluated.out).models[0].scores.rmse).toBeLessThan(1);
});

test("an interrupted comparison keeps the cells that were finished", async () => {
  const args = [
    "compare",
    "airline-passengers",
    "--cell",
    "rnn,gru",
    "--units",
    "16",
    "--epochs",
    "40",
    "--verbose",
    "--out",
    "kept",
  ];
  const { code, err } = await gruvy(args, { cwd: place.folder, interruptAt: /GRU: epoch 2 of/ });
  expect(code).toBe(130);
  expect(err).toMatch(/What was finished is in kept\/report\.html\.\n$/);
  const result = JSON.parse(readFileSync(place.path("kept/result.json"), "utf8"));
  expect(result.models.at(-1).name).toBe("rnn");
  expect(result.verdict).toMatch(/^No verdict: the comparison was interrupted/);
  expect(result.findings.some(({ what }: { what: string }) => /^Interrupted: GRU was not trained/.test(what))).toBe(
    true,
  );
});

test("interrupted in the first cell, a comparison reports the baselines and what that cell has learnt", async () => {
  const args = ["compare", "airline-passengers", "--cell", "lstm,gru", "--verbose", "--out", "first", ...long];
  const { code, out, err } = await gruvy(args, { cwd: place.folder, interruptAt: /LSTM: epoch 3 of/ });
  expect(code).toBe(130);
  expect(err).toMatch(/What was finished is in first\/report\.html\.\n$/);
  expect(out).toMatch(
    /Interrupted: LSTM was stopped after \d+ of 100000 epochs; its scores are those of its best epoch/,
  );
  expect(out).toMatch(/Interrupted: GRU was not trained\./);
  expect(out).toMatch(/No verdict: .* interrupted/);
  expect(out).not.toContain("claimed");
  const { models } = JSON.parse(readFileSync(place.path("first/result.json"), "utf8"));
  expect(models.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(["lastValue", "ets", "lstm"]),
  );
});

test("a slow baseline hears an interrupt too", async () => {
  const words = Array.from({ length: 3000 }, (_, i) => `w${i}`);
  const text = (row: number) => Array.from({ length: 60 }, (_, i) => words[(row * 131 + i * i * 17) % 3000]).join(" ");
  const rows = Array.from({ length: 4000 }, (_, row) => `${text(row)},${row % 2 === 0 ? "yes" : "no"}`);
  writeFileSync(place.path("texts.csv"), `text,label\n${rows.join("\n")}\n`);
  const { code, err } = await gruvy(["compare", "texts.csv", "--text", "text", "--label", "label", "--out", "none"], {
    cwd: place.folder,
    interruptAt: /majority class/,
  });
  expect(code).toBe(130);
  expect(err).toMatch(/Interrupted; nothing was written\.\n$/);
  expect(existsSync(place.path("none"))).toBe(false);
});

test("interrupted before anything was trained, nothing is written", async () => {
  const { code, err } = await gruvy(["compare", "reber", "--out", "nothing"], {
    cwd: place.folder,
    interruptAt: /^Read reber/,
  });
  expect(code).toBe(130);
  // The others where a busy machine delivers the signal late, in the first epoch.
  expect(err).toMatch(/nothing was written|interrupted before a (model was trained|cell had finished an epoch)/);
  expect(existsSync(place.path("nothing"))).toBe(false);
});

test("an interrupt is heard that comes while a baseline computes", async () => {
  // The line of drift comes just before ETS, which computes in one go.
  const { code, err } = await gruvy(["compare", "airline-passengers", "--out", "nothing"], {
    cwd: place.folder,
    interruptAt: /drift: /,
  });
  expect(code).toBe(130);
  expect(err).toMatch(/interrupt/i);
  expect(existsSync(place.path("nothing"))).toBe(false);
});

test("the second interrupt ends the process at once", async () => {
  const { code } = await gruvy(["train", "sine", "--out", "twice.gruvy", "--verbose", ...long], {
    cwd: place.folder,
    interruptAt: /epoch 2 of/,
    interrupts: 2,
  });
  expect(code).toBe(130);
});

test("a reader that goes away is no failure", async () => {
  const { code, err } = await gruvy(["data"], { closeOutput: true });
  expect([code, err]).toEqual([0, ""]);
});

/** A program of a user's own that trains for long on several threads; `more` before it awaits that. */
const ownProgram = (more: string) => `
    const library = await import(${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)});
    const { closeThreads, dense, gru, input, sequential, setThreads, tensor } = library;
    setThreads(3);
    const model = sequential([input({ shape: [20, 4] }), gru({ units: 64 }), dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const x = tensor(new Float32Array(640 * 80), [640, 20, 4]);
    const y = tensor(new Float32Array(640), [640, 1]);
    ${more}
    await model.fit(x, y, { epochs: 1e6, batchSize: 64, callbacks: [{ onEpochEnd }] });`;

const runOwn = (program: string, stdio: "inherit" | "pipe" = "inherit") =>
  spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", stdio] });

test("a program of one's own that trains on several threads ends at once when interrupted or terminated", async () => {
  const program = ownProgram(`const onEpochEnd = (epoch) => epoch === 0 && console.log("training");`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = runOwn(program);
    await once(child.stdout!, "data");
    child.kill(signal);
    const [, by] = await once(child, "exit"); // long before a million epochs are over
    expect(by).toBe(signal);
  }
});

// With nothing else to wait for, Node would end such a program before it has heard of the failure.
test("a program of one's own hears that its threads are gone, though nothing else keeps it running", async () => {
  const child = runOwn(
    ownProgram("const onEpochEnd = (epoch) => epoch === 0 && setTimeout(closeThreads, 20);"),
    "pipe",
  );
  let said = "";
  child.stderr!.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  expect([code, said]).toEqual([1, expect.stringContaining("engine/closed")]);
});

/** Interrupts when the n-th of these calls is made, below the folder the command runs in. */
const interruptingAt = (call: "write" | "sync" | "rename", times: number): string => `
  import fs from "node:fs/promises";
  import { syncBuiltinESMExports } from "node:module";
  import { isMainThread } from "node:worker_threads";
  const { open, rename } = fs;
  let left = isMainThread ? ${times} : 0;
  // A signal is heard once the call is under way; a second one at its end.
  const stop = async () => {
    for (; left > 0; left--) {
      process.kill(process.pid, "SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  fs.open = async (path, flags, ...more) => {
    const handle = await open(path, flags, ...more);
    if (!/m\\.gruvy|\\.gruvy-/.test(String(path)) || flags !== "wx") return handle;
    for (const name of ["write", "sync"]) {
      const member = handle[name];
      handle[name] = async (...args) => {
        if (name === ${JSON.stringify(call)}) await stop();
        return member.apply(handle, args);
      };
    }
    return handle;
  };
  fs.rename = async (...args) => {
    if (${JSON.stringify(call)} === "rename") await stop();
    return rename(...args);
  };
  syncBuiltinESMExports();
`;

test.each(["write", "sync", "rename"] as const)("interrupted while saving, at a %s", async (call) => {
  const cwd = place.path(`saving-${call}`);
  mkdirSync(cwd);
  const args = ["train", "airline-passengers", "--epochs", "1", "--units", "2", "--out", "m.gruvy"];
  expect((await inProcess(args, { cwd })).code).toBe(0);
  const old = readFileSync(join(cwd, "m.gruvy"));
  // Twice: it ends at once, and the old model stays. Once: the new one is whole.
  const twice = await gruvy([...args, "--seed", "5"], { cwd, preload: interruptingAt(call, 2) });
  expect([twice.code, readdirSync(cwd)]).toEqual([130, ["m.gruvy"]]);
  expect(readFileSync(join(cwd, "m.gruvy"))).toEqual(old);
  const once = await gruvy([...args, "--seed", "5"], { cwd, preload: interruptingAt(call, 1) });
  expect([once.code, readdirSync(cwd)]).toEqual([130, ["m.gruvy"]]);
  const kept = readFileSync(join(cwd, "m.gruvy"));
  expect(kept.equals(old)).toBe(false);
  expect(decodeModelFile(kept).tensors.size).toBe(decodeModelFile(old).tensors.size);
});
