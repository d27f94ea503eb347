import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { probeAgain } from "../../src/engine/index.ts";
import { currentTeam } from "../../src/engine/runtime/threads.ts";
import {
  adam,
  closeThreads,
  dense,
  GruvyError,
  gru,
  input,
  type Model,
  sequential,
  setThreads,
  Tensor,
} from "../../src/index.ts";
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

/** Ends a thread of the team, as if the system had killed it. */
function kill(thread: number): Promise<unknown> {
  return currentTeam().ports[thread].terminate();
}

/** The model that took so many steps without a death. */
async function afterSteps(steps: number) {
  const model = small();
  await model.fit(first(x, 64 * steps), first(y, 64 * steps), options);
  const found = await state(model);
  model.dispose();
  return found;
}

test("a thread that dies at any of 20 points leaves the state after a whole number of steps, and training goes on from there", async () => {
  setThreads(2);
  const whole = small();
  await whole.fit(first(x, 64), first(y, 64), options);
  const began = performance.now();
  await whole.fit(rest(x, 1), rest(y, 1), options);
  const took = performance.now() - began;
  const expected = await state(whole);
  let deaths = 0;
  // A training that is over before its thread dies counts for nothing.
  for (let point = 0; point < 20 || deaths < 10; point++) {
    expect(point, `${deaths} deaths so far`).toBeLessThan(300);
    const model = small();
    await model.fit(first(x, 64), first(y, 64), options);
    const training = model.fit(rest(x, 1), rest(y, 1), options).catch((error: unknown) => error);
    await wait((((point % 20) + 0.5) / 25) * took);
    const ended = kill(point % 2);
    const error = await training;
    await ended; // a training that was done before must not leave what follows to a thread that is dying
    const { iterations, bits } = await state(model);
    if (error instanceof GruvyError) {
      deaths++;
      expect(error.code).toBe("engine/thread");
      expect(error.message).toContain(`The model has the weights it had after ${iterations} steps, `);
      expect(await afterSteps(iterations)).toEqual({ iterations, bits });
    }
    if (iterations < STEPS) await model.fit(rest(x, iterations), rest(y, iterations), options);
    expect(await state(model), `killed at ${iterations} steps`).toEqual(expected);
    model.dispose();
  }
});

/** Tells whether a second state has been put aside. */
async function later(model: Model): Promise<() => boolean> {
  const engine = await model.engine("train");
  const { snapshot } = engine;
  let aside = 0;
  engine.snapshot = async (into) => {
    const state = await snapshot.call(engine, into);
    aside++;
    return state;
  };
  return () => aside > 1;
}

test("the error of a training whose thread has died says of which epoch and batch the weights are", async () => {
  setThreads(2);
  const model = small();
  const due = await later(model);
  const callbacks = [{ onEpochEnd: () => void (due() && setTimeout(() => void kill(0), 1)) }];
  const training = model.fit(first(x, 640), first(y, 640), { ...options, epochs: 1e6, callbacks });
  const error = await training.catch((error: GruvyError) => error);
  if (!(error instanceof GruvyError)) throw new Error("it did not fail");
  const { iterations, epoch, batch } = error.details as Record<string, number>;
  expect(iterations).toBeGreaterThan(0);
  expect(model.iterations).toBe(iterations);
  expect(iterations).toBe(10 * (epoch - 1) + batch);
  const place = batch > 0 ? `in epoch ${epoch} after batch ${batch}` : `before epoch ${epoch}`;
  expect(error.message).toMatch(
    new RegExp(`^A thread of the engine failed: .*after ${iterations} steps, ${place}\\.$`),
  );
  model.dispose();
});

describe("without shared memory", () => {
  const page = globalThis as { crossOriginIsolated?: boolean };
  beforeEach(() => {
    page.crossOriginIsolated = false;
    probeAgain();
    closeThreads();
    return () => {
      delete page.crossOriginIsolated;
      probeAgain();
      closeThreads();
    };
  });

  test("a worker that dies at any of 10 points leaves the last good state, and the model goes on from there", async () => {
    await afterSteps(1);
    const began = performance.now();
    const expected = await afterSteps(STEPS);
    const took = performance.now() - began;
    let deaths = 0;
    for (let point = 0; point < 10 || deaths < 4; point++) {
      expect(point, `${deaths} deaths so far`).toBeLessThan(300);
      const model = small();
      await model.fit(first(x, 64), first(y, 64), options);
      const training = model.fit(rest(x, 1), rest(y, 1), options).catch((error: unknown) => error);
      await wait((((point % 10) + 0.5) / 12) * took);
      const ended = kill(0);
      const error = await training;
      await ended;
      if (error instanceof GruvyError) {
        deaths++;
        expect(error.code).toBe("engine/thread");
        expect(error.message).toContain(`after ${model.iterations} steps, `);
      }
      const { iterations } = model;
      expect(await state(model)).toEqual(await afterSteps(iterations));
      expect((await model.predict(first(x, 3))).shape).toEqual([3, 1]);
      if (iterations < STEPS) await model.fit(rest(x, iterations), rest(y, iterations), options);
      expect(await state(model)).toEqual(expected);
      model.dispose();
    }
  });

  test("a worker that dies while it validates leaves the state that the error names", async () => {
    const model = small();
    const due = await later(model);
    const onProgress = ({ batch }: { batch: number }) => {
      if (batch === 10 && due()) setTimeout(() => void kill(0), 3);
    };
    const part = { ...options, epochs: 1e6, validationData: { x, y }, callbacks: [{ onProgress }] };
    const error = await model.fit(first(x, 640), first(y, 640), part).catch((error: GruvyError) => error);
    expect(error).toMatchObject({ code: "engine/thread" });
    const { iterations } = model;
    expect(iterations).toBeGreaterThan(0);
    expect((error as GruvyError).message).toContain(`after ${iterations} steps, `);
    const whole = small();
    const epochs = Math.ceil(iterations / 10) - 1;
    if (epochs > 0) await whole.fit(first(x, 640), first(y, 640), { ...options, epochs });
    const left = iterations - whole.iterations;
    if (left > 0) await whole.fit(first(x, 64 * left), first(y, 64 * left), options);
    expect(await state(whole)).toEqual(await state(model));
    for (const one of [model, whole]) one.dispose();
  });

  test("a worker that ends between two calls takes nothing with it: weights, the optimizer's memory, stateful states", async () => {
    const stateful = () => {
      const model = sequential(
        [input({ shape: [3, 2], batchSize: 2 }), gru({ units: 3, stateful: true }), dense({ units: 1 })],
        {
          seed: 7,
        },
      );
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      return model;
    };
    const [rows, targets] = [numbers(3, 4, 3, 2), numbers(4, 4, 1)];
    const course = async (between: () => Promise<unknown>) => {
      const model = stateful();
      await between();
      await model.fit(rows, targets, { epochs: 2, batchSize: 2, shuffle: false });
      await between();
      const answers = [await model.predict(first2(rows))];
      await between();
      answers.push(await model.predict(first2(rows)));
      await model.fit(rows, targets, { epochs: 2, batchSize: 2, shuffle: false });
      const found = { ...(await state(model)), answers: answers.map(bitsOf) };
      model.dispose();
      return found;
    };
    const first2 = ({ data, shape }: Tensor) => new Tensor([2, ...shape.slice(1)], data.slice(0, data.length / 2));
    expect(await course(() => kill(0))).toEqual(await course(async () => {}));
  });
});
