import { expect, it } from "vitest";
import { thin } from "./thin.ts";

const points = (values: number[]) => values.map((value, row) => ({ row, value }));

it("leaves short series alone", () => {
  const short = points([1, 2, 3]);
  expect(thin(short, 600)).toBe(short);
});

it("breaks a long line only where a whole slice has no number", () => {
  const values = Array.from({ length: 20_000 }, (_, i) => (i % 7 === 0 ? Number.NaN : i % 101));
  values.fill(Number.NaN, 10_000, 10_200);
  const thinned = thin(points(values), 600);
  const broken = thinned.filter(({ value }) => Number.isNaN(value)).map(({ row }) => row);
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.every((row) => row >= 10_000 && row < 10_200)).toBe(true);
  expect(Math.max(...thinned.map(({ value }) => (Number.isNaN(value) ? 0 : value)))).toBe(100);
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
