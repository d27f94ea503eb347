import { GruvyError, shown } from "../../base/index.ts";
import type { Searcher } from "../searchers/index.ts";
import { configuration, type Space, type Values, valuesText } from "../space/index.ts";
import type { Ledger } from "./ledger.ts";
import { headOf, type Logs, type Objective, type StudyHead, type Trial, trialsOf } from "./records.ts";

/** How much a study may do in all, earlier runs of it included; whichever comes first. */
export interface Budget {
  readonly trials?: number;
  readonly epochs?: number;
  readonly seconds?: number;
}

/** A trial to be trained, from its beginning or from where it was when its process ended. */
export interface Work {
  readonly trial: Trial;
  /** The first epoch to train. */
  readonly epoch: number;
  /** The model file to go on from. */
  readonly state?: Uint8Array;
  readonly signal: AbortSignal;
  /** Keeps an epoch: its numbers, and the model file with the optimizer's state. */
  readonly report: (epoch: number, logs: Logs, state: () => Promise<Uint8Array>) => Promise<void>;
}

/** Trains a trial to its last epoch; says why it stopped before, if it did. */
export type TrainTrial = (work: Work) => Promise<{ readonly stopped?: string }>;

export type StudyEvent =
  | { readonly type: "trialBegin"; readonly trial: Trial }
  | { readonly type: "epoch"; readonly trial: Trial; readonly epoch: number; readonly logs: Logs }
  | { readonly type: "trialEnd"; readonly trial: Trial; readonly best?: Trial };

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

