// Matrix products, their reordering, and the sums over slices.

import {
  outer,
  PANEL,
  product,
  productPart,
  reduceSlices,
  sumOfSquares,
  transpose,
  transposeSize,
  windowProduct,
} from "../kernels/index.ts";
import { multiply, packed, transposed, unpacked } from "../kernels/matrix.twin.ts";
import { F64, type Module } from "../wasm/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, sameBits, uniform, whole } from "./numbers.ts";

interface Product extends Shape {
  readonly inner: number;
}

/** Rows around the tiles of four and six, columns around the panels and the stretch of 56. */
const products: readonly Product[] = [
  { rows: 1, inner: 1, features: 8 },
  { rows: 3, inner: 33, features: 120 },
  { rows: 17, inner: 5, features: 24 },
  { rows: 29, inner: 96, features: 72 },
];

function matrixProduct(bench: Bench, { rows, inner, features: columns }: Product): Problems {
  const [a, b, c] = [uniform(1, rows * inner), uniform(2, inner * columns), uniform(3, rows * columns)];
  const shape = { inner, columns, strideA: inner + 3, strideC: columns + 4, accumulate: true };
  const left = bench.floats(spread(a, { rows, features: inner, padded: inner, stride: shape.strideA }));
  const right = bench.floats(packed(b, inner, columns));
  const out = bench.floats(spread(c, { rows, features: columns, padded: columns, stride: shape.strideC }));
  bench.call(`product ${JSON.stringify(shape)}`, (module) => product(module, shape), left, right, out, rows);
  const found = gathered(out.data, { rows, features: columns, stride: shape.strideC });
  return { product: closeBy(found, multiply(a, b, { rows, inner, columns }, c), 2e-6) };
}

function outerProduct(bench: Bench, { rows, inner, features: columns }: Product): Problems {
  const [a, g, c] = [uniform(1, rows * inner), uniform(2, rows * columns), uniform(3, inner * columns)];
  const shape = { inner, columns, strideA: inner + 3, strideG: columns + 4 };
  const left = bench.floats(spread(a, { rows, features: inner, padded: inner, stride: shape.strideA }));
  const right = bench.floats(spread(g, { rows, features: columns, padded: columns, stride: shape.strideG }));
  const out = bench.floats(packed(c, inner, columns));
  bench.call(`outer ${JSON.stringify(shape)}`, (module) => outer(module, shape), left, right, out, rows);
  const expected = multiply(transposed(a, rows, inner), g, { rows: inner, inner: rows, columns }, c);
  return { outer: closeBy(unpacked(out.data, inner, columns), expected, 2e-6) };
}

/** Three taps, two rows apart, over matrices of B in the reverse order of which one is left out between two. */
function windowProducts(bench: Bench, { rows, inner, features: columns }: Product): Problems {
  const [taps, apart, tall] = [3, 2, 5 * inner];
  const strideA = inner + 3;
  const steps = rows + (taps - 1) * apart;
  const [a, b, c] = [uniform(1, steps * inner), uniform(2, tall * columns), uniform(3, rows * columns)];
  const shape = {
    inner,
    columns,
    strideA,
    strideB: tall * PANEL,
    strideC: columns + 4,
    tapB: 2 * inner * PANEL,
    accumulate: true,
  };
  const left = bench.floats(spread(a, { rows: steps, features: inner, padded: inner, stride: strideA }));
  const right = bench.floats(packed(b, tall, columns));
  const out = bench.floats(spread(c, { rows, features: columns, padded: columns, stride: shape.strideC }));
  const last = left.address + 4 * (taps - 1) * apart * strideA;
  const name = `windowProduct ${JSON.stringify(shape)}`;
  const make = (module: Parameters<typeof windowProduct>[0]) => windowProduct(module, shape);
  bench.call(name, make, last, right, out, rows, taps, -4 * apart * strideA);
  const expected = Array.from({ length: taps }, (_, tap) => tap).reduce<ArrayLike<number>>((sum, tap) => {
    const from = (taps - 1 - tap) * apart * inner;
    const of = b.slice(2 * tap * inner * columns, (2 * tap + 1) * inner * columns);
    return multiply(a.slice(from, from + rows * inner), of, { rows, inner, columns }, sum);
  }, c);
  const found = gathered(out.data, { rows, features: columns, stride: shape.strideC });
  return { windowProduct: closeBy(found, expected, 2e-6) };
}

