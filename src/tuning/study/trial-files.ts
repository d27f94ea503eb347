// The files of the trials: of each the state after its last epoch, to go on from, and after its best.

import type { Ledger } from "./ledger.ts";
import { bestEpochOf, ranked } from "./ranking.ts";
import type { Objective, Trial } from "./records.ts";
import type { StudyOptions } from "./study.ts";

/** Of so many of the best trials the weights are kept. */
export const KEPT = 10;

/**
 * The state after an epoch. Each lease has names of its own: a worker that was thought lost can then spoil nothing of
 * the one that followed.
 */
export const stateFile = (id: number, epoch: number, lease?: number): string =>
  `trials/${id}${lease === undefined ? "" : `-lease-${lease}`}-epoch-${epoch + 1}.gruvy`;

/** The state after an epoch that is done; without `epoch` after the last one, undefined when there is none. */
export function stateOf({ id, history, leases }: Trial, epoch = history.at(-1)?.epoch): string | undefined {
  const index = history.findIndex((one) => one.epoch === epoch);
  return index < 0 ? undefined : stateFile(id, history[index].epoch, leases[index]);
}

/** Removes what the trial under way needed `before` and does not need any more. */
export async function forgetEarlier(ledger: Ledger, before: Trial, trial: Trial, objective: Objective): Promise<void> {
  const needed = (one: Trial) => new Set([stateOf(one), stateOf(one, bestEpochOf(one, objective)?.epoch)]);
  const keep = needed(trial);
  for (const name of needed(before)) if (name !== undefined && !keep.has(name)) await ledger.files.remove(name);
}

/** Removes the files of finished trials that nobody will go on from, and that are not among the best. */
export async function prune(
  ledger: Ledger,
  trials: readonly Trial[],
  { space, searcher, objective }: StudyOptions,
): Promise<void> {
  const wanted = new Set(searcher.goesOn?.(space, trials));
  for (const { status, from } of trials) if (status === "running" && from !== undefined) wanted.add(from);
  const needed = new Set(trials.flatMap((trial) => (wanted.has(trial.id) ? [stateOf(trial)] : [])));
  for (const trial of ranked(trials, objective, KEPT)) needed.add(stateOf(trial, trial.bestEpoch));
  const finished = new Set(trials.flatMap(({ id, status }) => (status === "running" ? [] : [id])));
  for (const name of await ledger.files.list()) {
    const id = /^trials\/(\d+)-/.exec(name)?.[1];
    if (id !== undefined && finished.has(Number(id)) && !needed.has(name)) await ledger.files.remove(name);
  }
}
