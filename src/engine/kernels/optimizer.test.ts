import { describe, expect, it } from "vitest";
import { Bench } from "../../../test/engine/kernel.ts";
import { closeBy, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { rareKernels } from "./late.ts";
import { slots, type UpdateRule, update } from "./optimizer.ts";
import { type TwinState, updateTwin } from "./optimizer.twin.ts";

await rareKernels.load();

const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
const rmsprop = { kind: "rmsprop", rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false } as const;
const rules: readonly UpdateRule[] = [
  { kind: "sgd", momentum: 0, nesterov: false },
  { kind: "sgd", momentum: 0.9, nesterov: false },
  { kind: "sgd", momentum: 0.9, nesterov: true },
  rmsprop,
  { ...rmsprop, momentum: 0.5 },
  { ...rmsprop, centered: true },
  { ...rmsprop, momentum: 0.5, centered: true, epsilon: 1e-3 },
  adam,
  { ...adam, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 },
  { ...adam, amsgrad: true },
];
const LENGTH = 24;
const SLOT_BYTES = 4 * LENGTH + 32;

describe.each(targets)("%s", (_, target) => {
  const bench = new Bench(target);

  function run(rule: UpdateRule, steps: number, options: { clip?: number; scaled: boolean; decays: boolean }) {
    bench.clear();
    const start = uniform(1, LENGTH);
    const weights = bench.floats(start);
    const gradients = bench.floats(LENGTH);
    const count = slots(rule).length;
    const state = bench.floats(new Float32Array((count * SLOT_BYTES) / 4));
    const scalars = bench.floats([0, 0]);
    const factor = bench.floats([0.7]);
    let twin: TwinState[] = Array.from(start, (weight) => ({ weight, slots: new Array(count).fill(0) }));
    for (let step = 1; step <= steps; step++) {
      const g = uniform(10 + step, LENGTH, step === 3 ? 8 : 1);
      if (step === 2) g.fill(0, 0, 5);
      gradients.data.set(g);
      const bias = rule.kind === "adam" ? Math.sqrt(1 - rule.beta2 ** step) / (1 - rule.beta1 ** step) : 1;
      const [rate, decay] = [Math.fround(0.05 * bias), Math.fround(options.decays ? 0.01 : 0)];
      scalars.data.set([rate, decay]);
      bench.call(
        JSON.stringify([rule, options]),
        (module) => update(module, rule, { slotBytes: SLOT_BYTES, ...options }),
        weights,
        gradients,
        state,
        scalars,
        factor,
        4 * LENGTH,
      );
      expect(gradients.data.every((value) => value === 0)).toBe(true);
      twin = twin.map((one, i) => {
        const multiplied = options.scaled ? g[i] * Math.fround(0.7) : g[i];
        const bounded =
          options.clip === undefined ? multiplied : Math.max(-options.clip, Math.min(options.clip, multiplied));
        return updateTwin(rule, one, bounded, rate, decay);
      });
    }
    expect(
      closeBy(
        weights.data,
        twin.map(({ weight }) => weight),
        2e-6,
      ),
    ).toBe("");
    for (let s = 0; s < count; s++) {
      const from = (s * SLOT_BYTES) / 4;
      expect(
        closeBy(
          state.data.subarray(from, from + LENGTH),
          twin.map((one) => one.slots[s]),
          2e-6,
        ),
        slots(rule)[s],
      ).toBe("");
      expect(state.data.subarray(from + LENGTH, from + SLOT_BYTES / 4).every((value) => value === 0)).toBe(true);
    }
  }

  it.each(rules)("%o follows its formula for five steps", (rule) => {
    run(rule, 5, { scaled: false, decays: false });
    run(rule, 5, { scaled: true, decays: true });
    run(rule, 5, { clip: 0.5, scaled: false, decays: true });
  });

  it("moments that decay reach zero, and never a denormal", () => {
    for (const rule of rules.filter((one) => slots(one).length > 0)) {
      bench.clear();
      const count = slots(rule).length;
      const small = Float32Array.from({ length: 16 }, (_, i) => 10 ** -(24 + i));
      const weights = bench.floats(uniform(1, 16));
      const gradients = bench.floats(small);
      const state = bench.floats(new Float32Array(count * 16));
      const scalars = bench.floats([0.01, 0]);
      const factor = bench.floats([1]);
      for (let step = 0; step < 400; step++) {
        bench.call(
          `small ${JSON.stringify(rule)}`,
          (module) => update(module, rule, { slotBytes: 64, scaled: false, decays: false }),
          weights,
          gradients,
          state,
          scalars,
          factor,
          64,
        );
        for (const value of state.data) expect(value === 0 || Math.abs(value) >= 1e-30).toBe(true);
      }
      const momentum = slots(rule).indexOf("momentum");
      if (momentum >= 0)
        expect(Math.max(...state.data.subarray(16 * momentum, 16 * momentum + 16))).toBeLessThan(1e-20);
    }
  });

  it("a NaN gradient spoils its own weight alone", () => {
    for (const rule of rules) {
      bench.clear();
      const weights = bench.floats(uniform(1, 8));
      const gradients = bench.floats([1, 1, Number.NaN, 1, 1, 1, 1, 1]);
      const state = bench.floats(new Float32Array(8 * slots(rule).length));
      const scalars = bench.floats([0.01, 0]);
      bench.call(
        `NaN ${JSON.stringify(rule)}`,
        (module) => update(module, rule, { slotBytes: 32, scaled: false, decays: false, clip: 3 }),
        weights,
        gradients,
        state,
        scalars,
        scalars,
        32,
      );
      expect([...weights.data].map(Number.isNaN)).toEqual([false, false, true, false, false, false, false, false]);
    }
  });
});
