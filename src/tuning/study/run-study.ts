import { GruvyError, valuesText } from "../../base/index.ts";
import { configuration, type Values } from "../space/index.ts";
import type { Lease, Ledger } from "./ledger.ts";
import { ranked } from "./ranking.ts";
import { secondsSpent, type Trial, Trials } from "./records.ts";
import { type Around, runTrial } from "./run-trial.ts";
import { openStudy } from "./same-study.ts";
import { stopWith } from "./stop.ts";
import type { Budget, Ending, StudyOptions, TrainTrial } from "./study.ts";
import { StudyClock } from "./study-clock.ts";
import { prune } from "./trial-files.ts";

/**
 * Walks through a study with all its workers at once: each takes work, trains it, and tells every epoch. Killed at any
 * time, it goes on from there.
 */
export async function runStudy(ledger: Ledger, workers: readonly TrainTrial[], options: StudyOptions): Promise<Ending> {
  await openStudy(ledger, options);
  const clock = new StudyClock(secondsSpent(ledger.records()), options.budget?.seconds, options.signal);
  const stop = stopWith(clock.signal);
  const known = new Trials(options.objective.direction);
  const trials = () => known.follow(ledger.records());
  let failure: { readonly error: unknown } | undefined;
  const walk = async (train: TrainTrial, worker: number): Promise<Ending | undefined> => {
    const full = (): boolean => isFull(ledger, trials(), options.budget ?? {}, 1);
    const around = { ledger, options, worker, signal: stop.signal, trials, now: () => clock.now, full };
    try {
      return await work(train, around, () => clock.reason);
    } catch (error) {
      failure ??= { error };
      return undefined;
    } finally {
      stop.abort(); // a worker ends when there is nothing left to do for any of them, or nothing can be done
    }
  };
  try {
    await prune(ledger, trials(), options);
    const endings = await Promise.all(workers.map(walk));
    if (failure !== undefined) throw failure.error;
    const ending = endings.find((one) => one !== undefined) ?? "done";
    if (ending !== "interrupted") refuseSeries(trials(), Math.max(1, trials().length)); // all of them, where they are few
    const last = ledger.records().findLast(({ type }) => type !== "final" && type !== "test");
    const within = ending === "seconds" ? options.within : undefined;
    if (last?.type !== "ended" || last.reason !== ending || last.within !== within) {
      await ledger.append({ type: "ended", reason: ending, ...(within === undefined ? {} : { within }) });
    }
    return ending;
  } finally {
    stop.end();
    clock.end();
  }
}

/** What one worker does; undefined when another has ended the study. */
async function work(train: TrainTrial, around: Around, over: () => Ending | undefined): Promise<Ending | undefined> {
  const { ledger, options, worker, signal, trials } = around;
  const { objective, budget = {}, onEvent = () => {} } = options;
  for (;;) {
    const ending = over() ?? usedUp(trials(), budget);
    if (ending !== undefined || signal.aborted) return ending;
    // Listening begins before anything is looked at, so that nothing is missed.
    const news = nextRecord(ledger, signal);
    try {
      const taken = await take(around);
      if (taken === "done") return usedUp(trials(), budget) ?? "done";
      if (taken === "wait") {
        await news.came;
        continue;
      }
      const { trial, lease } = taken;
      try {
        onEvent({ type: "trialBegin", trial, worker });
        if (!(await runTrial(trial, lease, train, around))) continue;
      } finally {
        lease.release();
      }
      const all = trials();
      await prune(ledger, all, options);
      const ended = all.find(({ id }) => id === trial.id) ?? trial;
      onEvent({ type: "trialEnd", trial: ended, worker, best: ranked(all, objective, 1)[0] });
      if (ended.status === "failed") refuseSeries(all, options.mostFailures ?? 3);
    } finally {
      news.end();
    }
  }
}

