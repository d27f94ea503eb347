// Kernels that move rows about: in and out of the engine's order, by number, added, multiplied, dropped.

import { key, random, stream } from "../../base/index.ts";
import {
  addRow,
  anyNonZero,
  columnSums,
  copyNumbered,
  copyRows,
  dropoutMask,
  fillRows,
  gatherRows,
  gatherTokens,
  lookup,
  lookupBackward,
  lookupBlock,
  mixScalar,
  multiplyRows,
  padded,
  scatterRows,
  stride,
  sumRows,
  tokenMask,
} from "../kernels/index.ts";
import { I32 } from "../wasm/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { sameBits, whole } from "./numbers.ts";

// Whole numbers: nothing is rounded, so results are equal or wrong.

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 5, features: 33 },
  { rows: 2, features: 100 },
];
const filled = (length: number, of: (i: number) => number) => Float32Array.from({ length }, (_, i) => of(i));

/** The user's rows, [row][step][feature], into [step][row][feature] and back; rows in another order. */
function order(bench: Bench, { rows, features }: Shape): Problems {
  const steps = 3;
  const numbers = Array.from({ length: rows }, (_, row) => rows - 1 - row);
  const user = whole(1, rows * steps * features, 1000);
  const words = bench.words32(numbers);
  const from = bench.floats(user);
  const engine = bench.floats(rows * steps * stride(features));
  const back = bench.floats(user.length);
  bench.call(`gather ${features}`, (module) => gatherRows(module, features), from, engine, words, rows, steps);
  bench.call(`scatter ${features}`, (module) => scatterRows(module, features), engine, back, words, rows, steps);
  const expected = filled(user.length, (i) => {
    const [place, j] = [Math.floor(i / features), i % features];
    return user[(numbers[place % rows] * steps + Math.floor(place / rows)) * features + j];
  });
  const shape = laid({ rows: rows * steps, features });
  return {
    gatherRows: sameBits(engine.data, spread(expected, shape)),
    scatterRows: sameBits(back.data, user),
  };
}

function tokens(bench: Bench, { rows }: Shape): Problems {
  const steps = 4;
  const numbers = Array.from({ length: rows }, (_, row) => (row + 1) % rows);
  const user = Int32Array.from(whole(2, rows * steps, 1));
  const to = bench.words32(new Int32Array(rows * steps).fill(-9));
  const mask = bench.words32(new Int32Array(rows * steps).fill(5));
  bench.call("gatherTokens", gatherTokens, bench.words32(user), to, bench.words32(numbers), rows, steps);
  bench.call("tokenMask", tokenMask, to, mask, rows * steps);
  const expected = filled(rows * steps, (i) => user[numbers[i % rows] * steps + Math.floor(i / rows)]);
  return {
    gatherTokens: sameBits(Float32Array.from(to.data), expected),
    tokenMask: sameBits(
      [...mask.data],
      [...expected].map((token) => (token === 0 ? 0 : -1)),
    ),
  };
}

function lookups(bench: Bench, { rows: words, features }: Shape): Problems {
  const count = 9;
  const numbers = Int32Array.from({ length: count }, (_, i) => (i * 5 + (i % 3)) % words);
  const values = whole(3, words * features, 100);
  const table = bench.floats(spread(values, { ...laid({ rows: words, features }), stride: padded(features) }));
  const placed = bench.words32(numbers);
  const to = bench.floats(count * stride(features));
  bench.call(`lookup ${features}`, (module) => lookup(module, features), table, placed, to, count);
  const shape = laid({ rows: count, features });
  const found = filled(count * features, (i) => values[numbers[Math.floor(i / features)] * features + (i % features)]);
  const gradients = whole(4, count * features);
  const from = bench.floats(spread(gradients, shape));
  const sums = bench.floats(new Float32Array(words * padded(features)).fill(1));
  const block = lookupBlock(features);
  for (let column = 0; column < padded(features); column += block) {
    const width = Math.min(block, padded(features) - column);
    const make = (module: Parameters<typeof lookupBackward>[0]) => lookupBackward(module, features, width);
    const at = [sums.address + 4 * column, placed, from.address + 4 * column] as const;
    bench.call(`lookup back ${features} ${width}`, make, ...at, count, { f32: 0.5 });
  }
  const expected = new Float32Array(words * features).fill(1);
  gradients.forEach((value, i) => {
    expected[numbers[Math.floor(i / features)] * features + (i % features)] += 0.5 * value;
  });
  return {
    lookup: sameBits(gathered(to.data, shape), found),
    lookupBackward: sameBits(gathered(sums.data, { rows: words, features, stride: padded(features) }), expected),
  };
}

