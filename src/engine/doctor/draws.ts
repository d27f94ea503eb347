// Random numbers for initial weights.

import { normal, random, stream } from "../../base/index.ts";
import { orthonormalTwin, removedTwin } from "../kernels/draw.twin.ts";
import { drawNormal, drawUniform, orthonormalize, removeBlocks } from "../kernels/index.ts";
import type { Bench } from "./bench.ts";
import { type Check, overShapes, type Problems, type Shape } from "./check.ts";
import { sameBits } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 8, features: 8 },
  { rows: 12, features: 33 },
];

/** Exactly the numbers of `base/random.ts`, from any element on. */
function drawn(bench: Bench, { rows, features }: Shape): Problems {
  const [length, first] = [rows * features, 1000 * features];
  const source = random(2 ** 40 + rows, stream.initial);
  const { words } = source;
  const [low, size, scale, shift] = [-0.25, 0.7, 2, 1];
  const spread = bench.doubles([low, size, scale, shift]);
  const uniform = bench.floats(Math.ceil(length / 4) * 4);
  const normals = bench.doubles(new Float64Array(length));
  bench.call("drawUniform", drawUniform, uniform, length, first, words[0], words[1], spread);
  bench.call("drawNormal", drawNormal, normals, length, first, words[0], words[1]);
  return {
    drawUniform: sameBits(
      uniform.data.subarray(0, length),
      Float32Array.from({ length }, (_, i) => low + size * (scale * source.uniform(first + i) - shift)),
    ),
    drawNormal: sameBits(
      normals.data,
      Float64Array.from({ length }, (_, i) => normal(source, first + i)),
    ),
  };
}

function orthonormal(bench: Bench, { rows, features }: Shape): Problems {
  const source = random(rows, stream.data);
  const numbers = Float64Array.from({ length: rows * features }, (_, i) => normal(source, i));
  const width = Math.ceil(features / 4) * 4;
  const place = (i: number) => Math.floor(i / features) * width + (i % features);
  const laid = new Float64Array((rows + 1) * width);
  numbers.forEach((number, i) => {
    laid[place(i)] = number;
  });
  const vectors = bench.doubles(laid);
  for (let row = 0; row < rows; row++) bench.call("orthonormalize", orthonormalize, vectors, rows, width, row);
  const found = numbers.map((_, i) => vectors.data[place(i)]);
  return { orthonormalize: sameBits(found, orthonormalTwin(numbers, features)) };
}

/** Some vectors, the last beside one of zeros where they are odd, and eight others. */
function removed(bench: Bench, { rows, features }: Shape): Problems {
  const source = random(rows, stream.data);
  const width = Math.ceil(features / 2) * 2;
  const all = Array.from({ length: 8 + rows + (rows % 2) }, (_, row) =>
    Float64Array.from({ length: width }, (_, i) =>
      row < 8 + rows && i < features ? normal(source, row * features + i) : 0,
    ),
  );
  const laid = bench.doubles(all.flatMap((vector) => [...vector]));
  const at = (row: number) => laid.address + 8 * width * row;
  bench.call("removeBlocks", removeBlocks, at(8), at(8 + rows), at(0), at(8), 8 * width);
  const expected = [...all.slice(0, 8), ...removedTwin(all.slice(8), all.slice(0, 8))];
  return {
    removeBlocks: sameBits(
      laid.data,
      expected.flatMap((vector) => [...vector]),
    ),
  };
}

export const drawChecks: readonly Check[] = [
  overShapes(["drawUniform", "drawNormal"], shapes, drawn),
  overShapes(["orthonormalize"], shapes, orthonormal),
  overShapes(["removeBlocks"], shapes, removed),
];
