import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { sameBits, source, uniform, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { key as keyOfStream, random, stream } from "../../base/index.ts";
import { I32 } from "../wasm/index.ts";
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

describe("rows in the user's order and back", () => {
  it.each(widths)("%i features", (features) => {
    for (const [rows, steps] of [
      [1, 1],
      [3, 1],
      [1, 4],
      [5, 3],
    ]) {
      bench.clear();
      const user = whole(features, rows * steps * features, 1000);
      const from = bench.floats([0, ...user]); // at an address that is no multiple of 16
      const engine = bench.floats(rows * steps * stride(features));
      bench.call(`gather ${features}`, (module) => gatherRows(module, features), from.address + 4, engine, rows, steps);
      const expected = Float32Array.from({ length: user.length }, (_, i) => {
        const [place, j] = [Math.floor(i / features), i % features];
        const [step, row] = [Math.floor(place / rows), place % rows];
        return user[(row * steps + step) * features + j];
      });
      const shape = { rows: rows * steps, features, padded: padded(features), stride: stride(features) };
      expect(sameBits(engine.data, spread(expected, shape))).toBe("");
      const back = bench.floats(user.length + 1);
      bench.call(
        `scatter ${features}`,
        (module) => scatterRows(module, features),
        engine,
        back.address + 4,
        rows,
        steps,
      );
      expect(sameBits(back.data, [Number.NaN, ...user])).toBe("");
    }
  });

  it("tokens, and their mask", () => {
    for (const [rows, steps] of [
      [1, 1],
      [3, 1],
      [1, 5],
      [4, 7],
    ]) {
      bench.clear();
      const tokens = Int32Array.from({ length: rows * steps }, (_, i) => source(1).below(i, 3));
      const from = bench.words32(tokens);
      const to = bench.words32(new Int32Array(rows * steps).fill(-9));
      bench.call("tokens", gatherTokens, from, to, rows, steps);
      const expected = tokens.map((_, i) => tokens[(i % rows) * steps + Math.floor(i / rows)]);
      expect([...to.data]).toEqual([...expected]);
      const mask = bench.words32(new Int32Array(rows * steps).fill(5));
      bench.call("mask", tokenMask, to, mask, rows * steps);
      expect([...mask.data]).toEqual([...expected].map((token) => (token === 0 ? 0 : -1)));
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
        const rows = 5;
        const to = bench.floats(rows * stride(features));
        const source = random(seed, stream.dropout, step);
        const key = keyWords(seed, step);
        bench.call(
          `dropout ${features} ${rate}`,
          (module) => dropoutMask(module, features, stride(features), rate),
          to,
          first * padded(features),
          key.first,
          key.second,
          rows,
        );
        const expected = Float32Array.from({ length: rows * features }, (_, i) => {
          const element = (first + Math.floor(i / features)) * padded(features) + (i % features);
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
      bench.call(`stat ${rate}`, (m) => dropoutMask(m, features, stride(features), rate), to, 0, first, second, rows);
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
