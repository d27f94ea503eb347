import { describe, expect, test } from "vitest";
import { GruvyError, type Store, Tensor } from "../base/index.ts";
import { adam, type Callback, dense, dropout, earlyStopping, gru, type Model, sequential } from "../model/index.ts";
import { memoryStore } from "../storage/index.ts";
import { type CheckpointOptions, checkpointTo, type Every } from "./checkpoint.ts";
import { decodeModel } from "./model-parts.ts";

const x = new Tensor(
  [22, 4, 2],
  Float32Array.from({ length: 176 }, (_, i) => Math.sin(i * i)),
);
const y = new Tensor(
  [22, 1],
  Float32Array.from({ length: 22 }, (_, i) => Math.cos(i)),
);
const fitting = { epochs: 4, batchSize: 4, validationSplit: 0.2 }; // 17 rows: 5 batches an epoch

function make(): Model {
  const model = sequential([gru({ units: 5, dropout: 0.2 }), dropout({ rate: 0.1 }), dense({ units: 1 })]);
  model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: "meanSquaredError" });
  return model;
}

/** A training that ends with an error after so many batches: as good as killed, where nothing is written any more. */
async function broken(store: Store, after: number, options: CheckpointOptions = {}): Promise<void> {
  let steps = 0;
  const breaking: Callback = {
    onBatchEnd: () => {
      if (++steps > after) throw new Error("killed");
    },
  };
  const model = make();
  const callbacks = [earlyStopping({ patience: 9 }), breaking, checkpointTo(store, options)];
  await expect(model.fit(x, y, { ...fitting, callbacks })).rejects.toThrow("killed");
  model.dispose();
}

async function finished(store?: Store, options: CheckpointOptions = {}) {
  const model = make();
  const saving = store && checkpointTo(store, options);
  const callbacks = [earlyStopping({ patience: 9 }), ...(saving ? [saving] : [])];
  const history = await model.fit(x, y, { ...fitting, callbacks, resumeFrom: saving });
  const weights = await model.getWeights();
  const { tensors } = await model.getOptimizerState();
  model.dispose();
  return { history, weights, tensors };
}

const list = async (store: Store): Promise<number[]> =>
  (await store.list()).map((name) => Number(/^checkpoint-(\d{6})\.gruvy$/.exec(name)?.[1]));

/** Keeps the names and standing of all that is written, the removed ones included. */
function watched(): { store: Store; written: string[] } {
  const store = memoryStore();
  const written: string[] = [];
  return {
    store: {
      ...store,
      async write(name, bytes) {
        written.push(name);
        await store.write(name, bytes);
      },
    },
    written,
  };
}

