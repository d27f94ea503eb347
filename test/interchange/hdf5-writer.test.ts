// The thread that writes files of HDF5 stays for a while, since its start takes longer than most files.

import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { encodeHdf5 } from "../../src/storage/foreign.ts";

const threads = process.getBuiltinModule("node:worker_threads");
const original = threads.Worker;
const started: Worker[] = [];
beforeAll(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  threads.Worker = class extends original {
    constructor(...args: ConstructorParameters<typeof original>) {
      super(...args);
      started.push(this);
    }
  };
});
afterAll(() => {
  threads.Worker = original;
  vi.useRealTimers();
});

const write = (value: number, rows: number) =>
  encodeHdf5({
    groups: [{ path: "/a", texts: { name: "x".repeat(rows) } }],
    tensors: [{ path: "/a/w", shape: [rows], data: new Float32Array(rows).fill(value) }],
  });

test("several files, one after the other or at once, are written by one thread as if each were its first", async () => {
  const alone = [await write(1, 500), await write(2, 3)];
  const [one] = started.splice(0);
  await one.terminate();
  const [large, small, again] = await Promise.all([write(1, 500), write(2, 3), write(1, 500)]);
  expect([large, small, again, await write(2, 3)]).toEqual([...alone, ...alone]);
  expect(started.length).toBe(1);
});

test("a thread that has died is followed by another; one that nobody needs ends", async () => {
  const expected = await write(3, 5);
  await started.at(-1)!.terminate();
  expect(await write(3, 5)).toEqual(expected);
  expect(started.length).toBe(2);
  const ended = once(started[1], "exit");
  vi.advanceTimersByTime(1500);
  await write(3, 5);
  vi.advanceTimersByTime(1500);
  expect(await write(3, 5)).toEqual(expected);
  expect(started.length).toBe(2);
  vi.advanceTimersByTime(2500);
  await ended;
  expect(await write(3, 5)).toEqual(expected);
  expect(started.length).toBe(3);
});

test("what cannot be written ends its thread alone", async () => {
  const odd = { path: "/w", shape: [1], data: { length: 1 } as unknown as Float32Array };
  await expect(encodeHdf5({ groups: [], tensors: [odd] })).rejects.toMatchObject({ code: "file/hdf5" });
  expect((await write(1, 1)).length).toBeGreaterThan(500);
});
