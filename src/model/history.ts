import { CostCounter, type TrainingCost } from "./cost.ts";

/** What `fit` resolves to: for each epoch its number (from 0) and the numbers measured, by name. */
export interface History {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
  /** Why training ended before its last epoch, if it did. */
  stopped?: string;
  /** What the training took, and what it was spared. */
  cost: TrainingCost;
  /**
   * What went wrong though training went on: a loss that leapt or never moved, a model that became worse, layers whose
   * relus are closed; and of a new model that took more than 200 steps, or whose loss rose or hardly fell, gates that are
   * always shut or open and states that are zero throughout. In plain words; see `diagnose`.
   */
  findings: readonly string[];
}

export function newHistory(): History {
  return { epoch: [], history: {}, cost: new CostCounter().cost, findings: [] };
}

export function record(history: History, epoch: number, logs: Readonly<Record<string, number>>): void {
  history.epoch.push(epoch);
  for (const [name, value] of Object.entries(logs)) {
    history.history[name] ??= [];
    history.history[name].push(value);
  }
}
