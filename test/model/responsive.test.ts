import { afterEach, expect, test, vi } from "vitest";
import {
  adam,
  dense,
  embedding,
  gru,
  type Initializer,
  input,
  lstm,
  type Sequential,
  sequential,
  sgd,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";

afterEach(() => vi.restoreAllMocks());

let clocks = 0;
/** A clock by which every piece of work takes so long. */
function slowClock(milliseconds: number): void {
  let now = 1e9 * ++clocks;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += milliseconds;
    return now;
  });
}

/** How often others had their turn. */
function turns(): () => number {
  const { close } = MessagePort.prototype;
  const closed = vi.spyOn(MessagePort.prototype, "close").mockImplementation(function (this: MessagePort) {
    close.call(this);
  });
  return () => closed.mock.calls.length;
}

const compiled = (model: Sequential): Sequential => {
  model.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: "meanSquaredError" });
  return model;
};

test("while first weights are drawn, others have their turn; the numbers are those drawn at once", async () => {
  const make = () => sequential([input({ shape: [3, 2] }), lstm({ units: 30 }), dense({ units: 1 })], { seed: 3 });
  const [quick, slow] = [make(), make()];
  const expected = await quick.getWeights();
  slowClock(10);
  const had = turns();
  const found = await slow.getWeights();
  // Thirty vectors that must be orthonormal, and five weights.
  expect(had()).toBeGreaterThanOrEqual(35);
  found.forEach(({ data }, i) => {
    expect(sameBits(data, expected[i].data)).toBe("");
  });
  quick.dispose();
  slow.dispose();
});

test("a large state is put aside in pieces", async () => {
  const model = compiled(
    sequential([embedding({ inputDim: 50_000, outputDim: 64 }), gru({ units: 3 }), dense({ units: 1 })]),
  );
  const engine = await model.engine();
  slowClock(10);
  const had = turns();
  const state = await engine.snapshot();
  expect(had()).toBeGreaterThanOrEqual(2);
  const [table] = await model.getWeights();
  engine.restore(state);
  expect(sameBits((await model.getWeights())[0].data, table.data)).toBe("");
  model.dispose();
});

test("states are put aside less often where that takes long", async () => {
  const model = compiled(sequential([input({ shape: [1] }), dense({ units: 1 })]));
  const engine = await model.engine();
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  for (const [cost, most] of [
    [1, 42],
    [100, 6],
  ] as const) {
    const { snapshot } = engine;
    const spy = vi.spyOn(engine, "snapshot").mockImplementation((into) => {
      now += cost;
      return snapshot.call(engine, into);
    });
    const end = now + 10_000;
    const pass = {
      onBatchEnd() {
        now += 50;
      },
    };
    await model.fit(numbers(1, 200, 1), numbers(2, 200, 1), { batchSize: 1, callbacks: [pass] });
    expect(now).toBeGreaterThanOrEqual(end);
    expect(spy.mock.calls.length).toBeLessThanOrEqual(most);
    expect(spy.mock.calls.length).toBeGreaterThan(most / 2);
    spy.mockRestore();
  }
  model.dispose();
});

test("a training that made the model worse keeps no further state aside", async () => {
  const model = sequential([input({ shape: [6, 2] }), gru({ units: 3 }), dense({ units: 1 })]);
  model.compile({ optimizer: adam({ learningRate: 1e6 }), loss: "meanSquaredError" });
  const engine = await model.engine();
  const spy = vi.spyOn(engine, "snapshot");
  const { findings } = await model.fit(numbers(3, 48, 6, 2), numbers(4, 48, 1), { epochs: 4, batchSize: 8 });
  expect(findings.join()).toMatch("made the model worse");
  expect(spy.mock.calls.filter(([into]) => into === undefined).length).toBeLessThanOrEqual(2);
  expect(spy.mock.calls.at(-1)?.[0]).toBeDefined();
  model.dispose();
});

test("a model that is disposed of while it is being made gives its memory back, and one whose weights cannot be drawn", async () => {
  const { Memory } = WebAssembly;
  let made = 0;
  vi.spyOn(WebAssembly, "Memory").mockImplementation(
    class {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if (descriptor.shared) made++;
        // biome-ignore lint/correctness/noConstructorReturn: a memory must be one of the engine's
        return new Memory(descriptor);
      }
    } as never,
  );
  const broken: Initializer = {
    config: { name: "zeros" },
    values: () => {
      throw new Error("no numbers");
    },
  };
  const one = async (kernelInitializer: "zeros" | Initializer, early: boolean) => {
    const model = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer })]);
    const asked = model.predict([[1]]).catch((error) => error.code ?? error.message);
    if (early) {
      await Promise.resolve();
      model.dispose();
    }
    expect(await asked).toBe(early ? "model/disposed" : "no numbers");
    model.dispose();
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  for (let i = 0; i < 4; i++) {
    await one(broken, false);
    await one("zeros", true);
  }
  expect(made).toBeLessThanOrEqual(1);
});