function arithmetic(bench: Bench, { rows, features }: Shape): Problems {
  const width = padded(features);
  const length = rows * width;
  const [x, y, line] = [whole(5, length), whole(6, length), whole(7, width)];
  const [a, b, row] = [x, y, line].map((data) => bench.floats(data));
  const [out, added, filling] = [bench.floats(length), bench.floats(x), bench.floats(length)];
  const sums = bench.floats(line);
  const strides = { to: width, a: width, b: width };
  bench.call(`fill ${width}`, (module) => fillRows(module, width, width), filling, row, rows);
  bench.call(`multiply ${width}`, (module) => multiplyRows(module, width, strides), out, a, b, rows);
  bench.call(`copy ${width}`, (module) => copyRows(module, width, { to: width, from: width }, true), added, b, rows);
  bench.call(`sums ${width}`, (module) => columnSums(module, width, width), a, sums, rows);
  const one = bench.floats(line);
  bench.call(`add ${features}`, (module) => addRow(module, features), b, one);
  const make = (module: Parameters<typeof anyNonZero>[0]) => anyNonZero(module, width, width);
  const zeros = bench.floats(new Float32Array(length).fill(-0));
  const none = bench.ask(`any ${width}`, make, I32, zeros, rows);
  zeros.data[length - 1] = 2 ** -149;
  const some = bench.ask(`any ${width}`, make, I32, zeros, rows);
  return {
    fillRows: sameBits(
      filling.data,
      filled(length, (i) => line[i % width]),
    ),
    multiplyRows: sameBits(
      out.data,
      x.map((value, i) => value * y[i]),
    ),
    copyRows: sameBits(
      added.data,
      x.map((value, i) => value + y[i]),
    ),
    columnSums: sameBits(
      sums.data,
      line.map((value, j) => x.reduce((sum, other, i) => (i % width === j ? sum + other : sum), value)),
    ),
    addRow: sameBits(
      one.data,
      line.map((value, j) => value + y[j]),
    ),
    anyNonZero: none === 0 && some !== 0 ? "" : `says ${none} of zeros and ${some} of the smallest number`,
  };
}

function numbered(bench: Bench, { rows, features }: Shape): Problems {
  const width = padded(features);
  const [from, to, gateWidth] = [width + 8, width + 16, width + 8];
  const [table, biases] = [whole(8, rows * from, 50), whole(9, gateWidth)];
  const source = bench.floats(table);
  const numbers = Array.from({ length: rows }, (_, row) => (2 * row + 1) % rows);
  const order = bench.words32(Array.from({ length: rows }, (_, row) => rows - 1 - row));
  const shape = { width, gateWidth, from, to };
  const out = bench.floats(rows * to);
  const make = (module: Parameters<typeof copyNumbered>[0]) => copyNumbered(module, shape);
  const own = [bench.words32(numbers), order, 4, bench.floats(biases)] as const;
  bench.call(`numbered ${width}`, make, source, ...own, out, rows);
  const copied = filled(rows * to, (i) => {
    const [row, j] = [Math.floor(i / to), i % to];
    if (j >= gateWidth) return Number.NaN;
    return j < width ? table[numbers[rows - 1 - row] * from + j] : biases[j];
  });
  const list = bench.words32(numbers.map((row) => source.address + 4 * from * row));
  const sums = bench.floats(width);
  const sum = (module: Parameters<typeof sumRows>[0]) => sumRows(module, width);
  bench.call(`sum ${width}`, sum, list, list.address + 4 * rows, sums, { f32: 0.5 });
  const total = filled(width, (j) => numbers.reduce((all, row) => all + table[row * from + j], 0) / 2);
  return { copyNumbered: sameBits(out.data, copied), sumRows: sameBits(sums.data, total) };
}

/** The kernel drops exactly what the counter of `base/random.ts` says. */
function dropout(bench: Bench, { rows, features }: Shape): Problems {
  const [seed, iteration, rate] = [2 ** 40 + 3, 2 ** 31 + 5, 0.3];
  const { inner, low } = key(seed, stream.dropout);
  const words = bench.words32([0, 0]);
  const keys = (module: Parameters<typeof dropoutMask>[0]) =>
    module.function("key", [I32, I32, I32], (fn, at, sum, lowWord) => {
      const one = mixScalar(fn, sum);
      fn.store(at, one);
      fn.store(at, mixScalar(fn, one.xor(lowWord)), 4);
      return undefined;
    });
  bench.call("key", keys, words, (inner + iteration) | 0, low | 0);
  const to = bench.floats(rows * stride(features));
  const order = bench.words32(Array.from({ length: rows }, (_, row) => 7 * row + 2));
  const make = (module: Parameters<typeof dropoutMask>[0]) => dropoutMask(module, features, stride(features), rate);
  bench.call(`dropout ${features}`, make, to, order, 1, words.data[0], words.data[1], rows);
  const numbers = random(seed, stream.dropout, iteration);
  const expected = filled(rows * features, (i) => {
    const element = (7 * Math.floor(i / features) + 2 + 65536) * padded(features) + (i % features);
    return numbers.bits(element) >>> 8 < Math.round(rate * 2 ** 24) ? 0 : 1 / (1 - rate);
  });
  const problem = sameBits(gathered(to.data, laid({ rows, features })), expected);
  return { dropoutMask: problem, mixScalar: first(problem) };
}

export const rowChecks: readonly Check[] = [
  overShapes(["gatherRows", "scatterRows"], shapes, order),
  overShapes(["gatherTokens", "tokenMask"], shapes, tokens),
  overShapes(["lookup", "lookupBackward"], shapes, lookups),
  overShapes(["fillRows", "multiplyRows", "copyRows", "columnSums", "addRow", "anyNonZero"], shapes, arithmetic),
  overShapes(["copyNumbered", "sumRows"], shapes, numbered),
  overShapes(["dropoutMask", "mixScalar"], shapes, dropout),
];
