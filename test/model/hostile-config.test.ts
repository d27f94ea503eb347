import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GruvyError } from "../../src/base/index.ts";
import {
  adam,
  adamw,
  auc,
  binaryCrossentropy,
  cosineDecay,
  dense,
  dropout,
  embedding,
  exponentialDecay,
  gru,
  huber,
  input,
  lstm,
  piecewiseConstantDecay,
  precision,
  rmsprop,
  sequential,
  sequentialFromConfig,
  sgd,
  simpleRnn,
} from "../../src/model/index.ts";
import { processorClock } from "../processor-clock.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function good(): Json {
  const model = sequential([
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    gru({ units: 5, returnSequences: true }),
    lstm({ units: 3 }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({
    optimizer: adam({ learningRate: exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }) }),
    loss: huber(),
    metrics: ["accuracy", auc(), precision()],
  });
  return JSON.parse(JSON.stringify(model.toConfig()));
}

/** Paths to every value in a JSON tree. */
function pathsOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const inner =
    Array.isArray(value) || (typeof value === "object" && value !== null)
      ? Object.entries(value).flatMap(([key, part]) => pathsOf(part as Json, [...path, key]))
      : [];
  return [path, ...inner];
}

function replaced(tree: Json, path: readonly (string | number)[], value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = JSON.parse(JSON.stringify(tree));
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key];
  Object.defineProperty(at, path.at(-1)!, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Whatever is read from it, it ends with a model or with a GruvyError, soon and without much memory. */
function expectTame(config: unknown): void {
  const before = process.memoryUsage();
  const spent = processorClock();
  try {
    sequentialFromConfig(config).dispose();
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    expect(error.code).toMatch(/^(model|usage|data)\//);
    expect(error.message.length).toBeLessThan(650);
  }
  expect(spent()).toBeLessThan(2000);
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(2 ** 26);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
}

const bad: unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e9,
  1e308,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "toString",
  "__proto__",
  "constructor",
  "gru",
  "x".repeat(10_000),
  [],
  [null],
  {},
  { name: "toString" },
  { kernel: { kind: "huber", delta: "); evil" } },
  { rule: { kind: "sgd" } },
  JSON.parse('{"__proto__": {"polluted": true}, "name": "sgd"}'),
];

describe("a config from a stranger", () => {
  const config = good();

  test("that is good is read", () => {
    const model = sequentialFromConfig(config);
    expect(model.countParams()).toBeGreaterThan(100);
    model.dispose();
  });

  test("with any one value replaced ends with a model or a GruvyError", () => {
    for (const path of pathsOf(config)) for (const value of bad) expectTame(replaced(config, path, value));
  });

  test("with any one value taken away, or one added", () => {
    for (const path of pathsOf(config)) {
      expectTame(replaced(config, path, undefined));
      for (const key of ["__proto__", "constructor", "toString"]) {
        if (path.length > 0) expectTame(replaced(config, [...path.slice(0, -1), key], { polluted: true }));
      }
    }
  });

  test("of any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => expectTame(value)),
      { numRuns: 300, seed: 1 },
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 })), (layers) => expectTame({ kind: "sequential", layers })),
      { numRuns: 300, seed: 2 },
    );
    let deep: Json = "end";
    for (let i = 0; i < 5000; i++) deep = { config: deep, kernel: deep === "end" ? 1 : {}, name: "sgd" };
    for (const path of [
      ["compile", "loss"],
      ["compile", "optimizer"],
      ["layers", 1, "config"],
    ]) {
      expectTame(replaced(config, path, deep));
    }
  });

  const refused: [what: string, path: (string | number)[], value: unknown, code: string, text: string][] = [
    ["an unknown kind", ["kind"], "functional", "model/config", "Expected a sequential architecture"],
    ["no layers", ["layers"], [], "model/empty", "list of layers"],
    ["a layer that is a name", ["layers", 1, "kind"], "toString", "model/layer", 'Unknown layer "toString"'],
    [
      "a layer that nobody defined",
      ["layers", 1, "kind"],
      "gatedLinear",
      "model/layer",
      "define your own of that name",
    ],
    ["a layer in Keras's words", ["layers", 1, "kind"], "GRU", "model/layer", "It is called gru here"],
    ["a billion units", ["layers", 1, "config", "units"], 1e9, "model/option", "units of gru"],
    ["a NaN rate", ["layers", 1, "config", "dropout"], Number.NaN, "model/option", "dropout of gru"],
    ["a table too large", ["layers", 0, "config", "inputDim"], 2e9, "model/size", "embedding/embeddings"],
    ["yes as text", ["layers", 1, "config", "returnSequences"], "false", "model/option", "true or false"],
    ["an option unknown", ["layers", 1, "config", "timeMajor"], true, "model/option", 'gru has no option "timeMajor"'],
    ["a rate of NaN", ["compile", "optimizer", "learningRate"], Number.NaN, "model/option", "learningRate of adam"],
    ["a rate as text", ["compile", "optimizer", "learningRate"], "0.01", "model/option", "learningRate of adam"],
    ["a loss with a kernel", ["compile", "loss"], { kernel: {}, config: { name: "evil" } }, "model/loss", "evil"],
    ["a seed below zero", ["seed"], -1, "usage/option", "seed"],
    ["a layer's seed", ["layers", 1, "seed"], "now", "usage/option", 'seed of layer "gru"'],
    ["a path in a name", ["layers", 1, "name"], "../x", "model/name", "without"],
  ];
  test.each(refused)("%s is refused and named", (_, path, value, code, text) => {
    const wrong = replaced(config, path, value);
    expect(() => sequentialFromConfig(wrong)).toThrow(expect.objectContaining({ name: "GruvyError", code }));
    expect(() => sequentialFromConfig(wrong)).toThrow(text);
  });
});

