import fc from "fast-check";
import { expect, it } from "vitest";
import { arrange, type Buffer, bufferBytes } from "./arena.ts";
import { TimeAxis } from "./value.ts";

const axes = [new TimeAxis(0), new TimeAxis(1)];
const size = fc.record({
  fixed: fc.integer({ min: 0, max: 300 }),
  row: fc.integer({ min: 0, max: 200 }),
  rowStep: fc.integer({ min: 0, max: 40 }),
  axis: fc.constantFrom(undefined, ...axes),
});
const stretch = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 }), fc.boolean());

it("buffers in use at the same time never overlap, and lie on lines", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(size, stretch), { maxLength: 25 }), fc.integer({ min: 1, max: 9 }), (list, rows) => {
      const buffers: Buffer[] = list.map(([of, [first, length, kept]], slot) => ({
        slot,
        size: of,
        first,
        last: kept ? Number.POSITIVE_INFINITY : first + length,
      }));
      const steps = [7, 3];
      const { offsets, bytes } = arrange(buffers, rows, steps);
      const placed = buffers.map((buffer) => {
        const from = offsets[buffer.slot];
        return { buffer, from, to: from + bufferBytes(buffer.size, rows, steps) };
      });
      for (const one of placed) {
        expect(one.from % 64).toBe(0);
        expect(one.to).toBeLessThanOrEqual(bytes);
        for (const other of placed) {
          const together = one.buffer.first <= other.buffer.last && other.buffer.first <= one.buffer.last;
          if (one !== other && together) expect(one.to <= other.from || other.to <= one.from).toBe(true);
        }
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});

it("uses room again once it is free", () => {
  const of = (slot: number, first: number, last: number): Buffer => ({ slot, size: { fixed: 640 }, first, last });
  expect(arrange([of(0, 0, 1), of(1, 2, 3), of(2, 4, 5)], 1, []).bytes).toBe(640);
  expect(arrange([of(0, 0, 2), of(1, 2, 4), of(2, 4, 5)], 1, []).bytes).toBe(1280);
});

it("counts sizes beyond 32 bits, and refuses what cannot be counted", () => {
  const big: Buffer = { slot: 0, size: { rowStep: 4096, axis: axes[0] }, first: 0, last: 1 };
  expect(arrange([big], 1_000_000, [1000]).bytes).toBe(4_096_000_000_000);
  expect(() => arrange([big], 1e9, [1e9])).toThrow(expect.objectContaining({ code: "engine/memory" }));
});
