import { GruvyError, shown } from "../base/index.ts";

/**
 * A JSON object without objects or arrays in it, as text by key. Numbers stay as written, since a float64 would
 * round long ones; null becomes empty. Unlike JSON.parse alone it sees a key that occurs twice.
 *
 * @param where how messages name the line: `Row 3 of reviews.jsonl`
 * @throws {GruvyError} `data/json`, `data/encoding`
 */
export function flatObject(line: string, where: string): Map<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new GruvyError("data/json", `${where} is not JSON: found ${shown(line.trim())}`, advice(line), { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new GruvyError("data/json", `${where}: expected an object, found ${shown(parsed)}`, advice(line));
  }
  const fields = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value === "object" && value !== null) {
      const kind = Array.isArray(value) ? "an array" : "an object";
      throw new GruvyError(
        "data/json",
        `${where}: expected text or a number under ${shown(key)}, found ${kind}`,
        "Give each value a key of its own.",
      );
    }
    fields.set(key, value === null ? "" : String(value));
    if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
      throw new GruvyError(
        "data/encoding",
        `${where}: the text under ${shown(key)} holds half of a surrogate pair`,
        "Write both halves, or leave the character out.",
      );
    }
  }
  const seen = new Set<string>();
  for (const { key, bare } of tokens(line)) {
    if (seen.has(key)) {
      throw new GruvyError("data/json", `${where} has the key ${shown(key)} twice`, "Remove or rename one.");
    }
    seen.add(key);
    if (bare !== undefined && /^[-\d]/.test(bare)) fields.set(key, bare);
  }
  return fields;
}

function advice(line: string): string {
  return line.trimStart().startsWith("[")
    ? "Write one object a line, without brackets around them: jq -c '.[]' old.json > new.jsonl"
    : 'Write one object a line, for instance {"text": "good", "label": 1}';
}

/** The keys of a flat object in the order of the text, each with its value where that is no string. */
function* tokens(line: string): Generator<{ key: string; bare: string | undefined }> {
  let at = line.indexOf("{") + 1;
  for (;;) {
    const open = line.indexOf('"', at);
    if (open < 0) return;
    const close = endOfString(line, open);
    const text = line.slice(open, close);
    const key: string = text.includes("\\") ? JSON.parse(text) : text.slice(1, -1);
    at = line.indexOf(":", close) + 1;
    while (line[at] === " " || line[at] === "\t") at++;
    if (line[at] === '"') {
      at = endOfString(line, at);
      yield { key, bare: undefined };
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.lastIndexOf("}") : comma;
      yield { key, bare: line.slice(at, end).trim() };
      at = end;
    }
  }
}

/** The place behind the closing quote of a string that opens at `open`, in valid JSON. */
function endOfString(line: string, open: number): number {
  let at = open + 1;
  for (;;) {
    const quote = line.indexOf('"', at);
    let slashes = 0;
    while (line[quote - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
