import { GruvyError, shown } from "../../base/index.ts";
import { EpochBook } from "./epoch-book.ts";
import type { Lease, Ledger } from "./ledger.ts";
import { bestEpochOf } from "./ranking.ts";
import { type Logs, reached, type Trial } from "./records.ts";
import { stopWith } from "./stop.ts";
import type { StudyOptions, TrainTrial, Work } from "./study.ts";
import { stateOf } from "./trial-files.ts";

/** What a trial needs to know of the study around it. */
export interface Around {
  readonly ledger: Ledger;
  readonly options: StudyOptions;
  readonly worker: number;
  /** Aborts when the study ends. */
  readonly signal: AbortSignal;
  readonly trials: () => readonly Trial[];
  /** Seconds on the study's clock. */
  readonly now: () => number;
  /** Whether the study has no room for another epoch of this trial. */
  readonly full: () => boolean;
}

/** Failures that lie in what was asked for: those of every trial, unless another got through an epoch. */
const asked = ["training/objective", "training/monitor", "data/type"];
/** The system's words for a disk that takes no more, where what a trial calls has written by itself. */
const diskFull = ["ENOSPC", "EDQUOT"];

/** Whether a failure is no fault of the configuration, and would meet the next one too. */
export function isOfEveryTrial(error: unknown): boolean {
  const code = error instanceof GruvyError ? error.code : "";
  const machine = code === "engine/worker" || code.startsWith("file/") || diskFull.includes(systemCode(error));
  return machine || asked.includes(code);
}

/** So often may a trial lose its worker at one epoch before it counts as failed: it may be what kills them. */
const MOST_LOSSES = 3;

/** Thrown where another worker has the trial now. */
class LeaseLost extends Error {}

/**
 * Trains a trial under a lease, and tells the ledger.
 *
 * @returns whether the trial has come to its end.
 */
export async function runTrial(trial: Trial, lease: Lease, train: TrainTrial, around: Around): Promise<boolean> {
  const { ledger, options, worker, trials, now } = around;
  const { objective, onEvent = () => {} } = options;
  const { id } = trial;
  const told = () => ({ id, lease: lease.token, at: now() });
  const current = (): Trial => {
    const found = trials().find((one) => one.id === id);
    if (found?.lease === lease.token) return found;
    throw new LeaseLost();
  };
  const stop = stopWith(around.signal);
  const book = new EpochBook(around, lease.token, current);
  const report: Work["report"] = async (epoch, logs, state) => {
    if (!Object.hasOwn(logs, objective.name)) throw unreported(objective.name, logs);
    const value = logs[objective.name];
    if (!Number.isFinite(value)) {
      throw new GruvyError(
        "training/not-finite",
        `Expected a finite number for the objective ${shown(objective.name)}, found ${shown(value)} in epoch ${epoch + 1}`,
        "Look at the callback or the metric that gives it.",
      );
    }
    await book.add(epoch, finiteOf(logs), state);
    if (epoch + 1 < trial.epochs && around.full()) stop.abort();
  };
  const trained = async (): Promise<boolean> => {
    const states = await statesOf(ledger, trial, trials());
    const { stopped } =
      states === undefined
        ? {}
        : await train({ trial, ...states, signal: stop.signal, report }).catch((error: unknown) => whole(error, trial));
    await book.settle();
    const done = current();
    if (stop.signal.aborted && reached(done) < trial.epochs) return false;
    const best = bestEpochOf(done, objective);
    if (best === undefined) throw unreported(objective.name, {});
    await ledger.append({ type: "completed", ...told(), score: best.value, bestEpoch: best.epoch, stopped });
    return true;
  };
  const failed = async (error: unknown): Promise<boolean> => {
    const code = error instanceof GruvyError ? error.code : "error";
    const reason = error instanceof Error ? error.message : String(error);
    const ownFault = asked.includes(code) && trials().some(({ history }) => history.length > 0);
    if (isOfEveryTrial(error) && !ownFault) throw error;
    const { attempts, losses, history } = current();
    if (code === "engine/thread" && losses + 1 < MOST_LOSSES) {
      await ledger.append({ type: "lost", ...told(), reason });
      onEvent({ type: "lost", trial, worker, reason });
      return false;
    }
    // What was kept of it is lost, which says nothing of its configuration.
    const isForgotten = code === "training/state" && history.length > 0;
    const again = isForgotten || attempts <= (options.retries ?? 0);
    await ledger.append({ type: "failed", ...told(), code, reason: reasonOf(code, reason), again });
    return !again;
  };
  try {
    return await trained().catch(async (error: unknown) => {
      await book.settle(); // what cannot be kept ends the study; what cannot be trained, the trial
      return failed(error);
    });
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  } finally {
    stop.end();
  }
}

/** What a ledger can hold, and a curve can show: callbacks may add anything to the numbers of an epoch. */
const finiteOf = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).filter(([, one]) => Number.isFinite(one)));

const systemCode = (error: unknown): string => String((error as { readonly code?: unknown } | undefined)?.code);

const reasonOf = (code: string, reason: string): string =>
  code === "engine/thread" ? `its worker was lost ${MOST_LOSSES} times at one epoch: ${reason}` : reason;

/** A trial whose epochs are all done needs no state of them. */
function whole(error: unknown, trial: Trial): { readonly stopped?: string } {
  const isState = error instanceof GruvyError && error.code === "training/state";
  if (isState && trial.history.length > 0 && reached(trial) === trial.epochs) return {};
  throw error;
}

/** The states that a trial goes on from; undefined where all its epochs are done and they are gone. */
async function statesOf(
  ledger: Ledger,
  trial: Trial,
  trials: readonly Trial[],
): Promise<Pick<Work, "state" | "start" | "file"> | undefined> {
  const read = async (name: string | undefined): Promise<Uint8Array> => {
    const bytes = name === undefined ? undefined : await ledger.files.read(name);
    if (bytes !== undefined) return bytes;
    throw new GruvyError(
      "training/state",
      `The weights ${shown(name)} that trial ${trial.id} goes on from are missing`,
    );
  };
  if (trial.history.length > 0) {
    const name = stateOf(trial);
    // A ledger from which the trial's end was lost, after its files were no longer needed.
    if (reached(trial) === trial.epochs && name !== undefined && !(await ledger.files.read(name))) return undefined;
    return { state: await read(name), file: name };
  }
  const from = trials.find(({ id }) => id === trial.from);
  const name = from && stateOf(from);
  return trial.from === undefined ? {} : { start: await read(name), file: name };
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
