import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GruvyError } from "../../base/index.ts";
import { failingFiles, faults } from "../../storage/failing-files.twin.ts";
import { openRecords } from "../../storage/node.ts";
import { hyperbandSearcher } from "../searchers/index.ts";
import { fileLedger, readStudy, repairStudy } from "./file-ledger.ts";
import { runStudy, type StudyEvent, type StudyOptions, type TrainTrial, trialsOf } from "./index.ts";
import { reached } from "./records.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-ledger-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const study: StudyOptions = {
  space: [{ kind: "float", name: "x", minValue: 0, maxValue: 1, default: 0, conditions: [] } as never],
  searcher: {
    name: "counting",
    config: {},
    next: (_, trials) => (trials.length >= 1 ? "done" : { values: { x: trials.length / 10 } }),
    plan: () => undefined,
  },
  objective: { name: "loss", direction: "min" },
  seed: 0,
  epochs: 2,
};

/** The loss of an epoch follows from the state it began with, so that a state that was lost would be seen. */
const train: TrainTrial = async ({ trial, start = new Uint8Array(1), state = start, report }) => {
  let [value] = state;
  for (let epoch = reached(trial); epoch < trial.epochs; epoch++) {
    value += 1 + trial.id;
    const kept = Uint8Array.of(value);
    await report(epoch, { loss: value }, async () => () => kept);
  }
  return {};
};

/** One run of the study: what it told, and how it ended. */
async function run(files?: Parameters<typeof fileLedger>[1], options: StudyOptions = study) {
  const told: string[] = [];
  const onEvent = (event: StudyEvent) => {
    if (event.type === "epoch") told.push(`${event.trial.id} ${event.epoch} ${event.logs.loss}`);
  };
  let ending: unknown;
  try {
    const ledger = await fileLedger(folder, files);
    try {
      ending = await runStudy(ledger, [train], { ...options, onEvent });
    } finally {
      await ledger.close();
    }
  } catch (error) {
    ending = error;
  }
  return { told, ending };
}

const found = async () =>
  trialsOf(await readStudy(folder), "min").flatMap(({ id, history }) =>
    history.map(({ epoch, logs }) => `${id} ${epoch} ${logs.loss}`),
  );

// Every third is of every type, and takes a third of the time.
test("whichever record is damaged, the repaired study loses that one alone, and goes on", async () => {
  const halving = { ...study, searcher: hyperbandSearcher({ maxEpochs: 4, factor: 2 }) };
  expect((await run({}, halving)).ending).toBe("done");
  const path = join(folder, "study.ledger");
  const whole = fs.readFileSync(path, "utf8");
  const lines = whole.split("\n");
  const expected = await found();
  const scores = async () =>
    trialsOf(await readStudy(folder), "min").map(({ values, objective }) => [values, objective]);
  const table = await scores();
  const files = join(folder, "trials");
  fs.cpSync(files, `${files}-before`, { recursive: true });
  for (let lost = 0; lost < lines.length - 2; lost += 3) {
    fs.rmSync(files, { recursive: true });
    fs.cpSync(`${files}-before`, files, { recursive: true });
    fs.writeFileSync(path, lines.with(lost, lines[lost].replace(/.$/, "!")).join("\n"));
    expect(await repairStudy(folder)).toMatchObject({ kept: lines.length - 2, dropped: 1 });
    const { type, earlier = [] } = JSON.parse(lines[lost].split(" ").slice(2).join(" "));
    const left = await found();
    // Of a trial that nothing says was begun, nothing can be told.
    if (type !== "trial")
      expect(left.length, lines[lost]).toBe(expected.length - (type === "epoch" ? 1 + earlier.length : 0));
    const { ending, told } = await run({}, halving);
    expect(ending, lines[lost]).toBe("done");
    if (type === "trial") continue;
    expect(told, lines[lost]).toEqual([]);
    if (type !== "epoch") expect(await scores(), lines[lost]).toEqual(table);
  }
});

// All four faults at each call would take four times as long, and find what these find.
test("whichever call fails, with a full disk or otherwise: a clear error, nothing lost, and the study goes on", async () => {
  expect((await run()).ending).toBe("done");
  const expected = await found();
  expect(expected).toEqual(["0 0 1", "0 1 2"]);
  let broken = 0;
  for (let failAt = 1; ; failAt++) {
    for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name), { recursive: true });
    const { files, calls, failed } = failingFiles(failAt, faults[failAt % faults.length]);
    const { told, ending } = await run({ files });
    if (calls.length < failAt) break;
    if (ending !== "done") {
      broken++;
      expect(ending, failed()).toBeInstanceOf(GruvyError);
      expect((ending as GruvyError).kind, failed()).toBe("file");
    }
    // A lock that could not be let go is that of this process.
    for (const name of fs.readdirSync(folder)) if (name.startsWith(".gruvy.lock")) fs.rmSync(join(folder, name));
    const again = await run();
    expect(again.ending, failed()).toBe("done");
    const there = await found();
    expect(there, failed()).toEqual(expected);
    expect(there, failed()).toEqual(expect.arrayContaining(told));
    const half = fs.readdirSync(folder, { recursive: true }).filter((name) => String(name).includes(".gruvy-"));
    expect(half, failed()).toEqual([]);
  }
  expect(broken).toBeGreaterThan(40);
});

test.each<[string, (bytes: Buffer, lines: number[]) => Buffer]>([
  ["a torn last line", (bytes) => bytes.subarray(0, bytes.length - 3)],
  ["a damaged line", (bytes, [, second]) => Buffer.from(bytes.map((byte, i) => (i === second + 30 ? byte ^ 1 : byte)))],
])("a ledger of a later version with %s is refused, and nothing of it is touched", async (_, harm) => {
  await run();
  const path = join(folder, "study.ledger");
  const file = await openRecords(path, "");
  await file.append({ type: "anew", what: "of a later version" });
  await file.append({ type: "ended", reason: "done" });
  await file.close();
  const bytes = fs.readFileSync(path);
  const lines = [...bytes].flatMap((byte, i) => (byte === 10 ? [i + 1] : []));
  fs.writeFileSync(path, harm(bytes, [0, ...lines]));
  const before = () => fs.readdirSync(folder).map((name) => [name, fs.statSync(join(folder, name)).size]);
  const [files, content] = [before(), fs.readFileSync(path)];
  const refusals = [
    await run().then(({ ending }) => ending),
    await repairStudy(folder).catch((error: unknown) => error),
  ];
  expect(refusals[1]).toMatchObject({
    code: "file/format",
    message: expect.stringMatching(/Record \d+ .*later version/),
  });
  expect((refusals[0] as GruvyError).code).toMatch(/^file\/(?:format|damaged)$/);
  expect([before(), fs.readFileSync(path).equals(content)]).toEqual([files, true]);
});
