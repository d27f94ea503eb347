import { exp, GruvyError, log, shown } from "../../base/index.ts";

/** What a hyperparameter can be. */
export type Value = number | string | boolean;

/** The values of one trial by name; those that do not apply to it are absent. */
export type Values = Readonly<Record<string, Value>>;

/** A parameter exists only where its parent has one of these values. */
export interface Condition {
  readonly parent: string;
  readonly values: readonly Value[];
}

/** One thing that may vary, as plain JSON: what the ledger keeps. */
export interface Parameter {
  readonly kind: "int" | "float" | "choice" | "boolean" | "fixed";
  readonly name: string;
  readonly default: Value;
  /** All it can be, in their order; absent for a float without a step. */
  readonly values?: readonly Value[];
  /** Bounds, both included, of numbers. */
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly sampling?: "linear" | "log";
  readonly conditions: readonly Condition[];
}

/** What `hp.int` and `hp.float` can be told. */
export interface RangeOptions {
  /** The smallest and the largest value, both included. */
  readonly minValue: number;
  readonly maxValue: number;
  /** The distance of two values; with `sampling: "log"` the factor between them. Default: ints 1, floats any value. */
  readonly step?: number;
  /** "log": every factor is as likely as another, for learning rates and sizes. Default "linear". */
  readonly sampling?: "linear" | "log";
  /** The value of the default configuration. Default minValue. */
  readonly default?: number;
}

/** More values than that are not listed one by one. */
const MOST_LISTED = 1_000_000;

/** Parameters that are ranges of numbers, checked. */
export function range(kind: "int" | "float", name: string, options: RangeOptions, conditions: readonly Condition[]) {
  const { minValue, maxValue, sampling = "linear" } = options;
  const where = (option: string): string => `${option} of hp.${kind}(${shown(name)})`;
  const fits = kind === "int" ? Number.isSafeInteger : Number.isFinite;
  for (const [option, value] of Object.entries({ minValue, maxValue })) {
    if (fits(value)) continue;
    throw bad(`Expected ${where(option)} to be a ${kind === "int" ? "whole" : "finite"} number, found ${shown(value)}`);
  }
  if (maxValue < minValue) {
    throw bad(`Expected ${where("maxValue")} to be at least minValue, found ${maxValue} below ${minValue}`);
  }
  if (sampling !== "linear" && sampling !== "log") {
    throw bad(`Expected ${where("sampling")} to be "linear" or "log", found ${shown(sampling)}`);
  }
  if (sampling === "log" && minValue <= 0) {
    throw bad(`Expected ${where("minValue")} to be above 0, as sampling: "log" needs, found ${minValue}`);
  }
  if (!Number.isFinite(sampling === "log" ? maxValue / minValue : maxValue - minValue)) {
    throw bad(`Expected ${where("maxValue")} to be nearer to minValue, found ${minValue} to ${maxValue}`);
  }
  const step = options.step ?? (kind === "int" && sampling === "linear" ? 1 : undefined);
  if (step !== undefined) {
    const least = sampling === "log" ? 1 : 0;
    if (!(Number.isFinite(step) && step > least) || (kind === "int" && !Number.isInteger(step))) {
      const what = `${kind === "int" ? "a whole number" : "a number"} above ${least}`;
      throw bad(`Expected ${where("step")} to be ${what}, found ${shown(step)}`);
    }
  }
  const values = listed(kind, minValue, maxValue, step, sampling);
  const start = options.default ?? values?.[0] ?? minValue;
  if (!(start >= minValue && start <= maxValue) || values?.includes(start) === false) {
    throw bad(`Expected ${where("default")} to be one of its values, found ${shown(start)}`);
  }
  return { kind, name, default: start, values, minValue, maxValue, sampling, conditions } satisfies Parameter;
}

function listed(
  kind: "int" | "float",
  min: number,
  max: number,
  step: number | undefined,
  sampling: "linear" | "log",
): number[] | undefined {
  if (min === max) return [min];
  if (step === undefined) {
    // Whole numbers on a scale of factors: all of them, but not all equally likely.
    if (kind === "float" || max - min >= MOST_LISTED) return undefined;
    return Array.from({ length: max - min + 1 }, (_, i) => min + i);
  }
  const count = sampling === "log" ? log(max / min) / log(step) : (max - min) / step;
  if (count >= MOST_LISTED) return undefined;
  const values: number[] = [];
  for (let i = 0, value = min; i <= Math.floor(count + 1e-9); i++) {
    // Written as one would write them: 0.3 and not 0.30000000000000004.
    values.push(kind === "int" ? value : Number(Math.min(max, value).toPrecision(12)));
    value = sampling === "log" ? value * step : min + (i + 1) * step;
  }
  return values;
}

