import { finiteNumber, GruvyError, refuseUnknown, shown, wholeNumber } from "../../base/index.ts";
import type { Searcher } from "../searchers/index.ts";
import { described, type Space } from "../space/index.ts";
import type { Ledger } from "./ledger.ts";
import { headOf, type Logs, type Objective, type StudyHead, type Trial } from "./records.ts";

/** How much a study may do in all, earlier runs of it included; whichever comes first. */
export interface Budget {
  readonly trials?: number;
  readonly epochs?: number;
  readonly seconds?: number;
}

/** @throws {GruvyError} `usage/option` for a limit that makes no sense: it would not limit anything. */
export function checkBudget(budget: Budget = {}): void {
  if (typeof budget !== "object" || budget === null) {
    throw new GruvyError("usage/option", `Expected budget as { trials, epochs, seconds }, found ${shown(budget)}`);
  }
  refuseUnknown(budget, ["trials", "epochs", "seconds"], "budget");
  wholeNumber(budget.trials ?? 1, "trials of budget");
  wholeNumber(budget.epochs ?? 1, "epochs of budget");
  finiteNumber(budget.seconds ?? 1, "seconds of budget", { min: 0 });
}

/** A trial to be trained, from its beginning or from where its last worker left it. */
export interface Work {
  readonly trial: Trial;
  /** What was kept of its last epoch. */
  readonly state?: Uint8Array;
  /** What was kept of the last epoch of the trial that it goes on from; `state` comes before. */
  readonly start?: Uint8Array;
  readonly signal: AbortSignal;
  /** Keeps an epoch: its numbers, and all that the training would need to go on. */
  readonly report: (epoch: number, logs: Logs, state: () => Promise<Uint8Array>) => Promise<void>;
}

/**
 * A worker: trains a trial to its last epoch, and says why it stopped before, if it did. It rejects with `engine/thread`
 * when what computes is gone; anything else that it rejects with is the trial's failure.
 */
export type TrainTrial = (work: Work) => Promise<{ readonly stopped?: string }>;

export type StudyEvent =
  | { readonly type: "trialBegin"; readonly trial: Trial; readonly worker: number }
  | {
      readonly type: "epoch";
      readonly trial: Trial;
      readonly worker: number;
      readonly epoch: number;
      readonly logs: Logs;
    }
  /** The worker is lost; the trial will go on with another. */
  | { readonly type: "lost"; readonly trial: Trial; readonly worker: number; readonly reason: string }
  | { readonly type: "trialEnd"; readonly trial: Trial; readonly worker: number; readonly best?: Trial };

export interface StudyOptions {
  readonly space: Space;
  readonly searcher: Searcher;
  readonly objective: Objective;
  readonly seed: number;
  /** Of a trial whose searcher does not say. */
  readonly epochs: number;
  readonly about?: StudyHead["about"];
  readonly budget?: Budget;
  /** How often a failed trial is tried again. Default 0. */
  readonly retries?: number;
  /** So many failed trials in a row end the study. Default 3. */
  readonly mostFailures?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
}

/** Why a study ended. */
export type Ending = "done" | "trials" | "epochs" | "seconds" | "interrupted";

/**
 * Makes a ledger that of this study, or makes sure that it is.
 *
 * @throws {GruvyError} `usage/other-study` that says what differs.
 */
export async function openStudy(ledger: Ledger, options: StudyOptions): Promise<void> {
  const { space, objective, searcher, seed, epochs, about = {} } = options;
  const head: StudyHead = {
    type: "study",
    format: 1,
    space,
    objective,
    searcher: { name: searcher.name, ...searcher.config },
    seed,
    epochs,
    about,
    date: new Date().toISOString(),
  };
  let known = headOf(ledger.records());
  while (known === undefined) {
    if (await ledger.append(head, ledger.records().length)) return;
    known = headOf(ledger.records()); // another was first
  }
  const parts = (one: StudyHead): [string, string][] => [
    ...one.space.map((parameter): [string, string] => [`hyperparameter ${parameter.name}`, canonical(parameter)]),
    ["objective", canonical(one.objective)],
    // How many trials there may be is a budget: more of it goes on with the same study.
    ["search", canonical({ ...one.searcher, maxTrials: undefined })],
    ["seed", String(one.seed)],
    ["epochs", String(one.epochs)],
    ...Object.entries(one.about).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  const [before, now] = [new Map(parts(known)), new Map(parts(head))];
  const differs = [...new Set([...before.keys(), ...now.keys()])].find((name) => before.get(name) !== now.get(name));
  if (differs === undefined) return;
  const shownOf = (one: StudyHead, text = "absent"): string => {
    const parameter = one.space.find(({ name }) => differs === `hyperparameter ${name}`);
    return parameter === undefined ? text : described(parameter);
  };
  const texts = [shownOf(known, before.get(differs)), shownOf(head, now.get(differs))];
  const [was, is] = texts[0] === texts[1] ? [before.get(differs), now.get(differs)] : texts;
  throw new GruvyError(
    "usage/other-study",
    `The folder holds another study: its ${differs} is ${was}, here it is ${is}`,
    "Repeat what it was started with, or choose another folder.",
  );
}

/** JSON whose keys are in order, so that what means the same is the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
