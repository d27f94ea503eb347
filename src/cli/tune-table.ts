// Shows how a search goes on standard error: a table drawn over again when that is a terminal, plain lines when not.

import { counted, duration, inert, valuesText } from "../base/index.ts";
import { headOf, type StudyEvent, type StudyRecord, secondsSpent, type Trial, trialsOf } from "../tuning/index.ts";
import { columnsOf, isTerminal } from "./terminal.ts";

const MOST_BEST = 5;
const MOST_RUNNING = 8;
const DRAW_EVERY = 200; // ms

const digits = (value: number | undefined): string => (value === undefined ? "" : String(Number(value.toPrecision(4))));

export interface TuneTableOptions {
  /** Writes a line of its own. */
  readonly line: (text: string) => void;
  readonly stream?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** Milliseconds; a test passes its own clock. */
  readonly now?: () => number;
}

/** What is planned: epochs, where that can be said, and seconds that the search may take, those of earlier runs included. */
interface Plan {
  readonly epochs?: number;
  readonly seconds?: number;
}

/** How a search is shown while it runs. */
export interface TuneTable {
  /** The search begins: its records, as they grow. */
  begin(records: () => readonly StudyRecord[], plan: Plan): void;
  observe(event: StudyEvent): void;
  /** A line of its own, above the table. */
  line(text: string): void;
  /** Leaves the table as it stands; what follows comes below. */
  end(): void;
}

export function tuneTable({
  line,
  stream = process.stderr,
  now = () => performance.now(),
}: TuneTableOptions): TuneTable {
  const say = (text: string): void => line(inert(text));
  if (!isTerminal(stream)) {
    return { begin: () => {}, observe: (event) => say(eventLine(event)), line: say, end: () => {} };
  }
  let records: (() => readonly StudyRecord[]) | undefined;
  let planned: number | undefined;
  let seconds: number | undefined;
  let before = 0;
  let begun = 0;
  let spent = 0;
  let drawnLines = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const running = new Set<number>();

  const clear = (): void => {
    if (drawnLines > 0) stream.write(`\u001b[${drawnLines}A\r\u001b[J`);
    drawnLines = 0;
  };
  const left = (epochs: number): number | undefined => {
    const passed = (now() - begun) / 1000;
    const done = epochs - before;
    const byPlan = planned === undefined || done <= 0 ? undefined : ((planned - epochs) * passed) / done;
    const byTime = seconds === undefined ? undefined : seconds - spent - passed;
    const known = [byPlan, byTime].filter((one) => one !== undefined);
    return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
  };
  const draw = (): void => {
    const known = records?.();
    if (known === undefined || headOf(known) === undefined) return;
    drawnAt = now();
    clear();
    const width = columnsOf(stream) - 1;
    const lines = tableLines(known, running, { planned, left }).map((text) => inert(text).slice(0, width));
    stream.write(lines.map((text) => `${text}\n`).join(""));
    drawnLines = lines.length;
  };
  return {
    begin(follow, plan) {
      records = follow;
      planned = plan.epochs;
      seconds = plan.seconds;
      begun = now();
      spent = secondsSpent(follow());
      const head = headOf(follow());
      before = head === undefined ? 0 : epochsOf(trialsOf(follow(), head.objective.direction));
      timer = setInterval(draw, 1000);
      timer.unref();
    },
    observe(event) {
      if (event.type === "trialBegin") running.add(event.trial.id);
      if (event.type === "trialEnd" || event.type === "lost") running.delete(event.trial.id);
      // What went wrong stays to be read; all else is in the table.
      if (event.type === "lost" || event.trial.status === "failed") {
        clear();
        say(eventLine(event));
      }
      if (drawnLines === 0 || now() - drawnAt >= DRAW_EVERY) draw();
    },
    line(text) {
      clear();
      say(text);
      draw();
    },
    end() {
      clearInterval(timer);
      if (drawnLines > 0) draw();
      running.clear();
      drawnLines = 0;
      records = undefined;
    },
  };
}