/** One of several values. */
export function choice(
  name: string,
  values: readonly Value[],
  start: Value | undefined,
  conditions: readonly Condition[],
): Parameter {
  if (!Array.isArray(values) || values.length === 0) {
    throw bad(`Expected a list of values for hp.choice(${shown(name)}), found ${shown(values)}`);
  }
  for (const value of values) {
    if (isValue(value)) continue;
    throw bad(`Expected numbers, texts or booleans in hp.choice(${shown(name)}), found ${shown(value)}`);
  }
  if (new Set(values).size < values.length) {
    throw bad(`Expected the values of hp.choice(${shown(name)}) to differ, found ${values.map(shown).join(", ")}`);
  }
  if (start !== undefined && !values.includes(start)) {
    throw bad(`Expected the default of hp.choice(${shown(name)}) to be one of its values, found ${shown(start)}`);
  }
  return { kind: "choice", name, default: start ?? values[0], values: [...values], conditions };
}

export function fixed(name: string, value: Value, conditions: readonly Condition[]): Parameter {
  if (!isValue(value)) throw bad(`Expected a number, a text or a boolean for ${shown(name)}, found ${shown(value)}`);
  return { kind: "fixed", name, default: value, values: [value], conditions };
}

export const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/** Whether nearby values are alike: numbers, also when they are listed. */
export const isOrdered = ({ kind, values }: Parameter): boolean =>
  kind === "int" || kind === "float" || (kind === "choice" && values?.every((one) => typeof one === "number") === true);

/** The value at a place from 0 up to, not including, 1. */
export function valueAt(parameter: Parameter, place: number): Value {
  const { values = [], minValue = 0, maxValue = 0, sampling, kind } = parameter;
  const count = evenCount(parameter);
  if (count > 0) return values[Math.min(count - 1, Math.floor(place * count))];
  // Half a number beyond each bound, so that whole numbers at the ends are not rarer than others.
  const half = kind === "int" ? 0.5 : 0;
  const low = minValue - half;
  const high = maxValue + half;
  const value = sampling === "log" ? low * exp(place * log(high / low)) : low + place * (high - low);
  const inside = Math.min(maxValue, Math.max(minValue, kind === "int" ? Math.round(value) : value));
  return inside;
}

/** The place, in the middle of those that give this value. */
export function placeOf(parameter: Parameter, value: Value): number {
  const { values = [], minValue = 0, maxValue = 0, sampling, kind } = parameter;
  const count = evenCount(parameter);
  if (count > 0) return (Math.max(0, values.indexOf(value)) + 0.5) / count;
  const half = kind === "int" ? 0.5 : 0;
  const low = minValue - half;
  const high = maxValue + half;
  const number = Number(value);
  if (high === low) return 0.5;
  return sampling === "log" ? log(number / low) / log(high / low) : (number - low) / (high - low);
}

/** The places that give a value, from and to: one alone where all numbers can be drawn. */
export function placesOf(parameter: Parameter, value: Value): readonly [number, number] {
  const { values, minValue = 0, maxValue = 0 } = parameter;
  if (values === undefined) {
    const place = placeOf(parameter, value);
    return [place, place];
  }
  const count = evenCount(parameter);
  if (count > 0) {
    const index = Math.max(0, values.indexOf(value));
    return [index / count, (index + 1) / count];
  }
  const scale = log((maxValue + 0.5) / (minValue - 0.5));
  return [-0.5, 0.5].map((half) => log((Number(value) + half) / (minValue - 0.5)) / scale) as [number, number];
}

/** Among how many values the places are divided evenly; 0 where they are not. */
export const evenCount = (parameter: Parameter): number =>
  parameter.kind === "int" && isDense(parameter) ? 0 : (parameter.values?.length ?? 0);

/** Every whole number of a scale of factors: listed, but drawn by its size. */
const isDense = ({ sampling, values, minValue = 0 }: Parameter): boolean =>
  sampling === "log" && (values === undefined || values.length < 2 || values[1] === minValue + 1);

export const bad = (what: string, next = ""): GruvyError => new GruvyError("usage/space", what, next);
