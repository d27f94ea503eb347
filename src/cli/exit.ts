// The help must appear at once: of our rooms only types are imported here.
import type { GruvyError } from "../base/index.ts";

/** What the commands end with, as documented in `gruvy --help`. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Thrown to end a command that a signal stopped after it saved what it could; the message says what that was. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Thrown for an option whose value makes no sense, before anything is loaded. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown when work was done but could not be kept, for example on a full disk. */
export class SaveFailed extends Error {
  override readonly name = "SaveFailed";
}

/** The exit code for an error: what the user gave us is 2, what went wrong while working is 1. */
export function codeFor(error: unknown): number {
  if (error instanceof Interrupted) return exitCode.interrupted;
  if (isClosedPipe(error)) return exitCode.done;
  if (isCommanderError(error)) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof UsageError) return exitCode.usage;
  if (!isGruvyError(error)) return exitCode.failed;
  if (error.code === "training/interrupted" || error.code === "network/aborted") return exitCode.interrupted;
  if (error.code === "file/disk-full") return exitCode.failed;
  if (error.code === "network/address") return exitCode.usage;
  return ["usage", "data", "file", "model"].includes(error.kind) ? exitCode.usage : exitCode.failed;
}

/** The one sentence shown for an error in a command, and what to do; whoever shows it makes it inert. */
export function messageFor(error: unknown, command = ""): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = isCommanderError(error)
    ? `${usage(message)} See npx gruvy ${command === "" ? "" : `${command} `}--help.`
    : isOurs(error)
      ? message
      : `Something went wrong that should not: ${message}. Run again with GRUVY_DEBUG=1 to see where, and report it`;
  return /[.?!)]$/.test(text) ? text : `${text}.`;
}

/** What went wrong, as `--json` prints it. */
export interface ErrorObject {
  readonly code: string;
  /** What, and what to do next, as on standard error. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error for programs; `{}` for none, so that it can be spread into a result. */
export function errorObject(error: unknown, command?: string): { readonly error?: ErrorObject } {
  if (error === undefined) return {};
  const details = isGruvyError(error) ? error.details : undefined;
  const message = messageFor(error, command);
  return { error: { code: errorCode(error), message, ...(details === undefined ? {} : { details }) } };
}

/** A GruvyError's own code; what only the command line throws has one of the same kinds. */
function errorCode(error: unknown): string {
  if (isGruvyError(error)) return error.code;
  if (error instanceof SaveFailed) return isGruvyError(error.cause) ? error.cause.code : "file/not-saved";
  if (error instanceof Interrupted) return "training/interrupted";
  if (error instanceof UsageError) return "usage/option";
  if (isCommanderError(error)) return "usage/command";
  return "unexpected";
}

function isOurs(error: unknown): boolean {
  return (
    isGruvyError(error) ||
    error instanceof UsageError ||
    error instanceof Interrupted ||
    error instanceof SaveFailed ||
    (error instanceof Error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code)))
  );
}

/** "error: unknown option '--unit'\n(Did you mean --units?)" as sentences. */
function usage(message: string): string {
  const text = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const sentence = text[0].toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(sentence) ? sentence : `${sentence}.`;
}

function isGruvyError(error: unknown): error is GruvyError {
  return error instanceof Error && error.name === "GruvyError" && "kind" in error;
}

/** The reader of our output went away. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}

export interface CommanderLike extends Error {
  readonly code: string;
  readonly exitCode: number;
}

export function isCommanderError(error: unknown): error is CommanderLike {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}
