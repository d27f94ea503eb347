import { type ErrorCode, GruvyError, shown } from "../base/index.ts";

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

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Refuses names that would otherwise be ignored in silence: those of a Keras page above all. */
export function refuseUnknown(given: object, known: readonly string[], what: string, code?: ErrorCode): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const meant = camel(name);
    throw new GruvyError(
      code ?? "model/option",
      `${what} has no option ${shown(name)}`,
      known.includes(meant) ? `It is called ${meant} here.` : `Its options are ${known.join(", ")}.`,
    );
  }
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