/** Resolves when the ledger has a new record, or the signal comes. */
function nextRecord(ledger: Ledger, signal: AbortSignal): { readonly came: Promise<void>; end(): void } {
  let end = (): void => {};
  const came = new Promise<void>((resolve) => {
    const watched = ledger.watch(() => resolve());
    const stopped = (): void => resolve();
    signal.addEventListener("abort", stopped);
    end = () => {
      watched();
      signal.removeEventListener("abort", stopped);
    };
  });
  return { came, end };
}

/** Whether trials or epochs are used up; a trial that is under way may still be finished. */
function usedUp(trials: readonly Trial[], { trials: most, epochs }: Budget): Ending | undefined {
  if (epochs !== undefined && epochsOf(trials) >= epochs) return "epochs";
  const running = trials.some(({ status }) => status === "running");
  return most !== undefined && trials.length >= most && !running ? "trials" : undefined;
}

const epochsOf = (trials: readonly Trial[]): number => trials.reduce((sum, { history }) => sum + history.length, 0);

/** Whether the epochs that are under way, but for `own` of them, use up what is left. */
function isFull(ledger: Ledger, trials: readonly Trial[], { epochs }: Budget, own: number): boolean {
  if (epochs === undefined) return false;
  const under = trials.filter((trial) => trial.status === "running" && !isFree(ledger, trial)).length;
  return epochsOf(trials) + under - own >= epochs;
}

const isFree = (ledger: Ledger, { status, lease }: Trial): boolean =>
  status === "running" && (lease === undefined || !ledger.isHeld(lease));

/** A trial that nobody works on, or a new one; "wait" while what comes next hangs on what others do. */
async function take({
  ledger,
  options,
  worker,
  trials,
}: Around): Promise<{ readonly trial: Trial; readonly lease: Lease } | "wait" | "done"> {
  const { space, searcher, seed, epochs, budget = {} } = options;
  for (;;) {
    const version = ledger.records().length;
    const all = trials();
    const busy = all.some(({ status }) => status === "running");
    if (isFull(ledger, all, budget, 0)) return busy ? "wait" : "done";
    const free = all.find((trial) => isFree(ledger, trial));
    if (free !== undefined) {
      const lease = await ledger.take({ type: "lease", id: free.id, worker: String(worker) }, version);
      if (lease !== undefined) return { trial: { ...free, lease: lease.token }, lease };
      continue;
    }
    const next = budget.trials !== undefined && all.length >= budget.trials ? "done" : searcher.next(space, all, seed);
    if (typeof next === "string") return busy ? "wait" : "done";
    const id = all.reduce((most, trial) => Math.max(most, trial.id + 1), 0);
    const from = all.find((trial) => trial.id === next.from);
    const initialEpoch = from?.epochs ?? 0;
    await ledger.append({ type: "trial", id, initialEpoch, ...next, epochs: next.epochs ?? epochs }, version);
  }
}

/** Ends the study when the last trials have all failed, and says what they share. */
function refuseSeries(trials: readonly Trial[], most: number): void {
  const finished = trials.filter(({ ended }) => ended !== undefined).sort((a, b) => (a.ended ?? 0) - (b.ended ?? 0));
  const last = finished.slice(-most);
  if (last.length < most || last.some(({ status }) => status !== "failed")) return;
  const [first, ...others] = last;
  const common: Values = Object.fromEntries(
    Object.entries(first.values).filter(([name, value]) => others.every(({ values }) => values[name] === value)),
  );
  const same = last.every(({ reason }) => reason === first.reason);
  const shared = configuration(common) === "[]" ? "no value" : valuesText(common);
  const failed =
    most === 1
      ? `The only trial failed, with ${shared}`
      : `${most} trials in a row failed; they have ${shared} in common${same ? " and the same reason" : ""}`;
  throw new GruvyError(
    "training/failures",
    `${failed}: ${last.at(-1)?.reason}`,
    "Narrow the space, or mend what builds the model; the study keeps what was done.",
  );
}
