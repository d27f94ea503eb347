import { type ErrorCode, GruvyError, shown } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

const causes: Record<string, readonly [code: ErrorCode, found: string, next: string]> = {
  ENOENT: ["file/missing", "there is no such file or folder", "Check the path."],
  EACCES: ["file/no-permission", "permission is denied", "Change its permissions or choose another place."],
  EPERM: ["file/no-permission", "it is not permitted", "Change its permissions or choose another place."],
  EROFS: ["file/read-only", "the file system is read-only", "Choose another place."],
  ENOSPC: ["file/disk-full", "the disk is full", "Free some space or choose another place."],
  EDQUOT: ["file/disk-full", "the quota of this user is used up", "Free some space or choose another place."],
  EFBIG: ["file/too-large", "the file would be larger than the file system allows", "Choose another place."],
  EISDIR: ["file/is-folder", "it is a folder", "Give the path of a file."],
  ENOTDIR: ["file/not-a-folder", "a part of the path is a file, not a folder", "Check the path."],
  ELOOP: ["file/link-loop", "its links lead in a circle", "Check the path."],
  ENAMETOOLONG: ["file/name", "the name is too long", "Choose a shorter name."],
  EMFILE: ["file/too-many-open", "too many files are open", "Close some, or raise the limit (ulimit -n)."],
  ENFILE: ["file/too-many-open", "too many files are open", "Close some, or raise the limit (ulimit -n)."],
  EIO: ["file/device", "the device reports an error", "Check the disk, or choose another place."],
  EBUSY: ["file/busy", "another program uses it", "Close that program and try again."],
};

/**
 * What the system says of a file, as a GruvyError: `action` is what was tried ("write model.gruvy"), `next` replaces the
 * usual advice. An error that is one already, or does not come from the system, stays as it is.
 *
 * @example
 * const full = Object.assign(new Error(), { code: "ENOSPC" });
 * fileError(full, "write", "a.csv").message; // "Cannot write a.csv: the disk is full. Free some space or choose another place."
 */
export function fileError(error: unknown, action: string, path: string, next?: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof GruvyError) return error;
  const [code, found, advice] = causes[errno] ?? ["file/failed", `the system says ${errno}`, "Try another place."];
  const made = errno === "ENOENT" && action !== "read" ? "Check the path; a folder must be made first." : advice;
  return new GruvyError(code, `Cannot ${action} ${sourceName(path)}: ${found}`, next ?? made, { cause: error });
}

/**
 * The system's name of an error (`ENOENT`), or undefined for one that does not come from a file call.
 *
 * @example
 * errnoOf(Object.assign(new Error(), { code: "ENOENT" })); // "ENOENT"
 * errnoOf(new Error("other")); // undefined
 */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** Refuses a path no system call could take. */
export function checkPath(path: string): void {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new GruvyError(
      "file/name",
      `Expected the path of a file, found ${typeof path !== "string" ? shown(path) : path === "" ? "nothing" : sourceName(path)}`,
      "A path is not empty and holds no NUL character.",
    );
  }
}
