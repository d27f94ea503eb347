import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Tensor } from "../base/index.ts";
import { bayesianOptimization, gridSearch, hyperband, memoryLedger, randomSearch } from "./index.ts";
import { fileLedger, readStudy, repairStudy } from "./study/file-ledger.ts";
import { build, data, fit, table } from "./tuner.twin.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-tuner-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("the folder of a study", () => {
  const project = () => join(folder, "p");
  const make = (seed = 0) =>
    randomSearch(build, { objective: "valLoss", maxTrials: 2, seed, directory: folder, projectName: "p" });

  it("refuses another study, and says what differs", async () => {
    await make().search(data, fit);
    await expect(make(1).search(data, fit)).rejects.toThrow(/another study: seed was 0, here it is 1\. Give what/);
    await expect(make().search(data, { ...fit, batchSize: 8 })).rejects.toThrow(
      /study: batchSize was 16, here it is 8/,
    );
    const more = { x: data.x, y: new Tensor(data.y.shape, data.y.data.slice().fill(0)) };
    await expect(make().search(more, fit)).rejects.toThrow(
      /study: the data's sum was 66 x 4 x 1, \w{8}, here it is 66 x 4 x 1, \w{8}/,
    );
    const several = make(1).search(more, { ...fit, batchSize: 8, epochs: 2, shuffle: false, validationSplit: 0.5 });
    await expect(several).rejects.toThrow(
      /^The folder holds another study: seed was 0, here it is 1; epochs was 1, here it is 2; .*; and 2 more differ\. Give/,
    );
    await expect(several).rejects.toMatchObject({ details: { differences: { length: 6 } } });
    const other = hyperband(build, { objective: "valLoss", maxEpochs: 3, directory: folder, projectName: "h" });
    await other.search(data, { ...fit, budget: { trials: 1 } });
    const longer = hyperband(build, { objective: "valLoss", maxEpochs: 9, directory: folder, projectName: "h" });
    await expect(longer.search(data, fit)).rejects.toThrow(/study: maxEpochs was 3, here it is 9\. Give/);
    expect(await make().search(data, { ...fit, verbose: 0 })).toBe("done");
    expect(await make().trials()).toHaveLength(2);
  });

  it("goes on with more trials than before, whose beginning is the same", async () => {
    const ledger = memoryLedger();
    const to = (maxTrials: number, own = ledger) =>
      bayesianOptimization(build, { objective: "valLoss", maxTrials, ledger: own });
    await to(2).search(data, fit);
    expect(await to(4).search(data, fit)).toBe("done");
    const whole = to(4, memoryLedger());
    await whole.search(data, fit);
    expect(table(await to(4).trials())).toEqual(table(await whole.trials()));
    await expect(gridSearch(build, { objective: "valLoss", ledger }).search(data, fit)).rejects.toThrow(
      /study: search was bayesian, here it is grid\./,
    );
  });

  it("is held by one search at a time", async () => {
    const ledger = await fileLedger(project());
    await expect(make().search(data, fit)).rejects.toMatchObject({ code: "file/locked" });
    await ledger.close();
    expect(await make().search(data, fit)).toBe("done");
  });

  it("holds in memory what it holds on the disk", async () => {
    const ledger = await fileLedger(project());
    for (let i = 0; i < 3; i++) await ledger.append({ type: "ended", reason: String(i) });
    expect(ledger.records()).toHaveLength(3);
    expect(await ledger.append({ type: "ended", reason: "late" }, 2)).toBe(false);
    await ledger.close();
    await expect(readStudy(project())).rejects.toMatchObject({ code: "file/format" });
  });

  it("is refused when damaged, and repaired", async () => {
    await make().search(data, fit);
    const path = join(project(), "study.ledger");
    const bytes = fs.readFileSync(path);
    bytes[bytes.indexOf(10) + 30] ^= 1;
    fs.writeFileSync(path, bytes);
    await expect(make().search(data, fit)).rejects.toThrow(/Line 2 .* gruvy study repair/);
    expect(await repairStudy(project())).toMatchObject({ dropped: 1 });
    expect(await make().search(data, fit)).toBe("done");
    await expect(readStudy(folder)).rejects.toThrow(/There is no study/);
  });

  it("loses nothing when the disk is full", async () => {
    const ledger = memoryLedger();
    const full = {
      ...ledger,
      files: {
        ...ledger.files,
        write: async () => {
          throw new Error("ENOSPC");
        },
      },
    };
    const options = { objective: "valLoss", maxTrials: 2 };
    await expect(randomSearch(build, { ...options, ledger: full }).search(data, fit)).rejects.toThrow("ENOSPC");
    const tuner = randomSearch(build, { ...options, ledger });
    expect(await tuner.search(data, fit)).toBe("done");
    expect((await tuner.trials()).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("lets one of two writers have the work", async () => {
    const ledger = memoryLedger();
    const record = { type: "ended", reason: "done" } as const;
    const seen: number[] = [];
    const end = ledger.watch((_, version) => seen.push(version));
    expect(await Promise.all([ledger.append(record, 0), ledger.append(record, 0)])).toEqual([true, false]);
    end();
    await ledger.append(record);
    expect(seen).toEqual([1]);
  });
});
