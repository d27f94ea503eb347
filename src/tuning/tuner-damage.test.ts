import { expect, it } from "vitest";
import type { HyperParameters, Trial } from "./index.ts";
import { hyperband, memoryLedger, randomSearch, trialsOf } from "./index.ts";
import { ranked } from "./study/index.ts";
import { build, data, fit, table } from "./tuner.twin.ts";

type Files = ReturnType<typeof memoryLedger>["files"];
const truncate = async (files: Files, name: string): Promise<void> => {
  const bytes = await files.read(name);
  await files.write(name, bytes!.slice(0, 92));
};
const ends = (trials: readonly Trial[]): string[] => trials.map(({ status }) => status);

/** A search of two trials that was ended after the first epoch of the second. */
async function halted() {
  const ledger = memoryLedger();
  const make = () => randomSearch((hp: HyperParameters) => build(hp), { objective: "valLoss", maxTrials: 2, ledger });
  expect(await make().search(data, { ...fit, epochs: 3, budget: { epochs: 4 } })).toBe("epochs");
  expect(ends(await make().trials())).toEqual(["completed", "running"]);
  const file = (await ledger.files.list()).find((name) => /^trials\/1-.*epoch-1\.gruvy$/.test(name));
  return { ledger, make, file: file! };
}

it("a trial whose state is truncated or missing begins anew, and the ledger names the file", async () => {
  const whole = await halted();
  expect(await whole.make().search(data, { ...fit, epochs: 3 })).toBe("done");
  for (const damage of ["truncate", "remove"] as const) {
    const { ledger, make, file } = await halted();
    if (damage === "truncate") await truncate(ledger.files, file);
    else await ledger.files.remove(file);
    expect(await make().search(data, { ...fit, epochs: 3 })).toBe("done");
    const trials = await make().trials();
    expect(table(trials)).toEqual(table(await whole.make().trials()));
    const failed = ledger.records().filter((one) => one.type === "failed");
    expect(failed).toMatchObject([{ id: 1, code: "training/state", again: true }]);
    expect(failed[0].reason).toContain(file);
    expect(failed[0].reason).toContain(damage === "truncate" ? "are damaged" : "are missing");
    expect(failed[0].reason).not.toContain("Get the file again");
  }
});

it("a trial that would go on from another's truncated state fails alone", async () => {
  const ledger = memoryLedger();
  const make = () => hyperband(build, { objective: "valLoss", maxEpochs: 3, ledger });
  expect(await make().search(data, { ...fit, budget: { trials: 3 } })).toBe("trials");
  for (const name of await ledger.files.list()) await truncate(ledger.files, name);
  expect(await make().search(data, fit)).toBe("done");
  const failed = (await make().trials()).filter(({ status }) => status === "failed");
  expect(failed.map(({ from, code }) => [from !== undefined, code])).toEqual([[true, "training/state"]]);
  expect(failed[0].reason).toMatch(/trials\/\d.*are damaged/);
});

it("a completed trial keeps its score where the records of its epochs were lost", () => {
  const trial = (id: number) => ({ type: "trial", id, values: { id }, initialEpoch: 0, epochs: 1 }) as const;
  const completed = (id: number, lease: number, score: number) =>
    ({ type: "completed", id, lease, score, bestEpoch: 0 }) as const;
  const lease = (id: number) => ({ type: "lease", id, worker: "0" }) as const;
  const epoch = { type: "epoch", id: 1, lease: 6, epoch: 0, logs: { valLoss: 2 }, seconds: 1 } as const;
  const [lost, whole] = [
    [trial(0), lease(0), { type: "missing" } as const, completed(0, 2, 1)],
    [trial(1), lease(1), epoch, completed(1, 6, 2)],
  ];
  const objective = { name: "valLoss", direction: "min" } as const;
  const best = ranked(trialsOf([...lost, ...whole], "min"), objective);
  expect(best.map(({ id, objective: score }) => [id, score])).toEqual([
    [0, 1],
    [1, 2],
  ]);
});
