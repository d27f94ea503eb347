import { bestEpochOf } from "./ranking.ts";
import type { DoneEpoch, Logs, Trial } from "./records.ts";
import type { Around } from "./run-trial.ts";
import { forgetEarlier, stateFile } from "./trial-files.ts";

/** So many milliseconds lie between two records of a trial: shorter epochs share one, and do not wait for the disk. */
const BETWEEN = 50;

/**
 * Keeps the epochs of a trial, while its training goes on: the states of the last and of the best, then one record for
 * all that were done in the meantime. Where epochs are what the budget counts, each is kept before the next begins.
 */
export class EpochBook {
  private readonly around: Around;
  private readonly token: number;
  private readonly current: () => Trial;
  private readonly each: boolean;
  private done: DoneEpoch[] = [];
  private states = new Map<number, () => Uint8Array>();
  private begun = performance.now();
  private next = performance.now() + BETWEEN;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private written: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | undefined;

  /** `current`: the trial as the ledger has it, or an error when another worker has it now. */
  constructor(around: Around, token: number, current: () => Trial) {
    this.around = around;
    this.token = token;
    this.current = current;
    this.each = around.options.budget?.epochs !== undefined;
  }

  async add(epoch: number, logs: Logs, state: () => Promise<() => Uint8Array>): Promise<void> {
    const now = performance.now();
    const seconds = (now - this.begun) / 1000;
    this.begun = now;
    this.check();
    this.states.set(epoch, await state());
    this.done.push({ epoch, logs, seconds });
    const best = bestEpochOf({ history: this.done }, this.around.options.objective)?.epoch;
    for (const one of this.states.keys()) if (one !== epoch && one !== best) this.states.delete(one);
    if (this.each) await this.settle();
    else this.timer ??= setTimeout(() => this.write(), Math.max(0, this.next - now));
  }

  /** Resolves when all that was added is kept; rejects when it could not be. */
  async settle(): Promise<void> {
    this.write();
    await this.written;
    this.check();
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.written = this.written.then(async () => {
      if (this.done.length === 0 || this.failure !== undefined) return;
      try {
        await this.keep();
      } catch (error) {
        this.failure = { error };
      }
      this.next = performance.now() + BETWEEN;
    });
  }

  private async keep(): Promise<void> {
    const { ledger, options, worker, now } = this.around;
    const { objective, onEvent = () => {} } = options;
    const before = this.current();
    const { done, states } = this;
    this.done = [];
    this.states = new Map();
    const best = bestEpochOf({ history: [...before.history, ...done] }, objective)?.epoch;
    const earlier = done.slice(0, -1);
    const last = done[earlier.length];
    for (const [epoch, state] of states) {
      if (epoch !== last.epoch && epoch !== best) continue;
      await ledger.files.write(stateFile(before.id, epoch, this.token), state());
    }
    const told = { id: before.id, lease: this.token, at: now() };
    await ledger.append({ type: "epoch", ...told, ...(earlier.length === 0 ? {} : { earlier }), ...last });
    const trial = this.current();
    await forgetEarlier(ledger, before, trial, objective);
    for (const { epoch, logs } of done) {
      onEvent({ type: "epoch", trial: cut(trial, epoch), worker, epoch, logs });
    }
  }
}

/** The trial as it was after an epoch. */
function cut(trial: Trial, epoch: number): Trial {
  const count = trial.history.findIndex((one) => one.epoch === epoch) + 1;
  return { ...trial, history: trial.history.slice(0, count), leases: trial.leases.slice(0, count) };
}
