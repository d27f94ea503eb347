import fc from "fast-check";
import { expect, it } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { normal, random, stream } from "../../base/index.ts";
import { orthonormalTwin } from "../kernels/draw.twin.ts";
import { drawOrthonormal, drawSpread } from "./draw.ts";

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

it("uniform numbers are those of random, spread, in several calls of the kernel too", () => {
  const spread = { low: 0.1, size: 3, scale: 2, shift: 1 };
  const holds = (seed: number, length: number) => {
    const source = random(seed, stream.initial);
    const expected = Float32Array.from({ length }, (_, i) => 0.1 + 3 * (2 * source.uniform(i) - 1));
    expect(sameBits(drawSpread(length, source, spread), expected)).toBe("");
  };
  fc.assert(fc.property(seeds, fc.integer({ min: 1, max: 70 }), holds));
  for (const length of [16_384, 16_385, 50_003]) holds(length, length);
});

it("orthonormal vectors are those that random gives, one after another", async () => {
  const holds = async (seed: number, count: number, more: number) => {
    const length = count + more;
    const source = random(seed, stream.initial);
    const numbers = Float64Array.from({ length: count * length }, (_, i) => normal(source, i));
    const found = (await drawOrthonormal(count, length, source)).flatMap((vector) => [...vector]);
    expect(sameBits(found, orthonormalTwin(numbers, length))).toBe("");
  };
  await fc.assert(fc.asyncProperty(seeds, fc.integer({ min: 1, max: 9 }), fc.nat({ max: 30 }), holds));
  await holds(1, 50, 100); // a hundred and fifty gates for fifty units
});

it("many orthonormal vectors are taken in blocks: the same but for rounding, also where they fill the space", async () => {
  // A last block of three; vectors of which little is left.
  for (const [count, length] of [
    [259, 522],
    [260, 260],
  ]) {
    const source = random(count, stream.initial);
    const found = await drawOrthonormal(count, length, source);
    const numbers = Float64Array.from({ length: count * length }, (_, i) => normal(source, i));
    const expected = orthonormalTwin(numbers, length);
    for (let row = count - 1; row >= 0; row -= 9) {
      const vector = found[row];
      let off = 0;
      for (let i = 0; i < length; i++) off = Math.max(off, Math.abs(vector[i] - expected[row * length + i]));
      expect(off, `${count} of ${length}, vector ${row}`).toBeLessThan(1e-9);
      for (let other = 0; other < count; other++) {
        let dot = other === row ? -1 : 0;
        for (let i = 0; i < length; i++) dot += vector[i] * found[other][i];
        expect(Math.abs(dot), `${count} of ${length}, vectors ${row} and ${other}`).toBeLessThan(1e-13);
      }
    }
  }
});
