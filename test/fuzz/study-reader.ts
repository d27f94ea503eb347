// The reader of the ledger of a study.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32Text } from "../../src/storage/crc32.ts";
import { studyResult, studyText } from "../../src/tuning/index.ts";
import { readStudy } from "../../src/tuning/node.ts";
import { changedJson } from "./mutate.ts";

import { type Reader, utf8 } from "./reader.ts";

export function ledgers(): Reader {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-fuzz-"));
  const path = join(folder, "study.ledger");
  const trial = (id: number) => ({
    type: "trial",
    id,
    values: { units: 8 + id, cell: "gru" },
    initialEpoch: 0,
    epochs: 2,
    rung: { bracket: 0, round: 0 },
  });
  const epoch = (id: number, lease: number, number: number, more: object = {}) => ({
    type: "epoch",
    id,
    lease,
    at: 2 * number,
    epoch: number,
    logs: { loss: 0.5, valLoss: 0.6 / (id + number + 1) },
    seconds: 1.5,
    ...more,
  });
  const records: unknown[] = [
    {
      type: "study",
      format: 1,
      space: [
        { name: "units", kind: "int", default: 8, minValue: 2, maxValue: 64, sampling: "linear", conditions: [] },
        { name: "cell", kind: "choice", default: "gru", values: ["gru", "lstm"], conditions: [] },
      ],
      objective: { name: "valLoss", direction: "min" },
      searcher: { name: "random", trials: 3 },
      seed: 1,
      epochs: 2,
      about: { data: "sine" },
      date: "2026-01-01T00:00:00.000Z",
    },
    trial(0),
    { type: "lease", id: 0, worker: "w" },
    epoch(0, 2, 0),
    epoch(0, 2, 1),
    { type: "completed", id: 0, lease: 2, at: 5, score: 0.3, bestEpoch: 1 },
    trial(1),
    { type: "lease", id: 1, worker: "w" },
    { type: "lost", id: 1, lease: 7, at: 6, reason: "gone" },
    { type: "lease", id: 1, worker: "v" },
    epoch(1, 9, 1, { earlier: [{ epoch: 0, logs: { loss: 1, valLoss: 1 }, seconds: 1 }] }),
    { type: "failed", id: 1, lease: 9, at: 9, code: "training/not-finite", reason: "NaN", again: false },
    { type: "ended", reason: "done" },
    {
      type: "final",
      name: "trial 0",
      values: { units: 8, cell: "gru" },
      seed: 5,
      score: 0.31,
      seconds: 3,
      bestEpoch: 2,
      epochs: 2,
    },
    {
      type: "final",
      name: "default",
      values: { units: 32, cell: "gru" },
      seed: 5,
      score: 0.4,
      seconds: 3,
      bestEpoch: 1,
      epochs: 2,
    },
    { type: "test", name: "trial 0", seed: 5 },
    {
      type: "test",
      name: "trial 0",
      seed: 5,
      scores: { rmse: 1 },
      beside: { baseline: "Linear", scores: { rmse: 2 }, verdict: "better" },
    },
  ];
  const written = (all: readonly unknown[]) =>
    utf8(
      all
        .map((record, i) => `${i} ${JSON.stringify(record)}`)
        .map((text) => `${crc32Text(utf8(text))} ${text}\n`)
        .join(""),
    );
  const read = async (file: Uint8Array) => {
    writeFileSync(path, file);
    const found = await readStudy(folder);
    return [found, studyText(found), found.length > 0 && studyResult(found)];
  };
  return {
    name: "study.ledger",
    share: 12_000,
    files: [written(records)],
    within: (draw) => written([changedJson(draw, records)].flat()),
    read,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