describe("checkpointTo", () => {
  test.each<[Every, number, number]>([
    [1, 14, 2],
    [{ epochs: 2 }, 14, 1],
    [{ batches: 3 }, 14, 4],
    [{ batches: 4 }, 14, 3],
    [{ batches: 5 }, 14, 2],
    [{ seconds: 0 }, 14, 14],
    [{ seconds: 1e6 }, 14, 0],
  ])("every %j: of %i batches %i are followed by one", async (every, after, count) => {
    const { store, written } = watched();
    await broken(store, after, { every });
    expect(written.length).toBe(count);
    expect(await finished(store)).toEqual(await finished());
  });

  test("keeps the newest, two unless told otherwise, and counts on when resumed", async () => {
    const store = memoryStore();
    await broken(store, 14, { every: { batches: 3 } });
    expect(await list(store)).toEqual([3, 4]);
    await finished(store, { every: { batches: 3 }, keep: 3 });
    expect((await list(store)).length).toBe(3);
    expect((await list(store)).at(-1)).toBeGreaterThan(4);
  });

  test("a finished training gives its end again, without training", async () => {
    const store = memoryStore();
    const first = await finished(store);
    const before = await list(store);
    expect(await finished(store)).toEqual(first);
    expect(await list(store)).toEqual(before);
  });

  test("a checkpoint is a model that can be loaded", async () => {
    const store = memoryStore();
    await broken(store, 11);
    const bytes = (await store.read("checkpoint-000002.gruvy"))!;
    const model = await decodeModel(bytes, "checkpoint");
    expect(model.iterations).toBe(10);
    expect((await model.predict(x)).shape).toEqual([22, 1]);
    model.dispose();
  });

  test("the signal leaves a checkpoint at its batch", async () => {
    const store = memoryStore();
    const saving = checkpointTo(store, { every: { seconds: 1e6 } });
    const controller = new AbortController();
    const model = make();
    const stopping: Callback = { onBatchEnd: (batch) => batch === 2 && controller.abort() } as Callback;
    const callbacks = [earlyStopping({ patience: 9 }), saving, stopping];
    const history = await model.fit(x, y, { ...fitting, callbacks, signal: controller.signal });
    expect(history.stopped).toBe("signal");
    expect(model.iterations).toBe(3);
    expect(await list(store)).toEqual([1]);
    expect(await finished(store)).toEqual(await finished());
    model.dispose();
  });

  const damages: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["cut", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["cut in its header", (bytes) => bytes.subarray(0, 100)],
    ["empty", () => new Uint8Array(0)],
    ["altered in its weights", (bytes) => flipped(bytes, bytes.length - 9)],
    ["altered in its header", (bytes) => flipped(bytes, 400)],
    ["another file", () => new TextEncoder().encode("epoch,loss\n1,2\n")],
  ];
  test.each(damages)("skips one that is %s, with one warning, and ends with the same bits", async (_, damage) => {
    const store = memoryStore();
    await broken(store, 14, { every: { batches: 3 }, keep: 3 });
    for (const name of ["checkpoint-000003.gruvy", "checkpoint-000004.gruvy"]) {
      await store.write(name, damage((await store.read(name))!));
    }
    const warnings: string[] = [];
    const warn = (text: string) => void warnings.push(text);
    expect(await finished(store, { warn })).toEqual(await finished());
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(/^2 checkpoints were skipped: .*checkpoint-000004.* goes on from checkpoint-000002/);
    // The damaged ones made room for whole ones.
    warnings.length = 0;
    await finished(store, { warn });
    expect(warnings).toEqual([]);
  });

  test("says so when none is whole, and when one is of a later version", async () => {
    const store = memoryStore();
    await broken(store, 6);
    const [name] = await store.list();
    const bytes = (await store.read(name))!;
    await store.write(name, bytes.subarray(1));
    await expect(finished(store)).rejects.toMatchObject({ code: "file/no-checkpoint" });
    const text = new TextDecoder("latin1").decode(bytes).replace('"version":"1"', '"version":"9"');
    await store.write(
      name,
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
    );
    await expect(finished(store)).rejects.toMatchObject({ code: "file/newer-version" });
  });

  test("refuses to begin anew beside the checkpoints of another training, which stay", async () => {
    const store = memoryStore();
    await broken(store, 6);
    const before = await list(store);
    const model = make();
    const saving = checkpointTo(store);
    const refused = model.fit(x, y, { ...fitting, callbacks: [saving] });
    await expect(refused).rejects.toMatchObject({ code: "training/checkpoints-exist" });
    // Nor after a resumption that was refused.
    const other = model.fit(x, y, {
      ...fitting,
      batchSize: 5,
      callbacks: [earlyStopping({ patience: 9 }), saving],
      resumeFrom: saving,
    });
    await expect(other).rejects.toMatchObject({ code: "usage/resume" });
    await expect(model.fit(x, y, { ...fitting, callbacks: [saving] })).rejects.toBeInstanceOf(GruvyError);
    expect(await list(store)).toEqual(before);
    model.dispose();
  });

  test("notices that another training has written since", async () => {
    const store = memoryStore();
    const saving = checkpointTo(store);
    const meanwhile: Callback = { onTrainBegin: () => store.write("checkpoint-000007.gruvy", new Uint8Array(1)) };
    const model = make();
    const asked = model.fit(x, y, { ...fitting, callbacks: [meanwhile, saving], resumeFrom: saving });
    await expect(asked).rejects.toThrow("Another training has written");
    model.dispose();
  });

  test.each([0, -1, 1.5, "1", null, {}, { hours: 1 }, { epochs: 1, batches: 2 }, { batches: 0 }, { seconds: -1 }])(
    "refuses every: %j",
    (every) => {
      expect(() => checkpointTo(memoryStore(), { every: every as never })).toThrow(
        expect.objectContaining({ code: "usage/option" }),
      );
    },
  );
});

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[place] ^= 1;
  return copy;
}
