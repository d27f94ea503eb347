import type { Range } from "../tuning/index.ts";
import { UsageError } from "./exit.ts";

/**
 * Reads what a hyperparameter may be: `64` alone, `32,64,128` to choose from, `32:512` between bounds, `32:512:32` in
 * steps, `1e-4:1e-1:log` by factors.
 *
 * @example
 * rangeOf("--units", { least: 1, whole: true })("32:512:32"); // {"minValue":32,"maxValue":512,"step":32}
 */
export function rangeOf(
  name: string,
  { least, below, whole = false }: { least: number; below?: number; whole?: boolean },
) {
  const expected = `${whole ? "a whole number" : "a number"} from ${least}${below === undefined ? "" : `, below ${below}`}`;
  const number = (text: string): number => {
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least) || (below !== undefined && value >= below) || (whole && !Number.isSafeInteger(value))) {
      throw new UsageError(
        `Expected ${name} to be ${expected}, a list of them (a,b,c) or a range (from:to, from:to:step, from:to:log), found ${JSON.stringify(text)}`,
      );
    }
    return value;
  };
  return (text: string): Range => {
    const parts = text.split(":");
    if (parts.length === 1) return { values: [...new Set(text.split(",").map(number))] };
    if (parts.length > 3) number(text);
    const [minValue, maxValue] = parts.slice(0, 2).map(number);
    if (maxValue < minValue)
      throw new UsageError(`Expected ${name} from the smaller to the larger number, found ${text}`);
    if (parts[2] === undefined) return { minValue, maxValue };
    if (parts[2] !== "log") {
      const step = Number(parts[2]);
      if (!(step > 0)) throw new UsageError(`Expected a step above 0 in ${name}, found ${JSON.stringify(parts[2])}`);
      return { minValue, maxValue, step };
    }
    if (minValue <= 0) throw new UsageError(`Expected ${name} to begin above 0 for factors (log), found ${text}`);
    return { minValue, maxValue, sampling: "log" };
  };
}

/** `90s`, `20m`, `1.5h` or plain seconds. */
export function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  const value = match === null ? 0 : Number(match[1]) * { s: 1, m: 60, h: 3600 }[(match[2] ?? "s") as "s" | "m" | "h"];
  if (value > 0) return value;
  throw new UsageError(`Expected --time as 90s, 20m or 2h, found ${JSON.stringify(text)}`);
}
