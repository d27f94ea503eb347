import {
  counted,
  finiteNumber,
  GruvyError,
  isLargerBetter,
  shown,
  type Tensor,
  wholeNumber,
} from "../../base/index.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { Callback, Logs } from "./callback.ts";
import { anyNumber, remembered } from "./remembered.ts";

/** Which number is watched, and what counts as better. */
export interface MonitorOptions {
  /** The number watched. Default `valLoss`. */
  readonly monitor?: string;
  /** Smaller changes are no improvement. Default 0; of `reduceLrOnPlateau` 1e-4. */
  readonly minDelta?: number;
  /** Whether smaller or larger is better; by default larger for accuracies, auc, precision,
   * recall, f1Score and r2Score. */
  readonly mode?: "auto" | "min" | "max";
}

export const monitorOptions = ["monitor", "minDelta", "mode"];

/** Whether a value improves on the best one so far. */
export function improvement({ monitor = "valLoss", minDelta = 0, mode = "auto" }: MonitorOptions) {
  if (typeof monitor !== "string") {
    throw new GruvyError("usage/option", `Expected monitor to be a name such as valLoss, found ${shown(monitor)}`);
  }
  if (!["auto", "min", "max"].includes(mode)) {
    throw new GruvyError("usage/option", `Expected mode to be "auto", "min" or "max", found ${shown(mode)}`);
  }
  const delta = Math.abs(finiteNumber(minDelta, "minDelta"));
  const settings = { monitor, minDelta: delta, mode };
  const larger = mode === "max" || (mode === "auto" && isLargerBetter(monitor));
  return {
    settings,
    worst: larger ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    better: (value: number, best: number) => (larger ? value - delta > best : value + delta < best),
    value: (logs: Logs): number => {
      if (Object.hasOwn(logs, monitor)) return logs[monitor];
      const meant = Object.keys(logs).find((name) => name.toLowerCase() === monitor.replace(/_/g, "").toLowerCase());
      if (meant) {
        throw new GruvyError("training/monitor", `Nothing is called "${monitor}"`, `It is called ${meant} here.`);
      }
      throw new GruvyError(
        "training/monitor",
        `Expected "${monitor}" among the training's numbers, found ${Object.keys(logs).join(", ")}`,
        monitor.startsWith("val")
          ? "Give fit validationSplit or validationData."
          : "Choose one of them as monitor, or compile the model with that metric.",
      );
    },
  };
}

/** What `earlyStopping` can be told. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training ends. Default 0. */
  readonly patience?: number;
  /** Go back to the best epoch's weights at the end, however training ends. Default true (Keras: false). */
  readonly restoreBestWeights?: boolean;
  /** The first epoch (from 0) that is looked at. Default 0. */
  readonly startFromEpoch?: number;
  /** A value that must be passed; else there is no improvement. */
  readonly baseline?: number;
}

const stoppingOptions = ["patience", "restoreBestWeights", "startFromEpoch", "baseline"];

/**
 * Ends training when a number has stopped improving (Prechelt 1998), and keeps the best weights. `bestEpoch` (from 0;
 * -1 before there is one) says when.
 *
 * @throws {GruvyError} `usage/option`, for a `restoreBestWeights` that is not true or false `model/option`; from `fit`,
 *   `training/monitor` where nothing is called that.
 * @example
 * const stopping = earlyStopping({ patience: 3 });
 * stopping.bestEpoch; // -1
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback & { readonly bestEpoch: number } {
  const { patience = 0, restoreBestWeights = true, startFromEpoch = 0, baseline } = optionsOf(options, "earlyStopping");
  refuseUnknown(options, [...monitorOptions, ...stoppingOptions], "earlyStopping", "usage/option");
  flag(restoreBestWeights, "restoreBestWeights");
  if (baseline !== undefined) finiteNumber(baseline, "baseline");
  wholeNumber(patience, "patience", { min: 0 });
  wholeNumber(startFromEpoch, "startFromEpoch", { min: 0 });
  const { worst, better, value, settings } = improvement(options);
  let best = worst;
  let waited = 0;
  let bestEpoch = -1;
  let weights: Tensor[] | undefined;
  return {
    name: "earlyStopping",
    settings: { ...settings, patience, restoreBestWeights, startFromEpoch, baseline: baseline ?? null },
    get bestEpoch() {
      return bestEpoch;
    },
    onTrainBegin() {
      best = worst;
      waited = 0;
      bestEpoch = -1;
      weights = undefined;
    },
    async onEpochEnd(epoch, logs, trainer) {
      if (epoch < startFromEpoch) return;
      const current = value(logs);
      // Should no epoch ever be better than nothing, as with a loss that is always NaN, the first one is the best.
      if (restoreBestWeights) weights ??= await trainer.model.getWeights();
      waited++;
      if (better(current, best)) {
        best = current;
        bestEpoch = epoch;
        if (restoreBestWeights) weights = await trainer.model.getWeights();
        if (baseline === undefined || better(current, baseline)) waited = 0;
        return;
      }
      if (waited >= patience && epoch > 0) trainer.stop(`no improvement for ${counted(waited, "epoch")}`);
    },
    async onTrainEnd(trainer) {
      if (weights) await trainer.model.setWeights(weights);
      weights = undefined;
    },
    getState: () => ({
      values: { waited, bestEpoch },
      tensors: new Map([
        ["best", anyNumber(best)],
        ...(weights ?? []).map((weight, i) => [`weights/${i}`, weight] as const),
      ]),
    }),
    setState(state) {
      const { whole, any, list } = remembered(state, "earlyStopping");
      best = any("best");
      waited = whole("waited");
      bestEpoch = whole("bestEpoch", -1);
      weights = restoreBestWeights ? list("weights") : undefined;
    },
  };
}
