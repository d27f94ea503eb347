// How numbers are written: digits by what they must tell apart, never by the machine's locale.

import { threeDigits } from "../base/index.ts";

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";

export type Format = (value: number) => string;

/** Fixed decimals, thousands set apart by commas, a real minus sign. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : `${MINUS}∞`;
  const digits = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && Number(digits) !== 0 ? MINUS : "";
  return `${sign}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/**
 * One way to write all numbers of a column: three digits for the smallest, but no more than five for the largest, unless
 * more decimals are asked for.
 */
export function columnFormat(values: Iterable<number | undefined>, least = 0): Format {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of values) {
    if (value === undefined || !Number.isFinite(value) || value === 0) continue;
    low = Math.min(low, Math.abs(value));
    high = Math.max(high, Math.abs(value));
  }
  if (high === 0) return (value) => fixed(value, 0);
  if (high < 1e-3 || high >= 1e9) return exponential;
  const decimals = Math.max(least, threeDigits(low, high));
  return (value) => fixed(value, decimals);
}

function exponential(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fixed(value, 0);
  return value.toExponential(1).replaceAll("-", MINUS).replace("e+", "e");
}

/** As `format`, but what is not zero does not look like it. */
export const visible =
  (format: Format): Format =>
  (value) => {
    const text = format(value);
    return value !== 0 && Number.isFinite(value) && !/[1-9]/.test(text) ? exponential(value) : text;
  };

/** A number alone in a sentence: three digits. */
export function plain(value: number): string {
  return columnFormat([value])(value);
}

/** With its sign, plus included; zero has none. */
export function signed(value: number, format: Format): string {
  const text = format(value);
  return value > 0 && /[1-9∞]/.test(text) ? `+${text}` : text;
}

export function count(value: number): string {
  return Number.isInteger(value) ? fixed(value, 0) : plain(value);
}

/** A share of one as a percentage. */
export const percentOf =
  (decimals: number): Format =>
  (share) =>
    `${fixed(100 * share, decimals)}${NARROW_SPACE}%`;

/** With one decimal. */
export const percent = percentOf(1);

/** A duration in seconds, one decimal, as in a column of seconds. */
export function seconds(value: number): string {
  return value >= 0 && value < 0.05 ? "<0.1" : fixed(value, 1);
}

/** The plain form for terminals and other readers: a hyphen as the minus sign, ordinary spaces. */
export function ascii(text: string): string {
  return text.replaceAll(MINUS, "-").replaceAll(NARROW_SPACE, " ").replaceAll("∞", "inf");
}
