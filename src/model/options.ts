import { type ErrorCode, GruvyError, refuseUnknown as refuse, shown } from "../base/index.ts";

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

/** Looks a thing up by name, or says which names there are. */
export function named<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name];
  throw new GruvyError(
    `model/${what.replace(/ /g, "-")}`,
    `Unknown ${what} ${shown(name)}`,
    `Use one of ${Object.keys(table).join(", ")}.`,
  );
}
