import { afterEach, expect, test, vi } from "vitest";
import { adam, dense, gru, input, type Model, sequential, Tensor } from "../../src/index.ts";
import { numbers } from "./data.ts";

// A number of units that no other test has, so that nothing is compiled already.
const UNITS = 19;
const [x, y] = [numbers(1, 70, 5, 2), numbers(2, 70, 1)];
const sampleWeight = numbers(3, 70);

afterEach(() => vi.restoreAllMocks());

/** How often WebAssembly compiles meanwhile. */
async function compilations(work: () => Promise<unknown>): Promise<number> {
  const compile = vi.spyOn(WebAssembly, "compile");
  await work();
  const { length } = compile.mock.calls;
  compile.mockRestore();
  return length;
}

function compiled(model: Model): Model {
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });
  return model;
}

test("training, evaluating and predicting compile a program each, once, also for other sizes, and models of one shape share them", async () => {
  const make = () => compiled(sequential([input({ shape: [null, 2] }), gru({ units: UNITS }), dense({ units: 1 })]));
  const course = async (model: Model) => [
    await compilations(() => model.fit(x, y, { epochs: 2, validationData: [x, y] })),
    await compilations(() => model.evaluate(x, y)),
    await compilations(() => model.predict(x)),
    await compilations(() => model.fit(x, y, { epochs: 2, batchSize: 16, validationSplit: 0.3 })),
    await compilations(() => model.predict(numbers(4, 3, 9, 2), { batchSize: 2 })),
  ];
  const model = make();
  expect(await course(model)).toEqual([2, 0, 1, 0, 0]);
  expect(await course(make())).toEqual([0, 0, 0, 0, 0]);
  // Weights of rows are another program, of each of the two that have a loss.
  expect(await compilations(() => model.evaluate(x, y, { sampleWeight }))).toBe(1);
  expect(await compilations(() => model.fit(x, y, { sampleWeight }))).toBe(1);
  // Compiled again as it was, nothing is; with another optimizer only what trains.
  compiled(model);
  expect(await course(model)).toEqual([0, 0, 0, 0, 0]);
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  expect(await course(model)).toEqual([1, 0, 0, 0, 0]);
});

test("batches of one row have a program of their own where threads share the row", async () => {
  const make = (units: number) => sequential([input({ shape: [null, 2] }), gru({ units }), dense({ units: 1 })]);
  const course = async (model: Model) => [
    await compilations(() => model.predict(x)),
    await compilations(() => model.predict(x, { batchSize: 1 })),
    await compilations(() => model.predict(numbers(5, 1, 7, 2))),
  ];
  expect(await course(make(UNITS + 2))).toEqual([1, 0, 0]);
  expect(await course(make(UNITS + 64))).toEqual([1, 1, 0]);
});

test("one easy row at the beginning costs no evaluation at the end", async () => {
  const model = compiled(sequential([input({ shape: [5, 2] }), gru({ units: UNITS + 1 }), dense({ units: 1 })]));
  const at = await model.predict(x);
  const targets = new Tensor(
    [70, 1],
    at.data.map((value, row) => (row === 0 ? value + 0.001 : value + (row % 2 ? 1 : -1))),
  );
  const fit = () => model.fit(x, targets, { batchSize: 1, shuffle: false });
  expect(await compilations(fit)).toBe(1);
});
