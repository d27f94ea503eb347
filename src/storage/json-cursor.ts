import { GruvyError } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/** What stands at the cursor, told by its first character. */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

export interface JsonCursorOptions {
  /** What the text is, as messages name it: `"the header of model.gruvy"`. */
  readonly source: string;
  /** How deep objects and arrays may nest. Default 128. */
  readonly maxDepth?: number;
  /** Refuse strings that hold half a surrogate pair, which UTF-8 cannot express. Default false. */
  readonly wellFormed?: boolean;
  /** What to do about an error. Default: get the file again. */
  readonly advice?: string;
}

const AGAIN = "The file is damaged or was not written as its format asks; get it again from where it came.";

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

/**
 * Reads JSON (RFC 8259) in one pass, driven by what the caller expects, so that a header of a million names builds no
 * tree. Keys that occur twice are refused where `JSON.parse` keeps the last one, and so are whole numbers it would round.
 *
 * @throws {GruvyError} `file/json` with the position, `file/json-duplicate`, `file/json-number`, `file/json-depth`.
 * @example
 * const cursor = new JsonCursor('{"shape": [3, 4]}', { source: "a header" });
 * const shape: number[] = [];
 * cursor.object(() => cursor.array(() => shape.push(cursor.wholeNumber())));
 * cursor.end();
 * shape; // [3, 4]
 */
export class JsonCursor {
  #text: string;
  #position = 0;
  #depth = 0;
  #source: string;
  #maxDepth: number;
  #wellFormed: boolean;
  #advice: string;

  constructor(text: string, { source, maxDepth = 128, wellFormed = false, advice = AGAIN }: JsonCursorOptions) {
    this.#text = text;
    this.#source = sourceName(source);
    this.#maxDepth = maxDepth;
    this.#wellFormed = wellFormed;
    this.#advice = advice;
  }

  /** The kind of the next value, which stays to be read. */
  kind(): JsonKind {
    switch (this.#next()) {
      case 123:
        return "object";
      case 91:
        return "array";
      case QUOTE:
        return "string";
      case 116:
      case 102:
        return "boolean";
      case 110:
        return "null";
      default:
        return "number";
    }
  }

