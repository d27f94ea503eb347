import { GruvyError, isLargerBetter, isSmallerBetter, refuseUnknown, shown, wholeNumber } from "../base/index.ts";
import type { Ledger, Objective } from "./study/index.ts";

/** What every tuner can be told. */
export interface TunerOptions {
  /** What is searched for: a number of `fit` such as "valLoss" or "valAccuracy". */
  readonly objective: string | Objective;
  /** Where the study is kept, with `projectName`; without it the study lives as long as the program. */
  readonly directory?: string;
  /** Default "untitled". */
  readonly projectName?: string;
  /** Decides what is tried. Default 0. */
  readonly seed?: number;
  /** How often a failed trial is tried again. Default 0. */
  readonly maxRetriesPerTrial?: number;
  /** So many failed trials in a row end the search. Default 3. */
  readonly maxConsecutiveFailedTrials?: number;
  /** A ledger of another kind in place of a folder. */
  readonly ledger?: Ledger;
}

const tunerOptions = [
  "objective",
  "directory",
  "projectName",
  "seed",
  "maxRetriesPerTrial",
  "maxConsecutiveFailedTrials",
  "ledger",
];

/** @throws {GruvyError} `usage/option` */
export function checkTunerOptions(options: TunerOptions, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new GruvyError("usage/option", `Expected the tuner's options as an object, found ${shown(options)}`);
  }
  refuseUnknown(options, [...tunerOptions, ...known], "A tuner");
  wholeNumber(options.seed ?? 0, "seed", { min: 0 });
  wholeNumber(options.maxRetriesPerTrial ?? 0, "maxRetriesPerTrial", { min: 0 });
  wholeNumber(options.maxConsecutiveFailedTrials ?? 3, "maxConsecutiveFailedTrials");
  for (const name of ["directory", "projectName"] as const) {
    const { [name]: given = "untitled" } = options;
    if (typeof given === "string" && given !== "") continue;
    throw new GruvyError("usage/option", `Expected ${name} to be a name, found ${shown(given)}`);
  }
  if (typeof options.ledger?.append === "function" || options.ledger === undefined) return;
  throw new GruvyError(
    "usage/option",
    `Expected ledger to be a ledger, found ${shown(options.ledger)}`,
    "Use directory and projectName, or memoryLedger().",
  );
}

/** The direction of a number by its name, where that says it. */
export function objectiveOf(given: string | Objective): Objective {
  if (typeof given === "string" && isLargerBetter(given)) return { name: given, direction: "max" };
  if (typeof given === "string" && isSmallerBetter(given)) return { name: given, direction: "min" };
  if (typeof given === "string" && given !== "") {
    throw new GruvyError(
      "usage/option",
      `Expected to be told whether a larger or a smaller ${shown(given)} is better`,
      `Write objective: { name: ${shown(given)}, direction: "max" }, or "min".`,
    );
  }
  if (typeof given === "object" && typeof given?.name === "string" && ["min", "max"].includes(given.direction)) {
    return { name: given.name, direction: given.direction };
  }
  throw new GruvyError(
    "usage/option",
    `Expected an objective such as "valLoss", or { name, direction: "min" | "max" }, found ${shown(given)}`,
  );
}
