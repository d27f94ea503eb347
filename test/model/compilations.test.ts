import { afterEach, expect, test, vi } from "vitest";
import { adam, dense, gru, input, lstm, type Model, masking, model, sequential, Tensor } from "../../src/index.ts";
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

test("one program trains and one evaluates and predicts, compiled once, also for other sizes, and models of one shape share them", async () => {
  const make = () => compiled(sequential([input({ shape: [null, 2] }), gru({ units: UNITS }), dense({ units: 1 })]));
  const course = async (model: Model) => [
    await compilations(() => model.fit(x, y, { epochs: 2, validationData: [x, y] })),
    await compilations(() => model.evaluate(x, y)),
    await compilations(() => model.predict(x)),
    await compilations(() => model.fit(x, y, { epochs: 2, batchSize: 16, validationSplit: 0.3 })),
    await compilations(() => model.predict(numbers(4, 3, 9, 2), { batchSize: 2 })),
  ];
  const model = make();
  expect(await course(model)).toEqual([2, 0, 0, 0, 0]);
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

test("what is predicted first, or not compared, has a program of its own", async () => {
  const one = compiled(sequential([input({ shape: [5, 2] }), gru({ units: UNITS + 3 }), dense({ units: 1 })]));
  expect(await compilations(() => one.predict(x))).toBe(1);
  expect(await compilations(() => one.evaluate(x, y))).toBe(1);
  expect(await compilations(() => one.predict(x, { batchSize: 7 }))).toBe(0);
});

/** Two outputs, with a mask, a penalty and a metric. */
function forked(loss: Record<string, string | null>) {
  const start = input({ shape: [null, 2] });
  const states = lstm({ units: UNITS + 64, returnSequences: true }).apply(masking({ maskValue: 0 }).apply(start));
  const each = dense({ units: 2, name: "each", activation: "softmax", kernelRegularizer: "l2" }).apply(states);
  const last = dense({ units: 1, name: "last", activation: "sigmoid" }).apply(gru({ units: UNITS }).apply(states));
  const net = model({ inputs: start, outputs: { each, last }, seed: 3 });
  net.compile({ optimizer: adam(), loss, metrics: { each: ["mae"] } } as Parameters<typeof net.compile>[0]);
  return net;
}

test("predictions have the same bits by either program", async () => {
  const loss = { each: "categoricalCrossentropy", last: "binaryCrossentropy" };
  const [first, second] = [forked(loss), forked(loss)];
  const targets = { each: numbers(6, 70, 5, 2), last: numbers(7, 70, 1) };
  const before = await second.evaluate(x, targets);
  for (const batchSize of [32, 1, 70, 9]) {
    const [one, other] = [await first.predict(x, { batchSize }), await second.predict(x, { batchSize })];
    for (const name of ["each", "last"] as const) expect(other[name].data).toEqual(one[name].data);
  }
  expect(await second.evaluate(x, targets)).toEqual(before);
  // Weights that are not finite end an evaluation, but no prediction.
  await second.setWeights(
    (await second.getWeights()).map(
      ({ shape, data }) =>
        new Tensor(
          shape,
          data.map(() => NaN),
        ),
    ),
  );
  expect((await second.predict(x)).last.data.every(Number.isNaN)).toBe(true);
  // Where an output is not compared, evaluation does not compute it.
  const part = forked({ ...loss, last: null });
  await part.evaluate(x, { each: targets.each });
  const [whole, own] = [await first.predict(x), await part.predict(x)];
  expect(own.last.data).toEqual(whole.last.data);
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
