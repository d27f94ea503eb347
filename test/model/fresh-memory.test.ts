import { expect, test } from "vitest";
import { dense, gru, input, type Sequential, sequential, tensor } from "../../src/index.ts";
import { resident } from "../resident.ts";

// A memory that grows while a thread receives it kept its old size in that thread: about one model in seven trapped.
test("a hundred models alive at once train, each in a memory that no thread has seen before", async () => {
  const x = tensor(new Float32Array(15 * 12), [15, 12, 1]);
  const y = tensor(new Float32Array(15), [15, 1]);
  const models: Sequential[] = [];
  for (let i = 0; i < 100; i++) {
    const model = sequential([input({ shape: [12, 1] }), gru({ units: 50 }), dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    models.push(model);
    const { history } = await model.fit(x, y, { batchSize: 16 });
    expect(history.loss[0]).toBeCloseTo(0, 6);
  }
  for (const model of models) model.dispose();
});

test("a thousand models made, some of them trained, and disposed of: memory does not grow", async () => {
  const x = tensor(new Float32Array(15 * 12), [15, 12, 1]);
  const y = tensor(new Float32Array(15), [15, 1]);
  const held: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const model = sequential([input({ shape: [12, 1] }), gru({ units: 50 }), dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    if (i % 2 === 0) await model.fit(x, y, { batchSize: 16 });
    model.dispose();
    if (i % 100 === 99) held.push(resident());
  }
  // The first hundreds fill V8's caches; from then on it must stay.
  const [early, late] = [Math.max(...held.slice(2, 5)), Math.min(...held.slice(7))];
  expect(late - early, `MB after each hundred: ${held.map(Math.round)}`).toBeLessThan(25);
});
