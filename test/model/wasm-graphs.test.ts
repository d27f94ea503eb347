// Exported and traced programs of functional models: attention, several inputs, several outputs.

import { afterAll, describe, expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import { closeTeam } from "../../src/engine/index.ts";
import {
  additiveAttention,
  attention,
  concatenate,
  dense,
  embedding,
  globalAveragePooling1d,
  gru,
  input,
  lstm,
  type Model,
  model,
  simpleRnn,
  subtract,
} from "../../src/model/index.ts";
import { load, type Output, type Row } from "../../src/run/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens } from "./data.ts";
import { flat, rowsOf } from "./wasm-rows.ts";

afterAll(closeTeam);

interface Case {
  readonly net: () => Model<unknown>;
  /** Of so many rows; the steps of each time axis. */
  readonly x: (rows: number, steps: readonly number[]) => Readonly<Record<string, Tensor>>;
}

const cases: Readonly<Record<string, Case>> = {
  "attention of a sequence to itself": {
    net: () => {
      const x = input({ shape: [null, 3], name: "x" });
      const states = gru({ units: 5, returnSequences: true }).apply(x);
      const seen = attention({ useScale: true }).apply([states, states]);
      return model({ inputs: x, outputs: dense({ units: 2 }).apply(globalAveragePooling1d().apply(seen)) });
    },
    x: (rows, [steps]) => ({ x: numbers(rows, rows, steps, 3) }),
  },
  "attention to steps before": {
    net: () => {
      const x = input({ shape: [null], name: "x" });
      const words = embedding({ inputDim: 30, outputDim: 9, maskZero: true }).apply(x);
      const seen = additiveAttention({ useCausalMask: true }).apply([words, words]);
      return model({ inputs: x, outputs: lstm({ units: 3, returnSequences: true }).apply(seen) });
    },
    x: (rows, [steps]) => ({ x: paddedTokens(rows, 30, rows, steps) }),
  },
  "attention between two inputs of other lengths, masked": {
    net: () => {
      const asked = input({ shape: [null], name: "asked" });
      const known = input({ shape: [null, 4], name: "known" });
      const query = gru({ units: 4, returnSequences: true }).apply(
        embedding({ inputDim: 20, outputDim: 6, maskZero: true }).apply(asked),
      );
      const seen = attention({ scoreMode: "concat" }).apply([query, known]);
      const end = simpleRnn({ units: 3 }).apply(concatenate().apply([seen, query]));
      return model({ inputs: [asked, known], outputs: [seen, end] });
    },
    x: (rows, [one, other]) => ({ asked: paddedTokens(rows, 20, rows, one), known: numbers(rows, rows, other, 4) }),
  },
  "a shared layer, two sequences of one length and a row, outputs by name": {
    net: () => {
      const left = input({ shape: [null, 3], name: "left" });
      const right = input({ shape: [null, 3], name: "right" });
      const place = input({ shape: [2], name: "place" });
      const shared = gru({ units: 4, returnSequences: true });
      const apart = subtract().apply([shared.apply(left), shared.apply(right)]);
      const last = lstm({ units: 5 }).apply(apart);
      const sales = dense({ units: 1, name: "sales" }).apply(concatenate().apply([last, place]));
      return model({ inputs: { place, left, right }, outputs: { sales, apart, last } });
    },
    x: (rows, [steps]) => ({
      place: numbers(rows, rows, 2),
      left: numbers(rows + 1, rows, steps, 3),
      right: numbers(rows + 2, rows, steps, 3),
    }),
  },
  "rows alone": {
    net: () => {
      const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [3], name: "b" })];
      return model({ inputs: [a, b], outputs: dense({ units: 9 }).apply(concatenate().apply([a, b])) });
    },
    x: (rows) => ({ a: numbers(rows, rows, 2), b: numbers(rows + 1, rows, 3) }),
  },
};

const shapes = [
  [1, [1, 1]],
  [3, [5, 2]],
  [17, [9, 30]],
  [16, [2, 70]],
  [2, [130, 7]],
] as const;

