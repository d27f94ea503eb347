import { afterAll, expect, test } from "vitest";
import { currentTeam } from "../../src/engine/runtime/threads.ts";
import { adam, dense, GruvyError, gru, input, type Model, sequential, setThreads, Tensor } from "../../src/index.ts";
import { numbers } from "./data.ts";

const STEPS = 300;
const ROWS = 64 * STEPS;
const x = numbers(1, ROWS, 12, 2);
const y = numbers(2, ROWS, 1);
const part = ({ data, shape }: Tensor, from: number, to: number): Tensor => {
  const size = data.length / ROWS;
  return new Tensor([to - from, ...shape.slice(1)], data.slice(from * size, to * size));
};
const first = (tensor: Tensor, rows: number): Tensor => part(tensor, 0, rows);
const rest = (tensor: Tensor, steps: number): Tensor => part(tensor, 64 * steps, ROWS);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const bitsOf = ({ data }: Tensor): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
const options = { batchSize: 64, shuffle: false };

function small(): Model {
  const model = sequential([input({ shape: [12, 2] }), gru({ units: 16, dropout: 0.2 }), dense({ units: 1 })], {
    seed: 5,
  });
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });
  return model;
}

/** All bits that training changes. */
async function state(model: Model) {
  const { iterations, tensors } = await model.getOptimizerState();
  return { iterations, bits: [...(await model.getWeights()), ...tensors.values()].map(bitsOf) };
}

afterAll(() => setThreads(undefined));

test("a thread that dies at any of 20 points leaves the state after a whole number of steps, and training goes on from there", async () => {
  setThreads(2);
  const whole = small();
  await whole.fit(x, y, options);
  const expected = await state(whole);
  let deaths = 0;
  for (let point = 0; point < 20; point++) {
    const model = small();
    await model.fit(first(x, 64), first(y, 64), options);
    const training = model.fit(rest(x, 1), rest(y, 1), options).catch((error: unknown) => error);
    await wait(1 + 2 * point);
    const { ports } = currentTeam() as unknown as { ports: { terminate(): Promise<unknown> }[] };
    const ended = ports[point % 2].terminate();
    const error = await training;
    await ended; // a training that was done before must not leave what follows to a thread that is dying
    const { iterations, bits } = await state(model);
    if (error instanceof GruvyError) {
      deaths++;
      expect(error.code).toBe("engine/thread");
      const short = small();
      await short.fit(first(x, 64 * iterations), first(y, 64 * iterations), options);
      expect(await state(short), `after ${iterations} steps`).toEqual({ iterations, bits });
      short.dispose();
    }
    if (iterations < STEPS) await model.fit(rest(x, iterations), rest(y, iterations), options);
    expect(await state(model), `killed at ${iterations} steps`).toEqual(expected);
    model.dispose();
  }
  expect(deaths).toBeGreaterThan(9);
});
