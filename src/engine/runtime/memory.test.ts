import { afterAll, expect, it } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import { resident } from "../../../test/resident.ts";
import { closeTeam } from "./index.ts";

const stack = samples["tokens, LSTM, dense on sequences, flatten"];
const { x, y } = sampleData(stack, 40);
const sharedOf = ({ executable }: StackRun) => executable.memory.shared! as WebAssembly.Memory;
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

afterAll(closeTeam);

it("memory is used again, once, and what it held does not show", async () => {
  const first = new StackRun(stack, { loss: binary });
  await first.train(x, y, { rows: 40 });
  const memory = sharedOf(first);
  first.dispose();
  first.dispose();
  await settle();
  const [a, b] = [new StackRun(stack, { loss: binary }, 1), new StackRun(stack, { loss: binary }, 2)];
  expect([sharedOf(a), sharedOf(b)].filter((one) => one === memory)).toHaveLength(1);
  const [alone] = [await a.predict(x, 40)];
  await b.train(x, y, { rows: 40 });
  expect(sameBits(await a.predict(x, 40), alone)).toBe("");
  a.dispose();
  b.dispose();
});

it("a disposed model says so", async () => {
  const run = new StackRun(stack, { loss: binary });
  run.dispose();
  await expect(run.predict(x, 40)).rejects.toMatchObject({ code: "model/disposed" });
  await expect(run.weights()).rejects.toMatchObject({ code: "model/disposed" });
});

it("a model disposed of in the middle of a run ends after a step, and its memory comes back only then", async () => {
  const run = new StackRun(stack, { loss: binary });
  const many = { x: Array.from({ length: 50 }, () => x).flat(), y: Array.from({ length: 50 }, () => y).flat() };
  const memory = sharedOf(run);
  const training = run.train(many.x, many.y, { rows: 2000, batchSize: 4 }).catch((error) => error);
  await settle();
  run.dispose();
  const other = new StackRun(stack, { loss: binary });
  if (sharedOf(other) === memory) throw new Error("the memory was given away during the run");
  const outcome = await training;
  expect(outcome.status ?? outcome.code).toMatch(/stopped|done|model\/disposed/);
  const reference = await other.predict(x, 40);
  expect(sameBits(await other.predict(x, 40), reference)).toBe("");
  other.dispose();
});

it("requests of one model wait for each other; models do not disturb each other", async () => {
  const runs = [1, 2, 3].map((seed) => new StackRun(stack, { loss: binary }, seed));
  const expected: Float32Array[] = [];
  for (const run of runs) expected.push(await run.predict(x, 40, 40));
  const asked = runs.flatMap((run, i) =>
    [40, 7, 16, 40].map((size) => run.predict(x, 40, size).then((found) => ({ i, found }))),
  );
  const trained = runs.map((run) => run.train(x, y, { rows: 40, batchSize: 8 }));
  for (const { i, found } of await Promise.all(asked)) expect(sameBits(found, expected[i])).toBe("");
  for (const outcome of await Promise.all(trained)) expect(outcome.status).toBe("done");
  for (const run of runs) run.dispose();
});

it("shapes may alternate: batch sizes, lengths and purposes", async () => {
  const series = { ...samples["series, simple RNN, softmax"] };
  const run = new StackRun(series, { loss: binary });
  const of = (steps: number, rows: number) => {
    const data = sampleData({ ...series, steps }, rows);
    const work = { rows, batchSize: rows, steps: [steps], inputs: [Float32Array.from(data.x)] };
    return { work, targets: [Float32Array.from(data.y)] };
  };
  const predict = (steps: number, rows: number) =>
    run.executable.run("predict", of(steps, rows).work).then(({ outputs }) => outputs![0]);
  const shapes = [
    [1, 1],
    [20, 33],
    [64, 3],
    [2, 70],
    [9, 16],
  ] as const;
  const first = new Map<string, Float32Array>();
  for (const [steps, rows] of shapes) first.set(`${steps}x${rows}`, await predict(steps, rows));
  for (const [steps, rows] of [...shapes].reverse()) {
    const { work, targets } = of(steps, rows);
    expect((await run.executable.run("evaluate", { ...work, targets })).status).toBe("done");
    expect(sameBits(await predict(steps, rows), first.get(`${steps}x${rows}`)!)).toBe("");
  }
  const { work, targets } = of(20, 33);
  expect(
    (await run.executable.run("train", { ...work, targets, scalars: Float32Array.of(0.1, 0, 0, 0, 1) })).status,
  ).toBe("done");
  expect(sameBits(await predict(2, 70), first.get("2x70")!)).not.toBe("");
  run.dispose();
});