describe.each(Object.entries(cases))("%s", (_, { net, x }) => {
  const made = () => {
    const made = net();
    made.compile({ loss: "meanSquaredError", numerics: "exact" });
    return made;
  };

  test("gives the bits of predict for any rows and steps, arranged alike", async () => {
    const model = made();
    const small = await load(await model.toWasm());
    const names = small.about.inputs.map(({ name }) => name);
    for (const [rows, steps] of shapes) {
      const given = x(rows, steps);
      const columns = names.map((name) => rowsOf(given[name]));
      const listed = columns[0].map(
        (_, row): Row => (names.length > 1 ? columns.map((column) => column[row]) : columns[0][row]),
      );
      const expected = (await model.predict(names.length > 1 ? given : given[names[0]])) as Tensor | Tensor[];
      const found = small.predict(listed);
      if ("data" in expected) {
        expect(flat(found)).toEqual([...expected.data]);
      } else {
        expect(Object.keys(found[0])).toEqual(Object.keys(expected));
        for (const [name, { data }] of Object.entries(expected)) {
          const own = flat(found.map((answer) => (answer as Record<string, Output>)[name]));
          expect(own, `${name} of ${rows} rows of ${steps} steps`).toEqual([...data]);
        }
      }
      if (names.length > 1) {
        const named = columns[0].map(
          (_, row): Row => Object.fromEntries(names.map((name, i) => [name, columns[i][row]])),
        );
        expect(small.predict(named)).toEqual(found);
      }
    }
    model.dispose();
  });

  test("says why it cannot go step by step", async () => {
    const model = made();
    const small = await load(await model.toWasm());
    expect(() => small.step(undefined, 1)).toThrow(/^This model cannot go step by step: /);
    model.dispose();
  });
});

test("the states in a trace are those that predict gives", async () => {
  const { net, x } = cases["attention between two inputs of other lengths, masked"];
  const model = net();
  model.compile({ loss: "meanSquaredError", numerics: "exact" });
  const given = x(19, [6, 11]);
  const [, end] = (await model.predict(given)) as unknown as Tensor[];
  const trace = await model.trace(given);
  expect(Object.entries(trace).map(([name, { h }]) => [name, h.shape])).toEqual([
    ["gru", [19, 6, 4]],
    ["simple_rnn", [19, 6, 3]],
  ]);
  const { h } = trace.simple_rnn;
  const last = Float32Array.from({ length: 19 * 3 }, (_, i) => h.at(Math.floor(i / 3), 5, i % 3));
  expect(sameBits(last, end.data)).toBe("");
  model.dispose();
});

test("what does not fit several inputs is refused, with the input's name", async () => {
  const { net } = cases["a shared layer, two sequences of one length and a row, outputs by name"];
  const small = await load(await net().toWasm());
  const place = [1, 2];
  const left = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const good = small.predict([{ place, left, right: left }]);
  const bad: [unknown, string][] = [
    [[place, left], "a list of 3, found 2"],
    [[place, left, left, left], "a list of 3, found 4"],
    [{ place, left }, "a list, found undefined"],
    [null, "a list, found undefined"],
    [{ place, left, right: [[1, 2, 3]] }, '2 x 3 numbers of "right", found 3'],
    [{ place: [1], left, right: left }, '1 x 2 numbers of "place", found 1'],
    [{ place, left: [], right: [] }, '1 or more x 3 numbers of "left", found 0'],
    [
      {
        place,
        left,
        right: [
          [1, 2, 3],
          [4, 5, Number.NaN],
        ],
      },
      "a finite number, found NaN",
    ],
  ];
  for (const [row, message] of bad) {
    expect(() => small.predict([row as Row])).toThrow(new RangeError(`Row at index 0: Expected ${message}`));
  }
  expect(small.predict([{ place, left, right: left }])).toEqual(good);
  await expect(net().toWasm({ preprocessing: { kind: "texts" } })).rejects.toThrow(/found 3 and 3/);
});
