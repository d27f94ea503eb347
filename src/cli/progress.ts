// Shows what a task tells on standard error: one line drawn over again when that is a terminal, plain lines when it is
// not (one a model, and one now and then during a long training).

import {
  CLEAR_LINE,
  counted,
  duration,
  figure,
  lossText,
  progressLine,
  type Stretch,
  speedText,
  timeLeft,
} from "../base/index.ts";
import { inert } from "../report/index.ts";
import type { ModelName, ProgressEvent, ProgressObserver } from "../tasks/index.ts";
import { columnsOf, isTerminal } from "./terminal.ts";

/** How models are called on the screen. */
const titles: Readonly<Record<ModelName, string>> = {
  rnn: "simple RNN",
  lstm: "LSTM",
  gru: "GRU",
  lastValue: "last value",
  seasonalNaive: "seasonal naive",
  drift: "drift",
  ets: "ETS",
  linear: "linear",
  majority: "majority class",
  naiveBayesLogistic: "naive-Bayes logistic regression",
  mean: "mean",
};

export interface ProgressOptions {
  /** Shows nothing, as `--json` asks for when standard error is no terminal. */
  readonly silent?: boolean;
  /** One line an epoch in place of the bar. */
  readonly verbose?: boolean;
  readonly stream?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** Milliseconds; a test passes its own clock. */
  readonly now?: () => number;
}

export interface Progress {
  readonly observe: ProgressObserver;
  /** A line of its own, above the bar. */
  readonly line: (text: string) => void;
  /** Removes the bar, before something else is printed. */
  readonly clear: () => void;
}

interface Running {
  readonly name: string;
  readonly epochs: number;
  readonly stopsEarly: boolean;
  readonly begun: number;
  epoch: number;
  /** Epochs that were done before, where a training is resumed; undefined until one is heard of. */
  before?: number;
  /** Rows of this epoch learned so far, and all of them. */
  done: number;
  rows: number;
  /** What rows are read by, and how many of them since the training began, and when that was first heard of. */
  readonly reads: string;
  read: number;
  readBefore?: number;
  last: string;
  printed: number;
}

const DRAW_EVERY = 100; // ms
const LINE_EVERY = 10_000; // ms

export function progress(options: ProgressOptions = {}): Progress {
  const { silent = false, verbose = false, stream = process.stderr, now = Date.now } = options;
  if (silent) return { observe: () => {}, line: () => {}, clear: () => {} };
  const terminal = isTerminal(stream);
  let running: Running | undefined;
  let drawn = false;
  let drawnAt = 0;

  const clear = (): void => {
    if (drawn) stream.write(CLEAR_LINE);
    drawn = false;
  };
  const line = (text: string): void => {
    clear();
    stream.write(`${inert(text)}\n`);
  };
  const draw = (): void => {
    if (!terminal || running === undefined || now() - drawnAt < DRAW_EVERY) return;
    drawnAt = now();
    drawn = true;
    stream.write(`${CLEAR_LINE}${progressLine(stretchOf(running, now()), columnsOf(stream) - 1)}`);
  };

  const observe: ProgressObserver = (event: ProgressEvent) => {
    switch (event.type) {
      case "read":
      case "note":
        line(event.text);
        break;
      case "plan":
        for (const text of event.lines) line(text);
        break;
      case "modelBegin": {
        const seed = event.seed === undefined ? "" : `, seed ${event.seed}`;
        running = {
          name: `${titles[event.model]}${seed}`,
          epochs: event.epochs ?? 0,
          stopsEarly: event.stopsEarly ?? false,
          begun: now(),
          epoch: 0,
          done: 0,
          rows: event.rows ?? 0,
          reads: event.reads ?? "steps",
          read: 0,
          last: "",
          printed: now(),
        };
        draw();
        break;
      }
      case "batch":
        if (running !== undefined) {
          running.before ??= event.epoch - 1;
          const { epoch, done, rows, read = 0 } = event;
          running.readBefore ??= read;
          Object.assign(running, { epoch: epoch - 1, done, rows, read });
          draw();
        }
        break;
      case "epoch":
        if (running !== undefined) {
          running.before ??= event.epoch - 1;
          Object.assign(running, { epoch: event.epoch, done: 0, last: lossText(event.logs) });
          const due = verbose || (!terminal && now() - running.printed >= LINE_EVERY);
          if (due) {
            running.printed = now();
            line(
              `  ${running.name}: epoch ${event.epoch} of ${event.epochs}, ${lossText(event.logs)}${timeLeft(stretchOf(running, now()))}`,
            );
          }
          draw();
        }
        break;
      case "modelEnd": {
        const epochs = event.epochs === undefined ? "" : `, ${counted(event.epochs, "epoch")}`;
        const best = event.bestEpoch === undefined ? "" : ` (best: ${event.bestEpoch})`;
        const scores = Object.entries(event.validation ?? {}).map(([name, value]) => `${name} ${figure(value)}`);
        const validation = scores.length === 0 ? "" : `, validation ${scores.join(", ")}`;
        const took = event.seconds < 0.05 ? "<0.1 s" : duration(event.seconds);
        line(`  ${running?.name ?? titles[event.model]}: ${took}${epochs}${best}${validation}`);
        running = undefined;
      }
    }
  };
  return { observe, line, clear };
}

/** What the line says of it. */
function stretchOf(run: Running, at: number): Stretch {
  const { name, epochs, epoch, rows, stopsEarly } = run;
  const share = rows === 0 ? 0 : run.done / rows;
  const seconds = (at - run.begun) / 1000;
  const before = run.before ?? 0;
  const speed = speedText(run.read - (run.readBefore ?? 0), seconds, run.reads);
  return { name, epochs, epoch, share, before, seconds, stopsEarly, loss: run.last, speed };
}