const epochsOf = (trials: readonly Trial[]): number => trials.reduce((sum, { history }) => sum + history.length, 0);

/** How far the search is, the trials under way, and the best so far. */
export function tableLines(
  records: readonly StudyRecord[],
  running: ReadonlySet<number>,
  { planned, left }: { readonly planned?: number; readonly left: (epochs: number) => number | undefined },
): string[] {
  const head = headOf(records);
  if (head === undefined) return [];
  const { name, direction } = head.objective;
  const trials = trialsOf(records, direction);
  const epochs = epochsOf(trials);
  const rest = left(epochs);
  const count = (what: (trial: Trial) => boolean): number => trials.filter(what).length;
  const done = count(({ status }) => status === "completed");
  const said = [
    `${counted(done, "trial")} done`,
    ...some(
      count(({ stopped }) => stopped !== undefined),
      "stopped early",
    ),
    ...some(
      count(({ status }) => status === "failed"),
      "failed",
    ),
    `${epochs}${planned === undefined ? "" : ` of ${planned}`} epochs`,
    ...(rest === undefined ? [] : [`at most ${duration(rest)} left`]),
  ];
  // A configuration that was promoted is shown once.
  const seen = new Set<string>();
  const sign = direction === "min" ? 1 : -1;
  const best = trials
    .filter((trial) => trial.objective !== undefined)
    .sort((a, b) => sign * ((a.objective ?? 0) - (b.objective ?? 0)) || a.id - b.id)
    .filter((trial) => !seen.has(JSON.stringify(trial.values)) && seen.add(JSON.stringify(trial.values)));
  const under = trials.filter(({ id, status }) => status === "running" && running.has(id));
  const row = (mark: string, trial: Trial, score: number | undefined, progress: string): string =>
    `${mark} ${String(trial.id).padStart(5)}  ${digits(score).padEnd(11)}  ${progress.padEnd(8)}  ${valuesText(trial.values)}`;
  const more = (all: number, most: number): string[] => (all > most ? [`        and ${all - most} more`] : []);
  return [
    `  ${head.searcher.name}: ${said.join(", ")}`,
    `  trial  ${name.padEnd(11)}  epochs    configuration`,
    ...best.slice(0, MOST_BEST).map((trial, i) => row(i === 0 ? "*" : " ", trial, trial.objective, `${trial.epochs}`)),
    ...under.slice(0, MOST_RUNNING).map((trial) => {
      const epoch = trial.initialEpoch + trial.history.length;
      return row(">", trial, trial.history.at(-1)?.logs[name], `${epoch} of ${trial.epochs}`);
    }),
    ...more(under.length, MOST_RUNNING),
  ];
}

const some = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);

/** An event as a line, where there is no terminal. */
export function eventLine(event: StudyEvent): string {
  const { trial } = event;
  if (event.type === "trialBegin") {
    const from = trial.from === undefined ? "" : `, goes on from trial ${trial.from}`;
    return `trial ${trial.id}, to epoch ${trial.epochs}${from}: ${valuesText(trial.values)}`;
  }
  if (event.type === "epoch") {
    const logs = Object.entries(event.logs).filter(([name]) => name.startsWith("val"));
    return `  trial ${trial.id}, epoch ${event.epoch + 1}: ${logs.map(([name, value]) => `${name} ${digits(value)}`).join(", ")}`;
  }
  if (event.type === "lost") return `  trial ${trial.id} lost its worker and goes on with another: ${event.reason}`;
  if (trial.status === "failed") return `  trial ${trial.id} failed: ${trial.reason}`;
  const { best } = event;
  return `  trial ${trial.id}: ${digits(trial.objective)}${best === undefined ? "" : `; best so far ${digits(best.objective)} (trial ${best.id})`}`;
}
