import { type ErrorCode, GruvyError, shown } from "./error.ts";

/** A name without what Keras's spelling and ours differ in: `max_len` and `maxLen` are one. */
export const plainName = (name: string): string => name.replace(/_/g, "").toLowerCase();

/** Says which of the names one is in another spelling, or else which there are. */
const meant = (name: unknown, known: readonly unknown[], all: string, more = ""): string => {
  const one = known.find((other) => plainName(shown(other)) === plainName(shown(name)));
  return one ? `It is called ${one} here.` : `${all} ${known.join(", ")}${more}.`;
};

/**
 * Refuses a name that nothing has, with those that there are and `more` behind them.
 *
 * @throws {GruvyError} `code`
 */
export function refuseName(code: ErrorCode, what: string, name: unknown, known: readonly unknown[], more = ""): never {
  throw new GruvyError(code, `Unknown ${what} ${shown(name)}`, meant(name, known, "Use one of", more));
}

/**
 * Refuses names that would otherwise be ignored in silence: those of a Keras page above all, which it translates.
 *
 * @throws {GruvyError} `code`, naming what is meant (`max_len` and `maxlen` for `maxLen`) or what there is.
 */
export function refuseUnknown(
  given: object,
  known: readonly string[],
  what: string,
  code: ErrorCode = "usage/option",
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    throw new GruvyError(code, `${what} has no option ${shown(name)}`, meant(name, known, "Its options are"));
  }
}
