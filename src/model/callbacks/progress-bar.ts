import { CLEAR_LINE, figure, GruvyError, progressLine, shown, speedText, timeLeft } from "../../base/index.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { Callback, Logs, Progress } from "./callback.ts";

/** What takes text; `process.stderr` is one. */
export interface TextStream {
  write(text: string): unknown;
  /** Whether what is written can be drawn over. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What `progressBar` can be told. */
export interface ProgressBarOptions {
  /** Default: standard error where it is a terminal, else the console. */
  readonly stream?: TextStream;
  /** A line after every epoch and no bar. Default false. */
  readonly lines?: boolean;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

const DRAW_EVERY = 100; // ms

interface Host {
  readonly stderr?: TextStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The terminal of this process, if it has one that can be drawn on. */
function terminal(): TextStream | undefined {
  const host = (globalThis as { readonly process?: Host }).process;
  return host?.stderr?.isTTY === true && host.env?.TERM !== "dumb" ? host.stderr : undefined;
}

/**
 * Shows a training while it runs: on a terminal one line, drawn over again, with a bar over epochs and batches, the loss
 * of the epoch so far, steps or tokens a second and the time left; elsewhere a plain line after every epoch. What
 * `verbose` of `fit` does.
 *
 * @throws {GruvyError} `usage/option` for a stream that cannot be written to, or an unknown option.
 * @example
 * const texts: string[] = [];
 * const shows = progressBar({ stream: { write: (text) => texts.push(text) } });
 * const model = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
 * model.compile({ optimizer: sgd({ learningRate: 0 }), loss: "meanSquaredError" });
 * await model.fit([[1]], [[2]], { epochs: 2, callbacks: [shows] });
 * texts[1]; // "epoch 2/2  loss 4  learningRate 0\n"
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  const { lines = false, now = () => performance.now() } = optionsOf(options, "progressBar", "usage/option");
  refuseUnknown(options, ["stream", "lines", "now"], "progressBar", "usage/option");
  flag(lines, "lines of progressBar");
  if (options.stream !== undefined && typeof options.stream?.write !== "function") {
    throw new GruvyError("usage/option", `Expected a stream that can be written to, found ${shown(options.stream)}`);
  }
  const stream = options.stream ?? (lines ? undefined : terminal());
  const draws = !lines && stream?.isTTY === true;
  let begun = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = false;
  let before: number | undefined;
  let tokensBefore = 0;

  const clear = () => {
    if (drawn) stream?.write(CLEAR_LINE);
    drawn = false;
  };
  const draw = ({ epoch, epochs, batch, batches, loss, tokens = 0 }: Progress) => {
    if (!stream || now() - drawnAt < DRAW_EVERY) return;
    drawnAt = now();
    drawn = true;
    const seconds = (drawnAt - begun) / 1000;
    const stretch = {
      name: batches === undefined ? `batch ${batch},` : `batch ${batch} of ${batches}`,
      epochs,
      epoch,
      share: batches === undefined ? 0 : batch / batches,
      before: before ?? 0,
      seconds,
      loss: loss === undefined ? "" : `loss ${figure(loss)}`,
      speed: speedText(tokens - tokensBefore, seconds, "tokens"),
    };
    stream.write(`${CLEAR_LINE}${progressLine(stretch, (stream.columns || 80) - 1)}`);
  };

  return {
    name: "progressBar",
    onTrainBegin() {
      [begun, drawnAt, before] = [now(), Number.NEGATIVE_INFINITY, undefined];
    },
    onEpochBegin(epoch) {
      before ??= epoch;
    },
    onProgress(progress) {
      // A resumed training has tokens, and perhaps batches of an epoch, behind it.
      if (before === undefined) {
        before = progress.epoch + (progress.batches ? progress.batch / progress.batches : 0);
        tokensBefore = progress.tokens ?? 0;
      }
      if (draws) draw(progress);
    },
    onEpochEnd(epoch, logs, trainer) {
      clear();
      const text = epochLine(epoch, trainer.epochs, logs);
      const rest = draws ? left(epoch, trainer.epochs) : "";
      if (stream) stream.write(`${text}${rest}\n`);
      else console.log(text);
    },
    onTrainEnd: clear,
  };

  function left(epoch: number, epochs: number): string {
    const seconds = (now() - begun) / 1000;
    const done = { name: "", epochs, epoch: epoch + 1, share: 0, before: before ?? 0, seconds, loss: "", speed: "" };
    return epoch + 1 < epochs ? timeLeft(done).replace(", ", "  ") : "";
  }
}

function epochLine(epoch: number, epochs: number, logs: Logs): string {
  const numbers = Object.entries(logs).map(([name, value]) => `${name} ${figure(value)}`);
  return [`epoch ${epoch + 1}/${epochs}`, ...numbers].join("  ");
}
