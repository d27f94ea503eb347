import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { sameBits, source, uniform, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { key as keyOfStream, random, stream } from "../../base/index.ts";
import { I32, type Module } from "../wasm/index.ts";
import { dropoutMask, mixScalar } from "./dropout.ts";
import { gatherRows, gatherTokens, lookup, lookupBackward, lookupBlock, scatterRows, tokenMask } from "./gather.ts";
import { padded, panelIndex, panelSize, stride } from "./layout.ts";

const bench = new Bench(targets[0][1]);
const widths = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 64, 72, 100, 128, 130];

describe("layout", () => {
  it("pads to whole panels, and long rows to an odd number of lines", () => {
    for (let features = 1; features <= 700; features++) {
      expect(padded(features) % 8).toBe(0);
      expect(padded(features) - features).toBeLessThan(8);
      expect(stride(features)).toBeGreaterThanOrEqual(padded(features));
      if (padded(features) >= 64) expect((stride(features) / 16) % 2).toBe(1);
    }
  });
  it("gives every element of a matrix a place of its own", () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [7, 17],
      [33, 8],
    ]) {
      const places = new Set<number>();
      for (let row = 0; row < rows; row++) for (let j = 0; j < columns; j++) places.add(panelIndex(row, j, rows));
      expect(places.size).toBe(rows * columns);
      expect(Math.max(...places)).toBeLessThan(panelSize(rows, columns));
    }
  });
});

/** Rows of a slice as numbers of the user's rows: some of them, in no order. */
const orders = [[0], [2, 0, 1], [3], [4, 1, 6, 0, 2]];
const USER_ROWS = 7;

describe("rows in the user's order and back", () => {
  it.each(widths)("%i features", (features) => {
    for (const [i, numbers] of orders.entries()) {
      bench.clear();
      const rows = numbers.length;
      const steps = [1, 4, 3, 2][i];
      const user = whole(features, USER_ROWS * steps * features, 1000);
      const from = bench.floats([0, ...user]); // at an address that is no multiple of 16
      const order = bench.words32(numbers);
      const engine = bench.floats(rows * steps * stride(features));
      const gather = (module: Module) => gatherRows(module, features);
      bench.call(`gather ${features}`, gather, from.address + 4, engine, order, rows, steps);
      const at = (row: number, step: number, j: number) => (numbers[row] * steps + step) * features + j;
      const expected = Float32Array.from({ length: rows * steps * features }, (_, k) => {
        const [place, j] = [Math.floor(k / features), k % features];
        return user[at(place % rows, Math.floor(place / rows), j)];
      });
      const shape = { rows: rows * steps, features, padded: padded(features), stride: stride(features) };
      expect(sameBits(engine.data, spread(expected, shape))).toBe("");
      const back = bench.floats(user.length + 1);
      const scatter = (module: Module) => scatterRows(module, features);
      bench.call(`scatter ${features}`, scatter, engine, back.address + 4, order, rows, steps);
      const own = (k: number) => numbers.includes(Math.floor(k / (steps * features)));
      expect(sameBits(back.data, [Number.NaN, ...user.map((value, k) => (own(k) ? value : Number.NaN))])).toBe("");
    }
  });

  it("tokens, and their mask", () => {
    for (const numbers of orders) {
      for (const steps of [1, 5, 7]) {
        bench.clear();
        const rows = numbers.length;
        const tokens = Int32Array.from({ length: USER_ROWS * steps }, (_, i) => source(1).below(i, 3));
        const to = bench.words32(new Int32Array(rows * steps).fill(-9));
        bench.call("tokens", gatherTokens, bench.words32(tokens), to, bench.words32(numbers), rows, steps);
        const expected = to.data.map((_, i) => tokens[numbers[i % rows] * steps + Math.floor(i / rows)]);
        expect([...to.data]).toEqual([...expected]);
        const mask = bench.words32(new Int32Array(rows * steps).fill(5));
        bench.call("mask", tokenMask, to, mask, rows * steps);
        expect([...mask.data]).toEqual([...expected].map((token) => (token === 0 ? 0 : -1)));
      }
    }
  });
});

