/** What kind of thing went wrong; the part of a code before the slash. */
export type ErrorKind =
  | "usage" // an option or argument that makes no sense
  | "data" // a table, text or array whose content cannot be used
  | "file" // a file or folder that cannot be read or written
  | "model" // layers, options or weights that do not fit together
  | "network" // a download that failed, was cut or altered
  | "training" // a run that could not go on: a loss that turned NaN
  | "engine"; // the compiled program, its memory or its threads

/** A kind of error, and what of that kind: `data/shape`. */
export type ErrorCode = `${ErrorKind}/${string}`;

/**
 * The one error class of the library. The message is one sentence that says what was expected, what was found and
 * where, followed by what to do next; `code` is stable and meant for programs.
 *
 * @example
 * const error = new GruvyError("data/missing-column", 'No column "price" in sales.csv', "Columns are: month, passengers.");
 * error.code;    // "data/missing-column"
 * error.message; // 'No column "price" in sales.csv. Columns are: month, passengers.'
 */
export class GruvyError extends Error {
  override readonly name = "GruvyError";
  readonly code: ErrorCode;
  /** What the sentence says, for programs, where it says much. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    what: string,
    next = "",
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(next === "" ? what : `${what.replace(/[.]$/, "")}. ${next}`, options);
    this.code = code;
    this.details = options.details;
  }

  get kind(): ErrorKind {
    return this.code.slice(0, this.code.indexOf("/")) as ErrorKind;
  }
}

/** How a value found in place of the expected one is shown in a message: short, on one line, quoted when text. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    const text = JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
    return text.replace(
      /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/**
 * A word out of a file: a text as it is, all else as it is shown. `String` fails for what `parseJson` makes, which has no
 * methods.
 */
export const wordOf = (value: unknown): string => (typeof value === "string" ? value : shown(value));
