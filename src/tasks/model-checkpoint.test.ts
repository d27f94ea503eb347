import { describe, expect, it } from "vitest";
import { sameBits } from "../../test/engine/numbers.ts";
import { small, x, y } from "../../test/model/small.ts";
import type { TrainingState } from "../model/index.ts";
import { memoryStore } from "../storage/index.ts";
import { decodeModel, modelCheckpointTo } from "./index.ts";
import { nameAt } from "./model-checkpoint.ts";

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

describe("modelCheckpoint", () => {
  it("writes after every epoch, with the epoch's numbers in the name", async () => {
    const store = memoryStore();
    const options = { epochs: 3, batchSize: 8, validationSplit: 0.2 };
    const model = small();
    const { history } = await model.fit(x, y, {
      ...options,
      callbacks: [modelCheckpointTo(store, "{epoch:02d} {valLoss:.3f}.gruvy")],
    });
    const names = history.valLoss.map((loss, i) => `0${i + 1} ${loss.toFixed(3)}.gruvy`);
    expect((await store.list()).sort()).toEqual(names);
    const last = await decodeModel((await store.read(names[2])) as Uint8Array, "last");
    const [found, expected] = [await last.getWeights(), await model.getWeights()];
    found.forEach(({ data }, i) => {
      expect(sameBits(data, expected[i].data)).toBe("");
    });
    expect(last.iterations).toBe(model.iterations);
  });

  it("keeps the best alone, also across a resumption; the threshold must be passed", async () => {
    const losses = [5, 3, 4, 2];
    const written: number[] = [];
    const store = { ...memoryStore(), write: async () => void written.push(epoch) };
    let epoch = 0;
    const states: TrainingState[] = [];
    // Numbers of our own in place of the epoch's, before the saver sees them.
    const rig = {
      onEpochEnd(at: number, logs: Record<string, number>) {
        epoch = at;
        logs.mine = losses[at];
      },
      async onStanding(_: unknown, trainer: { getState(): Promise<TrainingState> }) {
        states.push(await trainer.getState());
      },
    };
    const trained = (options: object, more: object = {}) => {
      const saving = modelCheckpointTo(store, "best", { monitor: "mine", mode: "min", saveBestOnly: true, ...more });
      return small().fit(x, y, { epochs: 4, callbacks: [rig as never, saving], ...options });
    };
    await trained({});
    expect(written.splice(0)).toEqual([0, 1, 3]);
    const afterTwo = states.find(({ run }) => (run.position as { epoch: number }).epoch === 2);
    await trained({ resumeFrom: afterTwo });
    expect(written.splice(0)).toEqual([3]);
    await trained({}, { initialValueThreshold: 3 });
    expect(written.splice(0)).toEqual([3]);
  });

  it("writes after batches, and weights alone are smaller", async () => {
    const store = memoryStore();
    const saving = modelCheckpointTo(store, "{epoch}-{batch}", { saveFreq: 2, saveWeightsOnly: true });
    await small().fit(x, y, { epochs: 2, batchSize: 5, callbacks: [saving, modelCheckpointTo(store, "whole")] });
    expect((await store.list()).sort()).toEqual(["1-2", "1-4", "2-1", "2-3", "2-5", "whole"]);
    const sizes = await Promise.all(["2-5", "whole"].map(async (name) => (await store.read(name))?.length ?? 0));
    expect(sizes[0]).toBeLessThan(sizes[1]);
  });

  it("refuses what makes no sense", async () => {
    const at = { epoch: 7, logs: { loss: 0.25 } };
    expect(nameAt("a{epoch:03}-{epoch}-{loss:.1f}", at)).toBe("a007-7-0.3");
    expect(() => nameAt("{val_loss}", at)).toThrow(refusal("usage/option", "{val_loss}"));
    expect(() => nameAt("{epoch:x}", at)).toThrow(refusal("usage/option", "02d"));
    expect(() => nameAt("{__proto__}", at)).toThrow(refusal("usage/option", "__proto__"));
    const store = memoryStore();
    expect(() => modelCheckpointTo(store, "")).toThrow(refusal("usage/option", "name"));
    expect(() => modelCheckpointTo(store, "a", { saveFreq: 3, saveBestOnly: true })).toThrow(
      refusal("usage/option", "saveFreq"),
    );
    expect(() => modelCheckpointTo(store, "a", { save_best_only: true } as never)).toThrow(
      refusal("usage/option", "saveBestOnly"),
    );
    const missing = small().fit(x, y, { callbacks: [modelCheckpointTo(store, "a", { saveBestOnly: true })] });
    await expect(missing).rejects.toThrow(refusal("training/monitor", "valLoss"));
  });
});
