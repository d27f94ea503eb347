import { expect, it } from "vitest";
import type { HyperParameters, Trial } from "./index.ts";
import { hyperband, memoryLedger, randomSearch } from "./index.ts";
import { build, data, fit } from "./tuner.twin.ts";

type Files = ReturnType<typeof memoryLedger>["files"];
const truncate = async (files: Files, name: string): Promise<void> => {
  const bytes = await files.read(name);
  await files.write(name, bytes!.slice(0, 92));
};
const ends = (trials: readonly Trial[]): string[] => trials.map(({ status }) => status);

/** A search of two trials that was ended after the first epoch of the second. */
async function halted(retries = 0) {
  const ledger = memoryLedger();
  const make = () =>
    randomSearch((hp: HyperParameters) => build(hp), {
      ...{ objective: "valLoss", maxTrials: 2, ledger, maxRetriesPerTrial: retries },
    });
  expect(await make().search(data, { ...fit, epochs: 3, budget: { epochs: 4 } })).toBe("epochs");
  expect(ends(await make().trials())).toEqual(["completed", "running"]);
  const file = (await ledger.files.list()).find((name) => /^trials\/1-.*epoch-1\.gruvy$/.test(name));
  return { ledger, make, file: file! };
}

it("a truncated state fails its trial as a missing one does, and names the file", async () => {
  for (const damage of ["truncate", "remove"] as const) {
    const { ledger, make, file } = await halted();
    if (damage === "truncate") await truncate(ledger.files, file);
    else await ledger.files.remove(file);
    const failures: string[] = [];
    const ending = await make().search(data, {
      ...{ ...fit, epochs: 3 },
      onEvent: (event) => {
        if (event.type === "trialEnd" && event.trial.reason !== undefined) failures.push(event.trial.reason);
      },
    });
    expect(ending).toBe("done");
    const trials = await make().trials();
    expect(ends(trials)).toEqual(["completed", "failed"]);
    expect(failures).toEqual([trials[1].reason]);
    expect(trials[1].code).toBe("training/state");
    expect(trials[1].reason).toContain(file);
    expect(trials[1].reason).toContain(damage === "truncate" ? "are damaged" : "are missing");
    expect(trials[1].reason).not.toContain("Get the file again");
  }
});

it("a truncated state begins anew where failed trials are tried again", async () => {
  const { ledger, make, file } = await halted(1);
  await truncate(ledger.files, file);
  expect(await make().search(data, { ...fit, epochs: 3 })).toBe("done");
  const trials = await make().trials();
  expect(trials.map(({ status, history }) => [status, history.length])).toEqual([
    ["completed", 3],
    ["completed", 3],
  ]);
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