it("a thousand models one after another take no more memory than a few", async () => {
  const seen = new Set<WebAssembly.Memory>();
  const held: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const run = new StackRun(stack, { loss: binary }, i);
    seen.add(sharedOf(run));
    if (i % 10 === 0) expect((await run.train(x, y, { rows: 40 })).status).toBe("done");
    run.dispose();
    await Promise.resolve();
    if (i % 10 === 0) await settle();
    if (i % 100 === 99) held.push(resident());
  }
  expect(seen.size).toBeLessThan(15);
  // The first hundreds fill V8's caches; from then on it must stay.
  const [early, late] = [Math.max(...held.slice(2, 5)), Math.min(...held.slice(7))];
  expect(late - early, `MB after each hundred: ${held.map(Math.round)}`).toBeLessThan(25);
});

it("refused memory is an error that says how much; the model keeps its weights and works in what it has", async () => {
  const run = new StackRun(stack, { loss: binary });
  await run.train(x, y, { rows: 40 });
  const before = await run.weights();
  const memory = sharedOf(run);
  memory.grow = () => {
    throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
  };
  const many = Array.from({ length: 400 }, () => x).flat();
  await expect(run.predict(many, 16_000, 16_000)).rejects.toMatchObject({
    code: "engine/memory",
    message: expect.stringMatching(/needs [\d.]+ [MG]B/),
  });
  for (const [path, data] of await run.weights()) expect(sameBits(data, before.get(path)!), path).toBe("");
  expect((await run.train(x, y, { rows: 40 })).status).toBe("done");
  Reflect.deleteProperty(memory, "grow");
  expect(await run.predict(many, 16_000, 16_000)).toHaveLength(16_000);
  run.dispose();
});

it("a model too large for memory is an error that says what to do", async () => {
  const run = new StackRun({ ...stack, layers: stack.layers }, { loss: binary });
  const rows = 4;
  const steps = 2 ** 28;
  const work = { rows, batchSize: rows, steps: [steps], inputs: [new Int32Array(4)] };
  await expect(run.executable.run("predict", work)).rejects.toMatchObject({ code: "engine/memory" });
  expect((await run.evaluate(x, y, 40)).status).toBe("done");
  run.dispose();
});

it("snapshots bring weights and moments back", async () => {
  const run = new StackRun(stack, { loss: binary });
  await run.train(x, y, { rows: 40, rate: 0.1 });
  const kept = await run.executable.snapshot();
  await run.train(x, y, { rows: 40, rate: 0.1 });
  const after = await run.weights();
  run.executable.restore(kept);
  await run.train(x, y, { rows: 40, rate: 0.1 });
  for (const [path, data] of await run.weights()) expect(sameBits(data, after.get(path)!), path).toBe("");
  run.dispose();
});

it("a snapshot from before the first step brings the weights back, and moments of zero", async () => {
  const run = new StackRun(stack, { loss: binary });
  const kept = await run.executable.snapshot();
  await run.train(x, y, { rows: 40, rate: 0.1 });
  const after = await run.weights();
  await run.train(x, y, { rows: 40, rate: 0.1 });
  run.executable.restore(kept);
  await run.train(x, y, { rows: 40, rate: 0.1 });
  for (const [path, data] of await run.weights()) expect(sameBits(data, after.get(path)!), path).toBe("");
  run.dispose();
});