/** Failures that lie in what was asked for, and would be those of every trial. */
const everyTrial = ["training/objective", "training/monitor", "usage/option", "data/type"];

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
  const known = headOf(ledger.records());
  if (known === undefined) {
    await ledger.append(head, 0);
    return;
  }
  const parts = (one: StudyHead): [string, string][] => [
    ...one.space.map((parameter): [string, string] => [`hyperparameter ${parameter.name}`, canonical(parameter)]),
    ["objective", canonical(one.objective)],
    ["search", canonical(one.searcher)],
    ["seed", String(one.seed)],
    ["epochs", String(one.epochs)],
    ...Object.entries(one.about).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  const [before, now] = [new Map(parts(known)), new Map(parts(head))];
  const differs = [...new Set([...before.keys(), ...now.keys()])].find((name) => before.get(name) !== now.get(name));
  if (differs === undefined) return;
  throw new GruvyError(
    "usage/other-study",
    `The folder holds another study: its ${differs} is ${before.get(differs) ?? "absent"}, here it is ${now.get(differs) ?? "absent"}`,
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

/** Better ones first: those that are completed, and those under way by their best epoch so far. */
export function ranked(trials: readonly Trial[], objective: Objective): Trial[] {
  const sign = objective.direction === "min" ? 1 : -1;
  return trials
    .flatMap((trial) => {
      const best = trial.status === "failed" ? undefined : bestEpochOf(trial, objective);
      return best === undefined ? [] : [{ ...trial, objective: best.value, bestEpoch: best.epoch }];
    })
    .sort((a, b) => sign * (a.objective - b.objective) || a.id - b.id);
}

export function bestEpochOf({ history }: Trial, { name, direction }: Objective) {
  let best: { epoch: number; value: number } | undefined;
  for (const { epoch, logs } of history) {
    const value = logs[name];
    if (value === undefined) continue;
    if (best === undefined || (direction === "min" ? value < best.value : value > best.value)) best = { epoch, value };
  }
  return best;
}

export const stateFile = (id: number, epoch: number): string => `trials/${id}/epoch-${epoch + 1}.gruvy`;

/** One worker's walk through a study: takes work, trains it, keeps every epoch; killed at any time, it goes on from there. */
export async function runStudy(ledger: Ledger, train: TrainTrial, options: StudyOptions): Promise<Ending> {
  const { objective, budget = {}, signal, onEvent = () => {} } = options;
  await openStudy(ledger, options);
  const trials = (): Trial[] => trialsOf(ledger.records(), objective.direction);
  const limit = new TimeLimit(() => trials().reduce((sum, { seconds }) => sum + seconds, 0), budget.seconds, signal);
  try {
    for (;;) {
      const spent = limit.reason ?? over(trials(), budget);
      if (spent !== undefined) return await ended(ledger, spent);
      const trial = await takeWork(ledger, options);
      if (typeof trial === "string") return await ended(ledger, trial);
      onEvent({ type: "trialBegin", trial });
      const finished = await trainOne(ledger, trial, train, options, limit);
      if (!finished) continue;
      const all = trials();
      onEvent({
        type: "trialEnd",
        trial: all.find(({ id }) => id === trial.id) ?? trial,
        best: ranked(all, objective)[0],
      });
      refuseSeries(all, options.mostFailures ?? 3);
    }
  } finally {
    limit.clear();
  }
}

async function ended(ledger: Ledger, reason: Ending): Promise<Ending> {
  const last = ledger.records().at(-1);
  if (last?.type !== "ended" || last.reason !== reason) await ledger.append({ type: "ended", reason });
  return reason;
}

/** Whether trials or epochs are used up; a trial that is under way may still be finished. */
function over(trials: readonly Trial[], { trials: most, epochs }: Budget): Ending | undefined {
  const done = trials.reduce((sum, { history }) => sum + history.length, 0);
  if (epochs !== undefined && done >= epochs) return "epochs";
  const running = trials.some(({ status }) => status === "running");
  return most !== undefined && trials.length >= most && !running ? "trials" : undefined;
}

/** The trial that was under way, or a new one; of several writers one gets it. */
async function takeWork(
  ledger: Ledger,
  { space, searcher, seed, objective, epochs }: StudyOptions,
): Promise<Trial | "done"> {
  for (;;) {
    const version = ledger.records().length;
    const trials = trialsOf(ledger.records(), objective.direction);
    const under = trials.find(({ status }) => status === "running");
    if (under !== undefined) return under;
    const next = searcher.next(space, trials, seed);
    if (typeof next === "string") return "done";
    const id = trials.reduce((most, trial) => Math.max(most, trial.id + 1), 0);
    const from = trials.find((trial) => trial.id === next.from);
    const initialEpoch = from?.epochs ?? 0;
    const record = { type: "trial", id, initialEpoch, ...next, epochs: next.epochs ?? epochs } as const;
    if (!(await ledger.append(record, version))) continue;
    const trial = trialsOf(ledger.records(), objective.direction).find((one) => one.id === id);
    if (trial !== undefined) return trial;
  }
}

/** Trains a trial to its end: true when it is completed or has failed, false when it was stopped or is to be tried again. */
async function trainOne(
  ledger: Ledger,
  trial: Trial,
  train: TrainTrial,
  options: StudyOptions,
  limit: TimeLimit,
): Promise<boolean> {
  const { objective, retries = 0, budget = {}, onEvent = () => {} } = options;
  let current = trial;
  let broken: unknown;
  let started = performance.now();
  const stopping = new AbortController();
  const signal = AbortSignal.any([limit.signal, stopping.signal]);
  const report: Work["report"] = async (epoch, logs, state) => {
    if (!Object.hasOwn(logs, objective.name)) throw unreported(objective.name, logs);
    try {
      const seconds = (performance.now() - started) / 1000;
      started = performance.now();
      await ledger.files.write(stateFile(trial.id, epoch), await state());
      await ledger.append({ type: "epoch", id: trial.id, epoch, logs, seconds });
      current = { ...current, history: [...current.history, { epoch, logs }], seconds: current.seconds + seconds };
      await forget(ledger, current, objective);
    } catch (error) {
      broken = error;
      throw error;
    }
    onEvent({ type: "epoch", trial: current, epoch, logs });
    const all = trialsOf(ledger.records(), objective.direction);
    if (budget.epochs !== undefined && over(all, { epochs: budget.epochs }) && epoch + 1 < trial.epochs)
      stopping.abort();
  };
  try {
    const stopped = await trainFrom(ledger, trial, train, { signal, report });
    const done = current.history.at(-1)?.epoch ?? trial.initialEpoch - 1;
    if (signal.aborted && done + 1 < trial.epochs) return false;
    const best = bestEpochOf(current, objective);
    if (best === undefined) throw unreported(objective.name, {});
    await ledger.append({ type: "completed", id: trial.id, score: best.value, bestEpoch: best.epoch, stopped });
    return true;
  } catch (error) {
    if (broken !== undefined) throw broken;
    const code = error instanceof GruvyError ? error.code : "error";
    if (everyTrial.includes(code) || code.startsWith("file/")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const again = trial.attempts <= retries;
    await ledger.append({ type: "failed", id: trial.id, code, reason, again });
    return !again;
  }
}

async function trainFrom(
  ledger: Ledger,
  trial: Trial,
  train: TrainTrial,
  { signal, report }: Pick<Work, "signal" | "report">,
): Promise<string | undefined> {
  const last = trial.history.at(-1);
  const epoch = last === undefined ? trial.initialEpoch : last.epoch + 1;
  const goesOn = last !== undefined || trial.from !== undefined;
  const name = last === undefined ? lastState(ledger, trial) : stateFile(trial.id, last.epoch);
  const state = goesOn ? await ledger.files.read(name) : undefined;
  if (goesOn && state === undefined) {
    throw new GruvyError(
      "training/state",
      `The weights ${shown(name)} that trial ${trial.id} goes on from are missing`,
    );
  }
  return (await train({ trial, epoch, state, signal, report })).stopped;
}

/** The last weights of the trial that this one goes on from. */
function lastState(ledger: Ledger, { from = 0 }: Trial): string {
  let epoch = 0;
  for (const record of ledger.records()) if (record.type === "epoch" && record.id === from) epoch = record.epoch;
  return stateFile(from, epoch);
}

/** Of a trial the last epoch's weights are kept, to go on from, and the best one's. */
async function forget(ledger: Ledger, trial: Trial, objective: Objective): Promise<void> {
  const before = trial.history.at(-2);
  if (before === undefined) return;
  const keep = bestEpochOf(trial, objective)?.epoch;
  const earlier = bestEpochOf({ ...trial, history: trial.history.slice(0, -1) }, objective)?.epoch;
  for (const epoch of new Set([before.epoch, earlier])) {
    if (epoch !== undefined && epoch !== keep) await ledger.files.remove(stateFile(trial.id, epoch));
  }
}

function unreported(name: string, logs: Logs): GruvyError {
  const meant = Object.keys(logs).find((one) => one.toLowerCase() === name.replace(/_/g, "").toLowerCase());
  return new GruvyError(
    "training/objective",
    `Expected the objective ${shown(name)} among the training's numbers, found ${Object.keys(logs).join(", ") || "none"}`,
    meant !== undefined
      ? `It is called ${meant} here.`
      : name.startsWith("val")
        ? "Give search validationData or validationSplit, and compile the model with that metric."
        : "Choose one of them, or compile the model with that metric.",
  );
}

/** Ends the study when the last trials have all failed, and says what they share. */
function refuseSeries(trials: readonly Trial[], most: number): void {
  const last = trials.slice(-most);
  if (last.length < most || last.some(({ status }) => status !== "failed")) return;
  const [first, ...others] = last;
  const common: Values = Object.fromEntries(
    Object.entries(first.values).filter(([name, value]) => others.every(({ values }) => values[name] === value)),
  );
  const same = last.every(({ reason }) => reason === first.reason);
  const shared = configuration(common) === "[]" ? "no value in common" : `${valuesText(common)} in common`;
  throw new GruvyError(
    "training/failures",
    `${most} trials in a row failed; they have ${shared}${same ? " and the same reason" : ""}: ${last.at(-1)?.reason}`,
    "Narrow the space, or mend what builds the model; the study keeps what was done.",
  );
}

/** Seconds by a clock that does not jump, from those of earlier runs on. */
class TimeLimit {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly given: AbortSignal | undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(spent: () => number, seconds: number | undefined, given: AbortSignal | undefined) {
    this.given = given;
    this.signal = given ? AbortSignal.any([given, this.controller.signal]) : this.controller.signal;
    if (seconds === undefined) return;
    const left = Math.max(0, seconds - spent());
    if (left === 0) this.controller.abort();
    else this.timer = setTimeout(() => this.controller.abort(), Math.min(2 ** 31 - 1, 1000 * left));
  }

  get reason(): "interrupted" | "seconds" | undefined {
    if (this.given?.aborted) return "interrupted";
    return this.controller.signal.aborted ? "seconds" : undefined;
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}