describe("lookup", () => {
  it.each(widths)("%i features, and its gradient in the order of places", (features) => {
    const [rows, count] = [6, 11];
    bench.clear();
    const table = spread(uniform(1, rows * features), {
      rows,
      features,
      padded: padded(features),
      stride: padded(features),
    });
    const tokens = Int32Array.from({ length: count }, (_, i) => source(2).below(i, rows - 1)); // the last is never read
    const at = {
      table: bench.floats(table),
      tokens: bench.words32(tokens),
      to: bench.floats(count * stride(features)),
    };
    bench.call(`lookup ${features}`, (module) => lookup(module, features), at.table, at.tokens, at.to, count);
    const shape = { rows: count, features, padded: padded(features), stride: stride(features) };
    const expected = Float32Array.from(
      { length: count * features },
      (_, i) => table[tokens[Math.floor(i / features)] * padded(features) + (i % features)],
    );
    expect(sameBits(gathered(at.to.data, shape), expected)).toBe("");

    const gradients = whole(3, count * features);
    const from = bench.floats(spread(gradients, shape));
    const sums = bench.floats(new Float32Array(rows * padded(features)).fill(1));
    const block = lookupBlock(features);
    for (let first = 0; first < padded(features); first += block) {
      const width = Math.min(block, padded(features) - first);
      bench.call(
        `lookupBackward ${features} ${width}`,
        (module) => lookupBackward(module, features, width),
        sums.address + 4 * first,
        at.tokens,
        from.address + 4 * first,
        count,
        { f32: 0.5 },
      );
    }
    const total = new Float32Array(rows * features).fill(1);
    gradients.forEach((value, i) => {
      total[tokens[Math.floor(i / features)] * features + (i % features)] += 0.5 * value;
    });
    expect(sameBits(gathered(sums.data, { rows, features, stride: padded(features) }), total)).toBe("");
  });
});

describe("dropout", () => {
  it.each([1, 3, 5, 8, 17, 33, 72])("the kernel's bits are those of base's counter, for %i features", (features) => {
    for (const rate of [0.2, 0.5, 0.999]) {
      for (const [seed, step, first] of [
        [0, 0, 0],
        [7, 12345, 16],
        [2 ** 40 + 3, 2 ** 31 + 5, 1000],
      ]) {
        bench.clear();
        const numbers = [3, 0, 4, 17, 1].map((row) => row + first);
        const rows = numbers.length;
        const to = bench.floats(rows * stride(features));
        const source = random(seed, stream.dropout, step);
        const key = keyWords(seed, step);
        const block = first % 3;
        const order = bench.words32(numbers);
        const mask = (module: Module) => dropoutMask(module, features, stride(features), rate);
        bench.call(`dropout ${features} ${rate}`, mask, to, order, block, key.first, key.second, rows);
        const expected = Float32Array.from({ length: rows * features }, (_, i) => {
          const row = numbers[Math.floor(i / features)] + block * 65536;
          const element = row * padded(features) + (i % features);
          return source.bits(element) >>> 8 < Math.round(rate * 2 ** 24) ? 0 : 1 / (1 - rate);
        });
        expect(sameBits(gathered(to.data, { rows, features, stride: stride(features) }), expected)).toBe("");
      }
    }
  });

  it("drops the wanted share, independently from row to row and step to step", () => {
    const [rows, features] = [400, 96];
    const drop = (seed: number, step: number, rate: number) => {
      bench.clear();
      const to = bench.floats(rows * stride(features));
      const { first, second } = keyWords(seed, step);
      const order = bench.words32(Array.from({ length: rows }, (_, row) => row));
      const mask = (module: Module) => dropoutMask(module, features, stride(features), rate);
      bench.call(`stat ${rate}`, mask, to, order, 0, first, second, rows);
      return gathered(to.data, { rows, features, stride: stride(features) }).map((value) => (value === 0 ? 1 : 0));
    };
    const share = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const total = rows * features;
    for (const rate of [0.1, 0.2, 0.5, 0.8]) {
      const deviation = Math.sqrt((rate * (1 - rate)) / total);
      for (const [seed, step] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [99, 7],
      ]) {
        expect(Math.abs(share(drop(seed, step, rate)) - rate)).toBeLessThan(4.5 * deviation);
      }
      const pairs = [
        [drop(0, 0, rate), drop(0, 1, rate)],
        [drop(0, 0, rate), drop(1, 0, rate)],
        [drop(0, 0, rate).subarray(features), drop(0, 0, rate).subarray(0, total - features)],
        [drop(0, 0, rate).subarray(1), drop(0, 0, rate).subarray(0, total - 1)],
      ];
      for (const [a, b] of pairs) {
        const together = share(a.map((value, i) => value * b[i]));
        expect(Math.abs(together - rate * rate)).toBeLessThan(
          4.5 * Math.sqrt((rate * rate * (1 - rate * rate)) / total),
        );
      }
    }
  });
});

/** The two words that the program makes of a seed and a step, by the program's own scalar mixing. */
function keyWords(seed: number, step: number): { first: number; second: number } {
  const { inner, low } = keyOf(seed);
  const out = bench.words32([0, 0]);
  bench.call(
    "key",
    (module) =>
      module.function("key", [I32, I32, I32], (fn, at, sum, lowWord) => {
        const first = mixScalar(fn, sum);
        fn.store(at, first);
        fn.store(at, mixScalar(fn, first.xor(lowWord)), 4);
        return undefined;
      }),
    out,
    (inner + step) | 0,
    low | 0,
  );
  return { first: out.data[0], second: out.data[1] };
}

const keyOf = (seed: number) => keyOfStream(seed, stream.dropout);
