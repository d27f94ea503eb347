import { expect, it } from "vitest";
import { thin } from "./thin.ts";

const points = (values: number[]) => values.map((value, row) => ({ row, value }));

it("leaves short series alone", () => {
  const short = points([1, 2, 3]);
  expect(thin(short, 600)).toBe(short);
});

it("keeps every peak of a long one, in order, in few points", () => {
  const values = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 101);
  values[12_345] = 1_000;
  values[777] = -1_000;
  const thinned = thin(points(values), 600);
  expect(thinned.length).toBeLessThanOrEqual(1_200);
  expect(thinned.map((p) => p.value)).toEqual(expect.arrayContaining([1_000, -1_000]));
  expect(thinned.every((p, i) => i === 0 || p.row > thinned[i - 1].row)).toBe(true);
  expect(thinned.every((p) => values[p.row] === p.value)).toBe(true);
});
