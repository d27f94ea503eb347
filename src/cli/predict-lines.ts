import { GruvyError, shown, Tensor } from "../base/index.ts";
import { steppedBack, tableOf } from "../data/index.ts";
import { type JsonValue, parseJson } from "../storage/index.ts";
import {
  type FittedModel,
  forecastSeries,
  predictSequences,
  type SequencesPipeline,
  type SeriesPipeline,
  type TextsPipeline,
  textPredictor,
} from "../tasks/index.ts";
import type { Line } from "./lines.ts";

type Row = Readonly<Record<string, JsonValue | undefined>>;

/** One JSON line out for each line in, in their order. Answers to the lines before one that cannot be read come first. */
export async function* lineAnswers(
  fitted: FittedModel,
  source: AsyncIterable<readonly Line[]>,
  name: string,
  say: (text: string) => void,
): AsyncGenerator<string> {
  const { answer, end } = answerer(fitted, { name, example: lineExample(fitted.pipeline) }, say);
  for await (const some of source) {
    // What came together is answered together, but not more than fits a batch well.
    for (let from = 0; from < some.length; from += 256) {
      let answered = "";
      try {
        for await (const one of answer(some.slice(from, from + 256))) answered += `${JSON.stringify(one)}\n`;
      } catch (error) {
        if (answered !== "") yield answered;
        throw error;
      }
      yield answered;
    }
  }
  end();
}

/** Says at once where a text without a known word is first met, and in the end how many there were. */
export function unreadTexts(say: (text: string) => void) {
  let count = 0;
  return {
    unread: (place: () => string): void => {
      if (count++ > 0) return;
      say(`warning: ${place()} has no word that the model knows; its answer is that to an empty text.`);
    },
    end: (): void => {
      if (count > 1) say(`warning: ${count} texts in all have no word that the model knows.`);
    },
  };
}

/** A line that the model would answer. */
export function lineExample(pipeline: FittedModel["pipeline"]): string {
  if (pipeline.kind === "texts") return JSON.stringify({ [pipeline.text]: "..." });
  if (pipeline.kind === "series") return JSON.stringify({ [pipeline.target]: "[...]" }).replaceAll('"[...]"', "[...]");
  const { tokens, features, alphabet } = pipeline;
  const steps = [new Array(features).fill(0), new Array(features).fill(1)];
  return JSON.stringify({ sequence: tokens === 0 ? steps : (alphabet?.slice(0, 3).join("") ?? [1, 2, 3]) });
}

interface Answerer {
  /** An answer to each line until one fails; a failure comes after the answers before it. */
  readonly answer: (asked: readonly Line[]) => AsyncIterable<unknown>;
  /** Called when all lines were answered: throws where they did not amount to a question. */
  readonly end: () => void;
}

function answerer(fitted: FittedModel, source: Source, say: (text: string) => void): Answerer {
  const { pipeline } = fitted;
  if (pipeline.kind === "texts") return textAnswers(fitted, pipeline, source, unreadTexts(say));
  const { one, end } =
    pipeline.kind === "series"
      ? seriesAnswer(fitted, pipeline, source)
      : { one: sequenceAnswer(fitted, pipeline, source), end: () => {} };
  const answer: Answerer["answer"] = async function* (asked) {
    for (const line of asked) {
      const row = rowOf(line, source);
      try {
        yield await one(line, row);
      } catch (error) {
        throw located(error, line, source.name);
      }
    }
  };
  return { answer, end };
}

/** What the lines come from, and how one looks. */
interface Source {
  readonly name: string;
  readonly example: string;
}

function textAnswers(
  fitted: FittedModel,
  { text }: TextsPipeline,
  source: Source,
  { unread, end }: ReturnType<typeof unreadTexts>,
): Answerer {
  let lines: readonly Line[] = [];
  const predict = textPredictor(fitted, (row) => unread(() => `Line ${lines[row].number} of ${source.name}`));
  const textOf = (line: Line): string => {
    const value = rowOf(line, source)[text];
    if (typeof value !== "string") throw missing(line, source, `a text under ${shown(text)}`, value);
    return value;
  };
  const answer: Answerer["answer"] = async function* (asked) {
    lines = asked;
    const texts: string[] = [];
    let failure: unknown;
    for (const line of asked) {
      try {
        texts.push(textOf(line));
      } catch (error) {
        failure = error;
        break;
      }
    }
    yield* await predict(texts);
    if (failure !== undefined) throw failure;
  };
  return { answer, end };
}

