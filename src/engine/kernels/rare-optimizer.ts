import type { F32x4, Fn } from "../wasm/index.ts";
import type { Slot, UpdateRule } from "./optimizer.ts";

/** What few rules take from the weight. */
export function rareStep(
  fn: Fn,
  rule: Exclude<UpdateRule, { kind: "adam" }>,
  g: F32x4,
  rate: F32x4,
  slot: Slot,
): F32x4 {
  switch (rule.kind) {
    case "sgd": {
      const move = fn.let(g.mul(rate));
      if (rule.momentum === 0) return move;
      const m = slot(0).set(slot(0).get.mul(fn.splat(rule.momentum)).sub(move));
      return rule.nesterov ? move.sub(m.mul(fn.splat(rule.momentum))) : m.neg();
    }
    case "rmsprop": {
      const rest = fn.splat(1 - rule.rho);
      const v = slot(0).set(slot(0).get.mul(fn.splat(rule.rho)).add(g.mul(g).mul(rest)));
      const averageSlot = rule.momentum > 0 ? 2 : 1;
      const average = rule.centered
        ? slot(averageSlot).set(slot(averageSlot).get.mul(fn.splat(rule.rho)).add(g.mul(rest)))
        : undefined;
      const spread = average ? v.sub(average.mul(average)) : v;
      const move = fn.let(g.mul(rate).div(spread.add(fn.splat(rule.epsilon)).sqrt()));
      return rule.momentum > 0 ? slot(1).set(slot(1).get.mul(fn.splat(rule.momentum)).add(move)) : move;
    }
  }
}
