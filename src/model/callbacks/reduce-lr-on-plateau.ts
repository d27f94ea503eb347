import { finiteNumber, wholeNumber } from "../../base/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import type { Callback } from "./callback.ts";
import { improvement, type MonitorOptions, monitorOptions } from "./early-stopping.ts";
import { anyNumber, remembered } from "./remembered.ts";

/** What `reduceLrOnPlateau` can be told. */
export interface ReduceLrOptions extends MonitorOptions {
  /** What the learning rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement before that. Default 10. */
  readonly patience?: number;
  /** Epochs to wait after a reduction before counting again. Default 0. */
  readonly cooldown?: number;
  /** The rate never goes below. Default 0. */
  readonly minLr?: number;
}

/**
 * Lowers the learning rate when a number has stopped improving (minDelta 1e-4 by default). Keras's `ReduceLROnPlateau`.
 *
 * @throws {GruvyError} `usage/option` for an unknown option, or a number out of range: `factor` from 0 and below 1;
 *   from `fit`, `training/monitor` where nothing is called that.
 * @example
 * const callbacks = [reduceLrOnPlateau({ factor: 0.5, patience: 3 })];
 * callbacks.length; // 1
 */
export function reduceLrOnPlateau(options: ReduceLrOptions = {}): Callback {
  const {
    factor = 0.1,
    patience = 10,
    cooldown = 0,
    minLr = 0,
    minDelta = 1e-4,
  } = optionsOf(options, "reduceLrOnPlateau");
  const known = [...monitorOptions, "factor", "patience", "cooldown", "minLr"];
  refuseUnknown(options, known, "reduceLrOnPlateau", "usage/option");
  finiteNumber(factor, "factor", { min: 0, max: 1 - 1e-12 });
  wholeNumber(patience, "patience", { min: 0 });
  wholeNumber(cooldown, "cooldown", { min: 0 });
  finiteNumber(minLr, "minLr", { min: 0 });
  const { worst, better, value, settings } = improvement({ ...options, minDelta });
  let best = worst;
  let waited = 0;
  let cooling = 0;
  return {
    name: "reduceLrOnPlateau",
    settings: { ...settings, factor, patience, cooldown, minLr },
    onTrainBegin() {
      best = worst;
      waited = 0;
      cooling = 0;
    },
    onEpochEnd(_epoch, logs, trainer) {
      const current = value(logs);
      if (cooling > 0) {
        cooling--;
        waited = 0;
      }
      if (better(current, best)) {
        best = current;
        waited = 0;
      } else if (cooling === 0) {
        waited++;
        if (waited >= patience && trainer.learningRate > minLr) {
          trainer.learningRate = Math.max(trainer.learningRate * factor, minLr);
          cooling = cooldown;
          waited = 0;
        }
      }
    },
    getState: () => ({ values: { waited, cooling }, tensors: new Map([["best", anyNumber(best)]]) }),
    setState(state) {
      const { whole, any } = remembered(state, "reduceLrOnPlateau");
      best = any("best");
      waited = whole("waited");
      cooling = whole("cooling");
    },
  };
}