/** A whole series in a line, or a row of one series after the other: then each answer is what follows that row. */
function seriesAnswer(fitted: FittedModel, pipeline: SeriesPipeline, source: Source) {
  const { name, example } = source;
  const { target, horizon, window, season = 0 } = pipeline;
  // More than any transform looks back on; what is older is forgotten, so that a stream may be endless.
  const reach = window + horizon + 2 * season + 2;
  let rows: number[] = [];
  /** Why there was no forecast yet; undefined once there was one. */
  let waiting: GruvyError | undefined;
  let answered = false;
  const inOrder = timeOrder(target, name);
  const fillAdvice =
    pipeline.missing === undefined
      ? "Fill in the missing values, leave them out, or have them filled in: --missing ffill puts the value before in their place."
      : "Leave it out: there is no value before it to put in its place.";
  const numbers = (list: readonly unknown[]): list is number[] => list.every((value) => typeof value === "number");
  /** A null stands for a missing value; what is none stays, to be refused. */
  const forwards = (list: readonly unknown[]): unknown[] => {
    let last: unknown = null;
    return list.map((value) => {
      last = value ?? last;
      return last;
    });
  };
  const one = async (line: Line, row: Row): Promise<unknown> => {
    const series = Array.isArray(row[target]) ? row[target] : row.series;
    if (Array.isArray(series)) {
      const filled = pipeline.missing === undefined ? series : forwards(series);
      if (numbers(filled)) return { forecast: await forecastSeries(fitted, filled) };
      const place = filled.findIndex((value) => typeof value !== "number");
      const found = `${shown(filled[place])} as value ${place + 1} of ${filled.length}`;
      const expected = `numbers under ${shown(series === row[target] ? target : "series")}`;
      throw new GruvyError(
        "data/line",
        `Expected ${expected} on line ${line.number} of ${name}, found ${found}`,
        filled[place] === null ? fillAdvice : "Correct it.",
      );
    }
    const value = row[target] === null && pipeline.missing !== undefined ? rows.at(-1) : row[target];
    if (typeof value !== "number") {
      const under = value === undefined && series !== undefined ? "series" : target;
      const expected = `numbers under ${shown(under)} (a list, or one a line)`;
      const advice = row[target] === null ? fillAdvice : undefined;
      throw missing(line, source, expected, row[target] === null ? null : (value ?? series), advice);
    }
    inOrder(line, row);
    rows.push(value);
    if (rows.length > 2 * reach) rows = rows.slice(-reach);
    try {
      const forecast = await forecastSeries(fitted, rows, horizon);
      [waiting, answered] = [undefined, true];
      return { forecast };
    } catch (error) {
      if (!(error instanceof GruvyError) || error.code !== "data/too-short") throw error;
      if (!answered) waiting = error;
      return { forecast: [] };
    }
  };
  // Whoever writes a line and waits gets an empty answer at first; where all were empty, that was no use.
  const end = (): void => {
    if (waiting === undefined) return;
    const [what] = waiting.message.split(". ");
    throw new GruvyError(waiting.code, `${name}: ${what}`, `Give a list of them, ${example}, or as many lines.`);
  };
  return { one, end };
}

/** Refuses a row that is older than the one before it, which a forecast would take for what follows. */
function timeOrder(target: string, name: string): (line: Line, row: Row) => void {
  let last: Row | undefined;
  return ({ number }, row) => {
    const field = (of: Row, key: string): string =>
      typeof of[key] === "string" || typeof of[key] === "number" ? String(of[key]) : "";
    const before = last;
    last = row;
    const keys = Object.keys(row).filter((key) => key !== target);
    if (before === undefined || keys.length === 0) return;
    const back = steppedBack(
      tableOf(
        keys.map((key) => [key, [field(before, key), field(row, key)]]),
        name,
      ),
    );
    if (back === undefined) return;
    throw new GruvyError(
      "data/date-order",
      `Line ${number} of ${name}: ${shown(back.found)} under ${shown(back.name)} comes before the line above it (${shown(back.before)})`,
      "Give the oldest line first: each is answered from those above it. A file may also begin with its newest.",
    );
  };
}

function sequenceAnswer(fitted: FittedModel, pipeline: SequencesPipeline, source: Source) {
  return async (line: Line, row: Row): Promise<unknown> => {
    const [answer] = await predictSequences(fitted, sequenceTensor(row.sequence, pipeline, line, source));
    return typeof answer === "number" ? { value: answer } : answer;
  };
}

/** `"BTXSE"` by the symbols of the model, a list of tokens, or a list of the numbers at each step; as one row. */
function sequenceTensor(
  value: unknown,
  { tokens, features, alphabet }: SequencesPipeline,
  line: Line,
  source: Source,
): Tensor {
  if (tokens > 0) {
    const list =
      typeof value === "string" ? Array.from(value, (symbol) => 1 + (alphabet?.indexOf(symbol) ?? -1)) : value;
    const good = Array.isArray(list) && list.length > 0 && list.every((token) => Number.isInteger(token) && token > 0);
    const expected = alphabet === undefined ? "a list of tokens" : `symbols of ${alphabet.join("")}`;
    if (!good) throw missing(line, source, `${expected} under "sequence"`, value);
    return new Tensor([1, list.length], Int32Array.from(list));
  }
  const steps = Array.isArray(value) ? value : [];
  const good =
    steps.length > 0 &&
    steps.every((step) => {
      return Array.isArray(step) && step.length === features && step.every((number) => typeof number === "number");
    });
  if (!good) throw missing(line, source, `lists of ${features} numbers, one a step, under "sequence"`, value);
  return new Tensor([1, steps.length, features], Float32Array.from(steps.flat()));
}

function rowOf({ number, text }: Line, { name, example }: Source): Row {
  const advice = `Lines look like ${example}.`;
  const value = parseJson(text, { source: `line ${number} of ${name}`, advice });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  const what = `Expected an object on line ${number} of ${name}, found ${shown(value)}`;
  throw new GruvyError("data/line", what, advice);
}

function missing(
  { number }: Line,
  { name, example }: Source,
  expected: string,
  found: unknown,
  advice = `Lines look like ${example}.`,
): GruvyError {
  return new GruvyError(
    "data/line",
    `Expected ${expected} on line ${number} of ${name}, found ${found === undefined ? "none" : shown(found)}`,
    advice,
  );
}

/** An error of one row with its line in front. */
function located(error: unknown, { number }: Line, name: string): unknown {
  if (!(error instanceof GruvyError) || error.message.toLowerCase().includes(`line ${number} of `)) return error;
  return new GruvyError(error.code, `Line ${number} of ${name}: ${error.message}`, "", { cause: error });
}
