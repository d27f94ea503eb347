import { counted, type ErrorCode, GruvyError } from "../base/index.ts";

/** Something about the data that a person should know before a model is trained on it. */
export interface Finding {
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** `"error"`: nothing can be learnt from it as it is. `"warning"`: results would mislead. `"note"`: worth knowing. */
  readonly severity: "error" | "warning" | "note";
  /** What was found, in a sentence without a full stop. */
  readonly what: string;
  /** The first place, as `Row 7 of sales.csv`. */
  readonly where?: string;
  /** What can be done about it: the policies there are. */
  readonly advice: string;
}

/**
 * Throws the first finding that is an error.
 *
 * @throws {GruvyError} with the finding's code
 * @example
 * requireUsable([]); // nothing was found, nothing happens
 */
export function requireUsable(findings: readonly Finding[]): void {
  const found = findings.find(({ severity }) => severity === "error");
  if (found) throw new GruvyError(found.code, found.where ? `${found.where}: ${found.what}` : found.what, found.advice);
}

/** `There is only 1 row`, `There are only 3 rows`. */
export const only = (count: number, one: string): string =>
  `There ${count === 1 ? "is" : "are"} only ${counted(count, one)}`;

/** A share as percent, of few digits. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value < 0.1 ? "less than 0.1" : value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
