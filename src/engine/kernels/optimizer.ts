import type { Late } from "../../base/index.ts";
import { F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { flush } from "./formulas.ts";
import { rareKernels } from "./late.ts";

/** How weights follow their gradient. Names and formulas are Keras 3's. */
export type UpdateRule =
  | { readonly kind: "sgd"; readonly momentum: number; readonly nesterov: boolean }
  | {
      readonly kind: "rmsprop";
      readonly rho: number;
      readonly momentum: number;
      readonly epsilon: number;
      readonly centered: boolean;
    }
  | {
      readonly kind: "adam";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly amsgrad: boolean;
    };

/** Numbers kept for each weight, by name. */
export function slots(rule: UpdateRule): readonly string[] {
  switch (rule.kind) {
    case "sgd":
      return rule.momentum > 0 ? ["momentum"] : [];
    case "rmsprop":
      return ["velocity", ...(rule.momentum > 0 ? ["momentum"] : []), ...(rule.centered ? ["averageGradient"] : [])];
    case "adam":
      return ["momentum", "velocity", ...(rule.amsgrad ? ["velocityHat"] : [])];
  }
}

/**
 * Numbers of a step that are read from memory: the rate (for Adam with its bias correction), the decay; for the average
 * of the weights its momentum, and whether it becomes the weights; and whether the weights are moved at all.
 */
export const STEP_SCALARS = 5;

/**
 * Moves weights and zeroes their gradient: `call(weights, gradients, slots, scalars, factor, bytes)`. `slotBytes` is
 * the distance between the arrays of one slot and the next; `scalars` holds [rate, decay]; each weight loses decay
 * times itself first. `clip` bounds each gradient element; the gradient is multiplied by the splat at `factor`.
 */
export function update(
  module: Module,
  rule: UpdateRule,
  options: { slotBytes: number; clip?: number; scaled: boolean; decays: boolean },
): FunctionRef {
  const { slotBytes, clip, scaled, decays } = options;
  return module.function(
    `update ${JSON.stringify(rule)} ${slotBytes} ${clip} ${scaled} ${decays}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, weights, gradients, state, scalars, factor, bytes) => {
      const rate = fn.let(F32x4.loadSplat(scalars));
      const decay = fn.let(F32x4.loadSplat(scalars, 4));
      const scale = fn.let(F32x4.loadSplat(factor));
      fn.loop(0, bytes, 16, (i) => {
        const at = fn.let(weights.add(i));
        const raw = fn.let(F32x4.load(gradients.add(i)));
        const multiplied = scaled ? fn.let(raw.mul(scale)) : raw;
        const g = clip === undefined ? multiplied : fn.let(multiplied.min(fn.splat(clip)).max(fn.splat(-clip)));
        const slotAt = fn.let(state.add(i));
        const slot = (index: number) => ({
          get: F32x4.load(slotAt, index * slotBytes),
          set: (value: F32x4) => {
            const kept = fn.let(flush(fn, value));
            fn.store(slotAt, kept, index * slotBytes);
            return kept;
          },
        });
        const loaded = fn.let(F32x4.load(at));
        const w = decays ? fn.let(loaded.sub(loaded.mul(decay))) : loaded;
        fn.store(at, w.sub(step(fn, rule, g, rate, slot)));
        fn.store(gradients.add(i), fn.splat(0));
      });
      return undefined;
    },
  );
}

/** A number kept for each weight; what is set comes back as it was kept. */
export type Slot = (index: number) => { get: F32x4; set(value: F32x4): F32x4 };

/** What must be loaded before a rule is written. */
export const ruleNeeds = ({ kind }: UpdateRule): readonly Late<unknown>[] => (kind === "adam" ? [] : [rareKernels]);

/** What is taken from the weight. */
function step(fn: Fn, rule: UpdateRule, g: F32x4, rate: F32x4, slot: Slot): F32x4 {
  if (rule.kind !== "adam") return rareKernels.loaded.rareStep(fn, rule, g, rate, slot);
  const oldM = fn.let(slot(0).get);
  const oldV = fn.let(slot(1).get);
  const m = slot(0).set(oldM.add(g.sub(oldM).mul(fn.splat(1 - rule.beta1))));
  const v = slot(1).set(
    oldV.add(
      g
        .mul(g)
        .sub(oldV)
        .mul(fn.splat(1 - rule.beta2)),
    ),
  );
  const bound = rule.amsgrad ? slot(2).set(v.max(slot(2).get)) : v;
  return m.mul(rate).div(bound.sqrt().add(fn.splat(rule.epsilon)));
}
