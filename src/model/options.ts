import {
  type ErrorCode,
  finiteNumber,
  GruvyError,
  refuseUnknown as refuse,
  refuseName,
  shown,
  wholeNumber,
} from "../base/index.ts";

/** A share from 0 up to, not including, 1. */
export function rate(value: unknown, name: string): number {
  if (typeof value !== "number" || !(value >= 0 && value < 1)) {
    throw new GruvyError("model/option", `Expected ${name} to be at least 0 and below 1, found ${shown(value)}`);
  }
  return value;
}

/** Yes or no: text from a file, which would always count as yes, is refused. */
export function flag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new GruvyError("model/option", `Expected ${name} to be true or false, found ${shown(value)}`);
}

/** Options given as an object; what the caller then takes apart must be one. */
export function optionsOf<T extends object>(given: T, what: string, code: ErrorCode = "model/option"): T {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw new GruvyError(code, `Expected the options of ${what} as an object, found ${shown(given)}`);
}

/** Refuses unknown names among the options of something of a model. */
export function refuseUnknown(given: object, known: readonly string[], what: string, code?: ErrorCode): void {
  refuse(given, known, what, code ?? "model/option");
}

/** What an option may be: gives the value that holds, its default where none is given, or refuses what was given. */
export type Rule<T> = (given: unknown, name: string) => T;

type Bounds = Parameters<typeof finiteNumber>[2];

/** A number between bounds. */
export const numberRule =
  (usual: number, bounds?: Bounds): Rule<number> =>
  (given = usual, name) =>
    finiteNumber(given, name, { code: "model/option", ...bounds });

/** A whole number between bounds. */
export const wholeRule =
  (usual: number, bounds?: Bounds): Rule<number> =>
  (given = usual, name) =>
    wholeNumber(given, name, { code: "model/option", ...bounds });

/** What may be left out, and then is. */
export const optional =
  <T>(rule: Rule<T>): Rule<T | undefined> =>
  (given, name) =>
    given === undefined ? undefined : rule(given, name);

/** True or false, and false by default. */
export const flagRule: Rule<boolean> = (given = false, name) => flag(given, name);

/** One of some words, the first of which is the default. */
export const wordRule =
  <T extends string>(...words: readonly T[]): Rule<T> =>
  (given = words[0], name) => {
    if (words.includes(given as T)) return given as T;
    throw new GruvyError(
      "model/option",
      `Expected ${name} to be one of ${words.map((word) => shown(word)).join(", ")}, found ${shown(given)}`,
    );
  };

/** The options of something, each by its rule, and no others but `known`. Those that are to be left out are. */
export function settle<R extends Record<string, Rule<unknown>>>(
  given: object,
  what: string,
  rules: R,
  known: readonly string[] = [],
): { [name in keyof R]: ReturnType<R[name]> } {
  refuseUnknown(optionsOf(given, what), [...Object.keys(rules), ...known], what);
  const values = Object.entries(rules).map(([name, rule]) => {
    return [name, rule((given as Record<string, unknown>)[name], `${name} of ${what}`)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as never;
}

/** Looks a thing up by name, or says which names there are. */
export function named<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name];
  const own = ["cell", "layer", "loss", "metric"].includes(what)
    ? ", or first define your own of that name (docs/custom.md)"
    : "";
  refuseName(`model/${what.replace(/ /g, "-")}`, what, name, Object.keys(table), own);
}

/** A table of things that are made from their names. */
export const byNames = <K extends string, T>(names: readonly K[], make: (name: K) => T): Record<K, T> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, T>;
