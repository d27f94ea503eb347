// A search as a process that is killed at random moments and begun again, until it is done: its table is that of a
// search that nobody killed. Runs the built library.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { random, stream } from "../../src/base/index.ts";
import { readStudy } from "../../src/tuning/study/file-ledger.ts";
import { type StudyRecord, trialsOf } from "../../src/tuning/study/index.ts";

const KILLS = Number(process.env.GRUVY_KILLS ?? 20);
const dist = (name: string): string => JSON.stringify(pathToFileURL(join(process.cwd(), "dist", name)).href);

const program = `
  import { adam, dense, earlyStopping, gru, input, sequential, setThreads, sine, windows } from ${dist("index.js")};
  import { hyperband } from ${dist("tuning/index.js")};
  setThreads(1);
  const build = (hp) => {
    const units = hp.int("units", { minValue: 2, maxValue: 9 });
    const model = sequential([input({ shape: [4, 1] }), gru({ units, dropout: 0.1 }), dense({ units: 1 })]);
    model.compile({ optimizer: adam({ learningRate: hp.choice("learningRate", [0.1, 0.01]) }), loss: "meanSquaredError" });
    return model;
  };
  const options = { objective: "valLoss", maxEpochs: 9, factor: 3, directory: process.argv[2], projectName: "p" };
  const tuner = hyperband(build, options);
  const data = windows(sine().values.subarray(0, 200), { window: 4 });
  const onEvent = ({ type }) => type === "epoch" && process.stdout.write(".");
  await tuner.search(data, { validationSplit: 0.2, callbacks: [earlyStopping({ patience: 2 })], onEvent });
  process.stdout.write("done");`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs the program until it ends, or is killed after so many milliseconds of its work. */
function run(folder: string, killAfter?: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, "program.mjs"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (out === "" && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      out += text;
    });
    child.on("close", () => resolve(out));
  });
}

function make(): string {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-tune-kill-"));
  folders.push(folder);
  writeFileSync(join(folder, "program.mjs"), program);
  return folder;
}

/** What a study found, without when and by whom. */
const table = (records: readonly StudyRecord[]) =>
  trialsOf(records, "min").map(({ id, values, status, objective, bestEpoch, stopped, epochs, from, history }) => {
    return { id, values, status, objective, bestEpoch, stopped, epochs, from, history };
  });

test("a search that is killed again and again ends with the table of one that was not", {
  timeout: 180_000,
}, async () => {
  const whole = make();
  expect(await run(whole)).toMatch(/done$/);
  const expected = table(await readStudy(join(whole, "p")));
  let kills = 0;
  for (let folder = make(); kills < KILLS; folder = make()) {
    for (let acknowledged = 0; ; ) {
      const out = await run(folder, kills < KILLS ? random(1, stream.data, kills).below(0, 60) : undefined);
      const records = await readStudy(join(folder, "p"));
      const epochs = records.filter(({ type }) => type === "epoch").length;
      acknowledged += [...out].filter((one) => one === ".").length;
      expect(epochs).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = epochs;
      if (out.endsWith("done")) break;
      kills++;
    }
    expect(table(await readStudy(join(folder, "p")))).toEqual(expected);
  }
  expect(readFileSync(join(whole, "p", "study.ledger")).length).toBeGreaterThan(0);
});