describe("options are checked when a layer, loss, metric or optimizer is made", () => {
  const cases: [string, () => unknown][] = [
    ["gru()", () => gru(undefined as never)],
    ["gru(5)", () => gru(5 as never)],
    ["no units", () => gru({} as never)],
    ["units 0", () => lstm({ units: 0 })],
    ["half a unit", () => simpleRnn({ units: 1.5 })],
    ["units as text", () => dense({ units: "8" } as never)],
    ["dropout 1", () => gru({ units: 1, dropout: 1 })],
    ["dropout below 0", () => gru({ units: 1, recurrentDropout: -0.1 })],
    ["an unknown activation", () => gru({ units: 1, activation: "mish" as never })],
    ["recurrentActivation of a simpleRnn", () => simpleRnn({ units: 1, recurrentActivation: "sigmoid" } as never)],
    ["return_sequences", () => gru({ units: 1, return_sequences: true } as never)],
    ["an initializer", () => dense({ units: 1, kernelInitializer: "lecun" as never })],
    ["dense()", () => dense(undefined as never)],
    ["dropout(0.5)", () => dropout(0.5 as never)],
    ["dropout 1", () => dropout({ rate: 1 })],
    ["embedding without outputDim", () => embedding({ inputDim: 3 } as never)],
    ["input of rank 3", () => input({ shape: [1, 2, 3] })],
    ["input without features", () => sequential([input({ shape: [null] }), dense({ units: 1 })])],
    ["input of steps without features", () => input({ shape: [3, null] })],
    ["input in the middle", () => sequential([dense({ units: 1 }), input({ shape: [1] })])],
    [
      "an embedding in the middle",
      () => sequential([input({ shape: [3] }), dense({ units: 1 }), embedding({ inputDim: 3, outputDim: 1 })]),
    ],
    ["gru on rows", () => sequential([input({ shape: [3] }), gru({ units: 1 })])],
    ["gru on the last output", () => sequential([input({ shape: [3, 2] }), gru({ units: 1 }), gru({ units: 1 })])],
    ["tokens alone", () => sequential([input({ shape: [3, 2] }), 5 as never])],
    ["no layers", () => sequential([])],
    ["not a list", () => sequential(dense({ units: 1 }) as never)],
    ["a seed", () => sequential([dense({ units: 1 })], { seed: 0.5 })],
    ["adam(0.1)", () => adam(0.1 as never)],
    ["lr", () => adam({ lr: 0.1 } as never)],
    ["learning_rate", () => sgd({ learning_rate: 0.1 } as never)],
    ["a negative rate", () => sgd({ learningRate: -1 })],
    ["momentum 2", () => sgd({ momentum: 2 })],
    ["beta as text", () => adamw({ beta1: "0.9" } as never)],
    ["two clippings", () => rmsprop({ clipnorm: 1, clipvalue: 1 })],
    ["clipping at 0", () => rmsprop({ clipnorm: 0 })],
    ["epsilon NaN", () => rmsprop({ epsilon: Number.NaN })],
    ["delta 0", () => huber({ delta: 0 })],
    ["from_logits", () => binaryCrossentropy({ from_logits: true } as never)],
    ["one threshold", () => auc({ numThresholds: 1 })],
    ["a threshold NaN", () => precision({ threshold: Number.NaN })],
    ["decaySteps 0", () => exponentialDecay({ initialLearningRate: 1, decaySteps: 0, decayRate: 1 })],
    ["values missing", () => piecewiseConstantDecay({ boundaries: [1] } as never)],
    ["too few values", () => piecewiseConstantDecay({ boundaries: [1], values: [1] })],
    ["a warm-up to NaN", () => cosineDecay({ initialLearningRate: 1, decaySteps: 2, warmupTarget: Number.NaN })],
  ];
  test.each(cases)("%s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ name: "GruvyError" }));
  });

  test("a name from a Keras page is translated", () => {
    expect(() => gru({ units: 1, return_sequences: true } as never)).toThrow(
      'gru has no option "return_sequences". It is called returnSequences here.',
    );
    expect(() => sgd({ global_clipnorm: 1 } as never)).toThrow("It is called globalClipnorm here.");
  });
});
