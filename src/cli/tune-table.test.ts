import { expect, test } from "vitest";
import type { StudyEvent, StudyRecord } from "../tuning/index.ts";
import { trialsOf } from "../tuning/index.ts";
import { tuneTable } from "./tune-table.ts";

function screen(isTTY: boolean, columns = 100) {
  let text = "";
  let time = 0;
  return {
    stream: { isTTY, columns, write: (part: string) => (text += part) },
    line: (part: string) => (text += `${part}\n`),
    now: () => time,
    wait: (ms: number) => (time += ms),
    text: () => text,
  };
}

/** What a terminal shows in the end: going up and clearing below, as the table does. */
function shown(text: string): string[] {
  const start = "\u001b";
  const lines = [""];
  for (const part of text.split(new RegExp(`(${start}\\[\\d+A\r${start}\\[J|\n)`))) {
    const up = part.endsWith(`A\r${start}[J`) ? Number(part.slice(2, part.indexOf("A"))) : 0;
    if (up > 0) lines.splice(lines.length - 1 - up, up + 1, "");
    else if (part === "\n") lines.push("");
    else lines[lines.length - 1] += part;
  }
  return lines.slice(0, -1);
}

const records: StudyRecord[] = [];
const add = (record: StudyRecord) => void records.push(record);
const trial = (id: number) => trialsOf(records, "max").find((one) => one.id === id) as never;
const event = (type: StudyEvent["type"], id: number, more: object = {}): StudyEvent =>
  ({ type, trial: trial(id), worker: 0, ...more }) as StudyEvent;

/** Two trials at once: one is done, one fails, a third is under way. */
function* search(): Generator<StudyEvent> {
  records.length = 0;
  const objective = { name: "valAccuracy", direction: "max" } as const;
  const head = { type: "study", format: 1, space: [], objective, searcher: { name: "random" } } as const;
  add({ ...head, seed: 0, epochs: 4, about: {}, date: "" });
  for (const id of [0, 1]) {
    add({ type: "trial", id, values: { units: 8 + id, cell: "gru\u001b[31m" }, initialEpoch: 0, epochs: 4 });
    yield event("trialBegin", id);
  }
  for (const epoch of [0, 1]) {
    add({ type: "epoch", id: 0, epoch, logs: { valAccuracy: 0.5 + epoch / 8 }, seconds: 1 });
    yield event("epoch", 0, { epoch, logs: { loss: 1, valAccuracy: 0.5 + epoch / 8 } });
  }
  add({ type: "failed", id: 1, code: "error", reason: "no room", again: false });
  yield event("trialEnd", 1);
  add({ type: "completed", id: 0, score: 0.625, bestEpoch: 1, stopped: "no improvement" });
  yield event("trialEnd", 0, { best: trial(0) });
  add({ type: "trial", id: 2, values: { units: 99 }, initialEpoch: 2, epochs: 4, from: 0 });
  yield event("trialBegin", 2);
}

test("a pipe gets plain lines", () => {
  const { stream, line, text } = screen(false);
  const table = tuneTable({ line, stream });
  table.begin(() => records, { epochs: 8 });
  for (const one of search()) table.observe(one);
  table.end();
  expect(text().split("\n")).toEqual([
    "trial 0, to epoch 4: units 8, cell gru\\u001b[31m",
    "trial 1, to epoch 4: units 9, cell gru\\u001b[31m",
    "  trial 0, epoch 1: valAccuracy 0.5",
    "  trial 0, epoch 2: valAccuracy 0.625",
    "  trial 1 failed: no room",
    "  trial 0: 0.625; best so far 0.625 (trial 0)",
    "trial 2, to epoch 4, goes on from trial 0: units 99",
    "",
  ]);
});

test("a terminal gets a table that is drawn over, with failures above it and what follows below", () => {
  const { stream, line, now, wait, text } = screen(true);
  const table = tuneTable({ line, stream, now });
  table.line("The plan.");
  records.length = 0;
  table.begin(() => records, { epochs: 8 });
  for (const one of search()) {
    wait(500);
    table.observe(one);
  }
  table.end();
  table.line("Finals.");
  expect(shown(text())).toEqual([
    "The plan.",
    "  trial 1 failed: no room",
    "  random: 1 trial done, 1 stopped early, 1 failed, 2 of 8 epochs, at most 11 s left",
    "  trial  valAccuracy  epochs    configuration",
    "*     0  0.625        4         units 8, cell gru\\u001b[31m",
    ">     2               2 of 4    units 99",
    "Finals.",
  ]);
});

test("a narrow terminal gets no line that would wrap", () => {
  const { stream, line, now, wait, text } = screen(true, 30);
  const table = tuneTable({ line, stream, now });
  table.begin(() => records, { seconds: 60 });
  for (const one of search()) {
    wait(500);
    table.observe(one);
  }
  for (const one of shown(text())) expect(one.length).toBeLessThan(30);
  table.end();
});

test("the time that earlier runs of a study took is not left", () => {
  const { stream, line, now, wait, text } = screen(true);
  const table = tuneTable({ line, stream, now });
  const events = search();
  while (records.length < 4) events.next();
  add({ type: "epoch", id: 0, at: 40, epoch: 0, logs: { valAccuracy: 0.5 }, seconds: 40 });
  table.begin(() => records, { seconds: 60 });
  wait(5000);
  table.observe(event("epoch", 0, { epoch: 0, logs: {} }));
  table.end();
  expect(text()).toContain("at most 15 s left");
});
