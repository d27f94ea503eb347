import { GruvyError, shown } from "../base/index.ts";

/** A share from 0 up to, not including, 1. */
export function rate(value: unknown, name: string): number {
  if (typeof value !== "number" || !(value >= 0 && value < 1)) {
    throw new GruvyError("model/option", `Expected ${name} to be at least 0 and below 1, found ${shown(value)}`);
  }
  return value;
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
