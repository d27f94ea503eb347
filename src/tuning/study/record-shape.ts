import { GruvyError, shown } from "../../base/index.ts";
import { type JsonValue, sourceName } from "../../storage/index.ts";
import type { StudyRecord } from "./records.ts";

/** Whether a value is of a kind, and what the kind is called. */
interface Kind {
  readonly called: string;
  is(value: unknown): boolean;
}

type Fields = Readonly<Record<string, Kind>>;

const kind = (called: string, is: Kind["is"]): Kind => ({ called, is });
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlain = (value: unknown) => isText(value) || isNumber(value) || typeof value === "boolean";
const recordOf = (is: Kind["is"]) => (value: unknown) => isRecord(value) && Object.values(value).every(is);
const listOf = (is: Kind["is"]) => (value: unknown) => Array.isArray(value) && value.every(is);
const has = (fields: Fields) => (value: unknown) => isRecord(value) && missing(value, fields) === undefined;

const whole = kind("a whole number from 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
const number = kind("a finite number", isNumber);
const text = kind("a text", isText);
const flag = kind("true or false", (value) => typeof value === "boolean");
const numbers = kind("numbers by name", recordOf(isNumber));
const values = kind("texts, numbers, true or false by name", recordOf(isPlain));
const optional = ({ called, is }: Kind): Kind => kind(called, (value) => value === undefined || is(value));
const oneOf = (...all: readonly string[]) =>
  kind(`one of ${all.join(", ")}`, (value) => isText(value) && all.includes(value));

const parameters = kind(
  "a list of hyperparameters",
  listOf(
    has({
      kind: oneOf("int", "float", "choice", "boolean", "fixed"),
      name: text,
      default: kind("a value", isPlain),
      values: optional(kind("a list of values", listOf(isPlain))),
      minValue: optional(number),
      maxValue: optional(number),
      sampling: optional(oneOf("linear", "log")),
      conditions: kind("a list", listOf(has({ parent: text, values: kind("a list", listOf(isPlain)) }))),
    }),
  ),
);
const objective = kind("a name and a direction", has({ name: text, direction: oneOf("min", "max") }));
const rung = kind("a bracket and a round", has({ bracket: whole, round: whole }));
const beside = kind("a baseline beside", has({ baseline: text, scores: numbers, verdict: text }));
const baselines = kind("a list of baselines", listOf(has({ name: text, test: numbers })));

const told: Fields = { id: whole, lease: optional(whole), at: optional(number) };
const epoch: Fields = { epoch: whole, logs: numbers, seconds: number };

/** What a record of each type must have. What else it has is for a later version. */
const shapes: Readonly<Record<StudyRecord["type"], Fields>> = {
  study: {
    format: kind("format 1", (value) => value === 1),
    space: parameters,
    objective,
    searcher: kind("a searcher", (value) => values.is(value) && isRecord(value) && isText(value.name)),
    seed: number,
    epochs: whole,
    about: values,
    date: text,
  },
  trial: { id: whole, values, initialEpoch: whole, epochs: whole, from: optional(whole), rung: optional(rung) },
  lease: { id: whole, worker: text },
  epoch: { ...told, ...epoch, earlier: optional(kind("a list of epochs", listOf(has(epoch)))) },
  completed: { ...told, score: number, bestEpoch: whole, stopped: optional(text) },
  failed: { ...told, code: text, reason: text, again: flag },
  lost: { ...told, reason: text },
  ended: { reason: text, within: optional(number) },
  missing: {},
  final: {
    name: text,
    values,
    seed: number,
    score: optional(number),
    code: optional(text),
    reason: optional(text),
    seconds: number,
    bestEpoch: optional(whole),
    lossEpoch: optional(whole),
    epochs: optional(whole),
    rmse: optional(number),
    unit: optional(text),
  },
  test: {
    name: text,
    seed: number,
    scores: optional(numbers),
    beside: optional(beside),
    baselines: optional(baselines),
  },
};

/** The first field that is not what it should be. */
function missing(value: Readonly<Record<string, unknown>>, fields: Fields): string | undefined {
  return Object.keys(fields).find((name) => !fields[name].is(Object.hasOwn(value, name) ? value[name] : undefined));
}

/**
 * Records as they came from a file whose checksums matched: a stranger may have written it.
 *
 * @throws {GruvyError} `file/format` that names the record, and the field at fault.
 */
export function recordsFrom(found: readonly JsonValue[], path: string): StudyRecord[] {
  for (const [i, value] of found.entries()) {
    const type = isRecord(value) && isText(value.type) && Object.hasOwn(shapes, value.type) ? value.type : undefined;
    const fields = shapes[type as StudyRecord["type"]];
    if (type === undefined || (i === 0 && type !== "study" && type !== "missing"))
      throw unknown(i, path, "is none that this Gruvy knows");
    const name = missing(value as Readonly<Record<string, unknown>>, fields);
    if (name === undefined) continue;
    const is = (value as Readonly<Record<string, unknown>>)[name];
    throw unknown(
      i,
      path,
      `(${type}) is none that this Gruvy knows: expected ${fields[name].called} as ${name}, found ${shown(is)}`,
    );
  }
  return [...found] as unknown as StudyRecord[];
}

const unknown = (i: number, path: string, what: string): GruvyError =>
  new GruvyError(
    "file/format",
    `Record ${i + 1} of ${sourceName(path)} ${what}`,
    "It comes from a later version, or is no study; use the Gruvy that wrote it.",
  );