/** The second of some matrices that lie one above another, turned; the others stay as they are. */
function turned(bench: Bench, { rows, features: columns }: Shape): Problems {
  const problems = [1, 3].map((parts) => {
    const second = parts > 1 ? 1 : 0;
    const matrix = uniform(4, parts * rows * columns);
    const from = bench.floats(packed(matrix, parts * rows, columns));
    const to = bench.floats(new Float32Array(parts * transposeSize(rows, columns)));
    const make = (module: Parameters<typeof transpose>[0]) => transpose(module, rows, columns, parts);
    const [fromAt, toAt] = [rows, columns].map((tall) => 4 * second * tall * PANEL);
    bench.call(`transpose ${rows} ${columns} ${parts}`, make, from.address + fromAt, to.address + toAt);
    const expected = new Float32Array(parts * rows * columns);
    const own = matrix.slice(second * rows * columns, (second + 1) * rows * columns);
    expected.set(transposed(own, rows, columns), second * rows * columns);
    return sameBits(unpacked(to.data, parts * columns, rows), expected);
  });
  return { transpose: first(...problems) };
}

function slices(bench: Bench, { rows, features }: Shape): Problems {
  const distance = 4 * features + 64;
  const all = uniform(5, (rows * distance) / 4);
  const [from, to] = [bench.floats(all), bench.floats(features)];
  bench.call("reduceSlices", reduceSlices, to, from, distance, rows, { f32: 0.25 }, 4 * features);
  const sums = Float64Array.from({ length: features }, (_, i) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += all[(row * distance) / 4 + i];
    return sum / 4;
  });
  const squares = bench.ask("sumOfSquares", sumOfSquares, F64, from, 4 * features);
  const total = all.subarray(0, features).reduce((sum, value) => sum + value * value, 0);
  return { reduceSlices: closeBy(to.data, sums, 1e-6), sumOfSquares: closeBy([squares], [total], 1e-12) };
}

/** What four rows give together and one by one must be the same bits: a row may come in any batch. */
function rowsAlone(bench: Bench): string {
  const [rows, inner, columns] = [13, 21, 88];
  const [a, b] = [whole(6, rows * inner).map((x) => x / 7), uniform(7, inner * columns)];
  const shape = { inner, columns, strideA: inner, strideC: columns, accumulate: false };
  const [left, right] = [bench.floats(a), bench.floats(packed(b, inner, columns))];
  const [together, alone] = [bench.floats(rows * columns), bench.floats(rows * columns)];
  const call = (at: number, to: number, count: number) =>
    bench.call("product alone", (module) => product(module, shape), at, right, to, count);
  call(left.address, together.address, rows);
  for (let row = 0; row < rows; row++) call(left.address + 4 * row * inner, alone.address + 4 * row * columns, 1);
  return sameBits(alone.data, together.data);
}

/** A row in two parts of each block, of so many panels, must have the bits of the whole. */
function rowInParts(bench: Bench): Problems {
  const problems = [1, 3, 4].flatMap((blocks) =>
    [1, 2, 9, 16].map((panels) => {
      const [inner, columns] = [19, 8 * panels];
      const width = blocks * columns;
      const [a, b, c] = [uniform(1, inner), uniform(2, inner * width), uniform(3, width)];
      const [left, right] = [bench.floats(a), bench.floats(packed(b, inner, width))];
      const [whole, parts] = [bench.floats(Float32Array.from(c)), bench.floats(Float32Array.from(c))];
      const shape = { inner, columns: width, strideA: inner, strideC: width, accumulate: true };
      bench.call(`product of a row ${blocks} ${panels}`, (module) => product(module, shape), left, right, whole, 1);
      const cut = Math.floor(panels / 2);
      for (const [from, to] of [
        [0, cut],
        [cut, panels],
      ]) {
        const part = (module: Module) => productPart(module, { inner, columns, blocks });
        bench.call(`productPart ${blocks} ${panels}`, part, left, right, parts, from, to);
      }
      const problem = first(
        sameBits(parts.data, whole.data),
        closeBy(whole.data, multiply(a, b, { rows: 1, inner, columns: width }, c), 2e-6),
      );
      bench.clear();
      return problem;
    }),
  );
  return { productPart: first(...problems) };
}

export const matrixChecks: readonly Check[] = [
  {
    kernels: ["product"],
    run: (bench) => {
      const close = overShapes(["product"], products, matrixProduct).run(bench);
      bench.clear();
      return { product: first(close.product ?? "", rowsAlone(bench)) };
    },
  },
  overShapes(["windowProduct"], products, windowProducts),
  { kernels: ["productPart"], run: rowInParts },
  overShapes(["outer"], products, outerProduct),
  overShapes(
    ["transpose"],
    [
      { rows: 1, features: 8 },
      { rows: 7, features: 24 },
      { rows: 33, features: 16 },
    ],
    turned,
  ),
  overShapes(
    ["reduceSlices", "sumOfSquares"],
    [
      { rows: 1, features: 8 },
      { rows: 5, features: 104 },
    ],
    slices,
  ),
];
