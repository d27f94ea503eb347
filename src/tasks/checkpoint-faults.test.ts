import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GruvyError, Tensor } from "../base/index.ts";
import { adam, dense, gru, type History, sequential } from "../model/index.ts";
import { directoryStore } from "../storage/directory-store.ts";
import { failingFiles, faults } from "../storage/failing-files.twin.ts";
import { nodeFiles } from "../storage/file-layer.ts";
import { lockFolder } from "../storage/lock.ts";
import { checkpointTo } from "./checkpoint.ts";

const x = new Tensor(
  [12, 3, 2],
  Float32Array.from({ length: 72 }, (_, i) => Math.sin(i * i)),
);
const y = new Tensor(
  [12, 1],
  Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
);
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-faults-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

async function trained(epochs: number, files = nodeFiles) {
  const model = sequential([gru({ units: 3 }), dense({ units: 1 })]);
  model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: "meanSquaredError" });
  const warnings: string[] = [];
  const saving = checkpointTo(
    directoryStore(folder, { files }),
    { every: { batches: 2 }, warn: (text) => void warnings.push(text) },
    () => lockFolder(folder, { files }),
  );
  let history: History | undefined;
  let error: unknown;
  try {
    history = await model.fit(x, y, { epochs, batchSize: 4, callbacks: [saving], resumeFrom: saving });
  } catch (caught) {
    error = caught;
  }
  const weights = model.isBuilt ? await model.getWeights() : [];
  model.dispose();
  return { history, error, weights, warnings };
}

test("a folder admits one trainer at a time, and the next when it is done", async () => {
  const lock = await lockFolder(folder);
  const { error } = await trained(1);
  expect(error).toMatchObject({ code: "file/locked" });
  expect(fs.readdirSync(folder).filter((name) => name.endsWith(".gruvy"))).toEqual([]);
  await lock.release();
  expect((await trained(1)).error).toBeUndefined();
  expect(fs.readdirSync(folder).every((name) => name.startsWith("checkpoint-"))).toBe(true);
});

test.each(faults)("whichever call fails with %s, the training can be gone on with", async (fault) => {
  const expected = await trained(2);
  const begun = `${folder}-begun`;
  fs.rmSync(folder, { recursive: true });
  await trained(1);
  fs.renameSync(folder, begun);
  /** What is there before the fault must be there after it. */
  const goOn = (failAt: number) => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.cpSync(begun, folder, { recursive: true });
    const failing = failingFiles(failAt, fault);
    return trained(2, failing.files).then(({ error }) => ({ ...failing, error }));
  };
  const { calls, error } = await goOn(0);
  expect([error, calls.length > 30]).toEqual([undefined, true]);
  for (const [i, call] of calls.entries()) {
    if (fault === "short write" && !call.endsWith(".write")) continue;
    const { error, failed } = await goOn(i + 1);
    // Some failures harm nothing, such as of a file that cannot be cleared away.
    if (error !== undefined) expect(error).toBeInstanceOf(GruvyError);
    expect(failed()).toBeDefined();
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    // A lock that could not be let go is that of this process.
    for (const name of fs.readdirSync(folder)) if (name.startsWith(".gruvy.lock")) fs.rmSync(join(folder, name));
    const resumed = await trained(2);
    expect(resumed.error).toBeUndefined();
    expect(resumed.warnings).toEqual([]);
    expect(resumed.history).toEqual(expected.history);
    expect(resumed.weights).toEqual(expected.weights);
  }
  fs.rmSync(begun, { recursive: true });
});
