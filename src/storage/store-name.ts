import { GruvyError } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/**
 * Refuses a name that could lead out of a store or mean different things on different systems: `..`, absolute, empty
 * parts, a drive letter, a backslash, control characters, or a name this room keeps for itself (`.gruvy...`).
 *
 * @throws {GruvyError} `usage/store-name`
 */
export function checkStoreName(name: string): void {
  const parts = name.split("/");
  const allowed =
    parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.startsWith(".gruvy")) &&
    !/[\\\p{Cc}\p{Cs}]/u.test(name) &&
    !/^[a-zA-Z]:/.test(name);
  if (allowed) return;
  throw new GruvyError(
    "usage/store-name",
    `Expected a relative name such as "logs/train.csv", found ${sourceName(name) || "nothing"}`,
    'Use "/" between folders, and no "..", "\\" or control character.',
  );
}