  /** Reads an object; `value` is called at each key and must read what belongs to it. */
  object(value: (key: string) => void, what: string | (() => string) = "an object"): void {
    if (!this.#open(123, 125, what)) return;
    // Most objects have a handful of keys, for which a list is smaller and quicker than a set.
    const few: string[] = [];
    let many: Set<string> | undefined;
    do {
      this.#next();
      const start = this.#position;
      const key = this.string("a key in quotes");
      if (many ? many.has(key) : few.includes(key)) {
        throw this.#error("file/json-duplicate", start, "each key once", `${this.#found(start)} a second time`);
      }
      if (many) many.add(key);
      else if (few.push(key) === 8) many = new Set(few);
      if (this.#next() !== 58) this.fail('":" after the key');
      this.#position++;
      value(key);
    } while (this.#more(125, "}"));
  }

  /** Reads an array; `item` is called at each element and must read it. */
  array(item: (index: number) => void, what: string | (() => string) = "an array"): void {
    if (!this.#open(91, 93, what)) return;
    let index = 0;
    do item(index++);
    while (this.#more(93, "]"));
  }

  string(what = "a string"): string {
    if (this.#next() !== QUOTE) this.fail(what);
    const text = this.#text;
    const start = this.#position;
    let escaped = false;
    let i = start + 1;
    for (; ; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        i += this.#escapeLength(i);
      } else if (!(code >= 32)) {
        this.#position = i;
        this.fail(i < text.length ? "no bare control character in a string" : "a closing quote");
      }
    }
    this.#position = i + 1;
    if (!escaped) return text.slice(start + 1, i);
    const value: string = JSON.parse(text.slice(start, i + 1));
    if (this.#wellFormed && /\p{Cs}/u.test(value)) {
      throw this.#error("file/json", start, "whole characters", "half a surrogate pair in a string");
    }
    return value;
  }

  /** A whole number that is not negative, written in plain digits and exact in float64. */
  wholeNumber(what = "a whole number, zero or more"): number {
    let code = this.#next();
    const start = this.#position;
    let value = 0;
    for (; code >= 48 && code <= 57; code = this.#text.charCodeAt(++this.#position)) value = value * 10 + (code - 48);
    const length = this.#position - start;
    const plain = length > 0 && (length === 1 || this.#text.charCodeAt(start) !== 48);
    if (plain && Number.isSafeInteger(value) && code !== 46 && (code | 32) !== 101) return value;
    this.#position = start;
    this.#number(what);
    throw this.#error("file/json-number", start, what, this.#found(start));
  }

  /** Any finite number. A whole number that float64 must round is refused unless JavaScript itself writes it so. */
  number(): number {
    this.#next();
    const start = this.#position;
    const literal = this.#number("a value");
    const value = Number(literal);
    const digits = /^-?[0-9]+$/.test(literal);
    const exact = Number.isSafeInteger(value) || !digits || String(value) === literal || isExact(literal, value);
    if (!Number.isFinite(value) || !exact) {
      throw this.#error("file/json-number", start, "a number that float64 can hold", this.#found(start));
    }
    return value;
  }

  boolean(): boolean {
    this.#next();
    if (this.#text.startsWith("true", this.#position)) {
      this.#position += 4;
      return true;
    }
    if (!this.#text.startsWith("false", this.#position)) this.fail("a value");
    this.#position += 5;
    return false;
  }

  null(): null {
    this.#next();
    if (!this.#text.startsWith("null", this.#position)) this.fail("a value");
    this.#position += 4;
    return null;
  }

  /** Reads a value of any kind and forgets it. */
  skip(): void {
    const kind = this.kind();
    if (kind === "object") this.object(() => this.skip());
    else if (kind === "array") this.array(() => this.skip());
    else this[kind]();
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#next();
    if (this.#position < this.#text.length) this.fail("the end");
  }

  /** Ends reading: `expected` is not what stands at the cursor. */
  fail(expected: string): never {
    throw this.#error("file/json", this.#position, expected, this.#found(this.#position));
  }

  /** Enters an object or array; false when it is empty and already left. */
  #open(bracket: number, closing: number, what: string | (() => string)): boolean {
    if (this.#next() !== bracket) this.fail(typeof what === "string" ? what : what());
    if (this.#depth === this.#maxDepth) {
      throw this.#error("file/json-depth", this.#position, `at most ${this.#maxDepth} nested levels`, "more");
    }
    this.#position++;
    if (this.#next() === closing) {
      this.#position++;
      return false;
    }
    this.#depth++;
    return true;
  }

  /** After an item: whether another follows. */
  #more(closing: number, bracket: string): boolean {
    const code = this.#next();
    if (code !== closing && code !== COMMA) this.fail(`"," or "${bracket}"`);
    this.#position++;
    if (code === COMMA) return true;
    this.#depth--;
    return false;
  }

  /** Skips white space and gives the code of the next character, NaN at the end. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#position);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = this.#text.charCodeAt(++this.#position);
    return code;
  }

  #number(what: string): string {
    NUMBER.lastIndex = this.#position;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) this.fail(what);
    this.#position += literal.length;
    return literal;
  }

  /** How many characters follow a backslash at `i`. */
  #escapeLength(i: number): number {
    const letter = this.#text[i + 1] ?? "";
    if (letter === "u" && /^[0-9a-fA-F]{4}$/.test(this.#text.slice(i + 2, i + 6))) return 5;
    if (letter !== "" && '"\\/bfnrt'.includes(letter)) return 1;
    this.#position = i;
    return this.fail("an escape such as \\n or \\u00e9");
  }

  #found(position: number): string {
    const rest = this.#text.slice(position, position + 24);
    if (rest === "") return "the end";
    if (rest[0] === '"') return sourceName(`the text ${/^"[^"]*"?/.exec(rest)?.[0]}`);
    const word = /^[-+.\w]+/.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0);
    return sourceName(JSON.stringify(word));
  }

  #error(code: `file/${string}`, position: number, expected: string, found: string): GruvyError {
    const before = this.#text.slice(0, position);
    const line = before.split("\n").length;
    const column = position - (before.lastIndexOf("\n") + 1) + 1;
    const where = line === 1 ? `character ${column}` : `line ${line}, column ${column}`;
    return new GruvyError(code, `Expected ${expected} at ${where} of ${this.#source}, found ${found}`, this.#advice);
  }
}

/** Whether digits name the float64 exactly. Those with more than 309 digits name no float64, and BigInt is slow on them. */
function isExact(digits: string, value: number): boolean {
  return digits.length <= 310 && Number.isFinite(value) && BigInt(digits) === BigInt(value);
}
