import { type ErrorCode, GruvyError, shown } from "./error.ts";

/** A name without what Keras's spelling and ours differ in: `max_len` and `maxLen` are one. */
export const plainName = (name: string): string => name.replace(/_/g, "").toLowerCase();

/** Says which of the names one is in another spelling, if any. */
export function calledHere(name: unknown, known: readonly unknown[]): string | undefined {
  const meant = known.find((one) => plainName(shown(one)) === plainName(shown(name)));
  return meant === undefined ? undefined : `It is called ${meant} here.`;
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
    const next = calledHere(name, known) ?? `Its options are ${known.join(", ")}.`;
    throw new GruvyError(code, `${what} has no option ${shown(name)}`, next);
  }
}
