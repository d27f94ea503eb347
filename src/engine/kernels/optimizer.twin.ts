import type { UpdateRule } from "./optimizer.ts";

export interface TwinState {
  readonly weight: number;
  readonly slots: readonly number[];
}

/** One step of one weight in float64, by the published formulas as Keras 3 writes them. `rate` is Adam's corrected one. */
export function updateTwin(
  rule: UpdateRule,
  state: TwinState,
  gradient: number,
  rate: number,
  decay: number,
): TwinState {
  const weight = state.weight - state.weight * decay;
  const [a, b, c] = state.slots;
  switch (rule.kind) {
    case "sgd": {
      if (rule.momentum === 0) return { weight: weight - rate * gradient, slots: [] };
      const m = rule.momentum * a - rate * gradient;
      return { weight: weight + (rule.nesterov ? rule.momentum * m - rate * gradient : m), slots: [m] };
    }
    case "rmsprop": {
      const velocity = rule.rho * a + (1 - rule.rho) * gradient ** 2;
      const average = rule.rho * (rule.momentum > 0 ? c : b) + (1 - rule.rho) * gradient;
      const spread = rule.centered ? velocity - average ** 2 : velocity;
      const step = (rate * gradient) / Math.sqrt(spread + rule.epsilon);
      const momentum = rule.momentum * b + step;
      const slots = [velocity, ...(rule.momentum > 0 ? [momentum] : []), ...(rule.centered ? [average] : [])];
      return { weight: weight - (rule.momentum > 0 ? momentum : step), slots };
    }
    case "adam": {
      const m = rule.beta1 * a + (1 - rule.beta1) * gradient;
      const v = rule.beta2 * b + (1 - rule.beta2) * gradient ** 2;
      const largest = rule.amsgrad ? Math.max(c, v) : v;
      const slots = rule.amsgrad ? [m, v, largest] : [m, v];
      return { weight: weight - (rate * m) / (Math.sqrt(largest) + rule.epsilon), slots };
    }
  }
}
