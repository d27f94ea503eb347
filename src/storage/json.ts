import { GruvyError, shown } from "../base/index.ts";
import { JsonCursor, type JsonCursorOptions } from "./json-cursor.ts";
import { sourceName } from "./source-name.ts";

/** A value of JSON. Objects read from files have no prototype, so that no key of theirs means anything to JavaScript. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * Reads JSON strictly: a key that occurs twice, a whole number that float64 would round, nesting deeper than
 * `maxDepth` (default 128) and anything RFC 8259 does not allow are refused, with the position.
 *
 * @throws {GruvyError} `file/json`, `file/json-duplicate`, `file/json-number` or `file/json-depth`.
 * @example
 * const settings = parseJson('{"units": 50, "__proto__": 1}', { source: "settings.json" });
 * Object.keys(settings);               // ["units", "__proto__"]
 * Object.getPrototypeOf(settings);     // null
 * parseJson('{"units": 1, "units": 2}', { source: "settings.json" }); // throws file/json-duplicate
 */
export function parseJson(text: string, options: JsonCursorOptions): JsonValue {
  const cursor = new JsonCursor(text, options);
  const value = readValue(cursor);
  cursor.end();
  return value;
}

function readValue(cursor: JsonCursor): JsonValue {
  const kind = cursor.kind();
  if (kind === "object") {
    const record: Record<string, JsonValue> = Object.create(null);
    cursor.object((key) => {
      record[key] = readValue(cursor);
    });
    return record;
  }
  if (kind === "array") {
    const items: JsonValue[] = [];
    cursor.array(() => items.push(readValue(cursor)));
    return items;
  }
  return cursor[kind]();
}

/**
 * Writes a value as JSON and refuses what would come back as something else: NaN, infinity, bigint, functions, maps,
 * typed arrays, cycles, missing array elements. A property that is undefined is left out.
 *
 * @throws {GruvyError} `usage/not-json` naming the path of what cannot be written.
 * @example
 * formatJson({ units: 50, name: undefined }, "architecture"); // '{"units":50}'
 * formatJson({ loss: Number.NaN }, "training"); // throws usage/not-json
 */
export function formatJson(value: unknown, what: string, maxDepth = 128): string {
  checkJson(value, what, maxDepth);
  return JSON.stringify(value);
}

function checkJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value === "object" && depth === 0) {
    throw new GruvyError("usage/not-json", `Expected fewer nested levels at ${sourceName(path)}`, "Is it a cycle?");
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], `${path}[${i}]`, depth - 1);
    return;
  }
  if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) checkJson(item, `${path}.${key}`, depth - 1);
    }
    return;
  }
  throw new GruvyError(
    "usage/not-json",
    `Expected text, a finite number, true, false, null, an array or a plain object at ${sourceName(path)}, found ${shown(value)}`,
    "JSON can hold nothing else; convert it first.",
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  if ("toJSON" in value && typeof value.toJSON === "function") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
