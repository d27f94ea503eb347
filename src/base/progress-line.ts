// What a line of progress says: for the commands, and for a training that shows itself.

/** Where a piece of work of some epochs stands. */
export interface Stretch {
  readonly name: string;
  /** 0: nothing is known of its length. */
  readonly epochs: number;
  /** Epochs done, those before a resumption included, and the share of the one under way that is done. */
  readonly epoch: number;
  readonly share: number;
  /** Epochs, with the share of one, that were done before this began; 0 unless a training was resumed. */
  readonly before: number;
  /** Seconds since this began. */
  readonly seconds: number;
  /** "loss 0.123"; empty where there is none yet. */
  readonly loss: string;
  /** "1,234 tokens/s"; empty where it is not known. */
  readonly speed: string;
  /** It may end sooner than after its last epoch. */
  readonly stopsEarly?: boolean;
}

/**
 * `GRU [####------] epoch 12 of 300, loss 0.0123, 1,234 tokens/s, at most 12 s left`. Where that does not fit the width,
 * the bar and then the words become short, `epoch 12/300, loss 0.0123, val 0.02, 12k tokens/s, <12 s left`; then the bar,
 * speed, losses and the time left are left out, in this order.
 */
export function progressLine(stretch: Stretch, width: number): string {
  const { name, epochs, epoch, share } = stretch;
  if (epochs === 0) return `  ${name} ...`.slice(0, width);
  const drawing = (marks: number): string => {
    const filled = Math.min(marks, Math.round((marks * (epoch + share)) / epochs));
    return ` [${"#".repeat(filled)}${"-".repeat(marks - filled)}]`;
  };
  const which = ` epoch ${Math.min(epochs, epoch + 1)} of ${epochs}`;
  const [loss, speed] = [stretch.loss, stretch.speed].map((text) => (text === "" ? "" : `, ${text}`));
  const rest = timeLeft(stretch);
  const line = (...parts: readonly string[]): string => `  ${name}${parts.join("")}`;
  const shortLoss = loss
    .replace("validation", "val")
    .replace(/\b0\.000\d+|[\d.]+e-\d+/g, (small) => Number(small).toExponential(2));
  // Numbers and their signs alone.
  const brief = (bar: string): string =>
    line(bar, which, shortLoss, speed.replace(/,\d{3} /, "k "), rest.replace(" min", ""))
      .replace(/(\d) of (?=\d)/g, "$1/")
      .replace("at most ", "<");
  const forms = [
    line(drawing(20), which, loss, speed, rest),
    line(drawing(10), which, loss, speed, rest),
    brief(drawing(10)),
    brief(drawing(5)),
    brief(""),
    line(which, loss, rest),
    line(which, rest),
    line(which),
  ];
  return forms.find((text) => text.length <= width) ?? forms[forms.length - 1].slice(0, width);
}

/** `, 12 s left`; empty where it cannot be known. */
export function timeLeft({ epochs, epoch, share, before, seconds, stopsEarly }: Stretch): string {
  const here = epoch + share - before;
  if (here <= 0 || epochs === 0) return "";
  return `, ${stopsEarly ? "at most " : ""}${duration((seconds / here) * (epochs - epoch - share))} left`;
}

/** `loss 0.0123, validation 0.02`. */
export function lossText(logs: Readonly<Record<string, number>>): string {
  const parts: string[] = [];
  if (logs.loss !== undefined) parts.push(`loss ${figure(logs.loss)}`);
  if (logs.valLoss !== undefined) parts.push(`validation ${figure(logs.valLoss)}`);
  return parts.join(", ");
}

/** `1,234 tokens/s`. */
export const speedText = (count: number, seconds: number, unit: string): string =>
  count > 0 && seconds > 0 ? `${Math.round(count / seconds).toLocaleString("en-US")} ${unit}/s` : "";

/** A number in four digits. */
export const figure = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);

/** `1:05` or `2:00:09`; under a minute with the seconds alone, such as `12 s`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)} min`;
}

/** Removes what stands on a terminal's line. */
export const CLEAR_LINE = "\r\u001b[K";
