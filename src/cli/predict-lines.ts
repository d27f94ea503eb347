import { GruvyError, shown, Tensor } from "../base/index.ts";
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

/** One JSON line out for each line in, in their order. */
export async function* lineAnswers(
  fitted: FittedModel,
  source: AsyncIterable<readonly Line[]>,
  name: string,
): AsyncGenerator<string> {
  const answer = answerer(fitted, name);
  for await (const some of source) {
    // What came together is answered together, but not more than fits a batch well.
    for (let from = 0; from < some.length; from += 256) {
      const answers = await answer(some.slice(from, from + 256).map((line) => ({ line, row: rowOf(line, name) })));
      yield answers.map((one) => `${JSON.stringify(one)}\n`).join("");
    }
  }
}

interface Asked {
  readonly line: Line;
  readonly row: Row;
}

type Answerer = (asked: readonly Asked[]) => Promise<unknown[]>;

function answerer(fitted: FittedModel, name: string): Answerer {
  const { pipeline } = fitted;
  if (pipeline.kind === "texts") return textAnswers(fitted, pipeline, name);
  return pipeline.kind === "series" ? seriesAnswers(fitted, pipeline, name) : sequenceAnswers(fitted, pipeline, name);
}

function textAnswers(fitted: FittedModel, { text }: TextsPipeline, name: string): Answerer {
  const predict = textPredictor(fitted);
  return (asked) =>
    predict(
      asked.map(({ line, row }) => {
        const value = row[text];
        if (typeof value !== "string") throw missing(line, name, `a text under ${shown(text)}`, value);
        return value;
      }),
    );
}

/** A whole series in a line, or a row of one series after the other: then each answer is what follows that row. */
function seriesAnswers(fitted: FittedModel, pipeline: SeriesPipeline, name: string): Answerer {
  const { target, horizon, window, season = 0 } = pipeline;
  // More than any transform looks back on; what is older is forgotten, so that a stream may be endless.
  const reach = window + horizon + 2 * season + 2;
  let rows: number[] = [];
  const next = async ({ line, row }: Asked): Promise<unknown> => {
    if (row.series !== undefined) {
      const { series } = row;
      if (!Array.isArray(series) || !series.every((value) => typeof value === "number")) {
        throw missing(line, name, 'a list of numbers under "series"', series);
      }
      return { forecast: await forecastSeries(fitted, series) };
    }
    const value = row[target];
    if (typeof value !== "number")
      throw missing(line, name, `a number under ${shown(target)}, or a list under "series"`, value);
    rows.push(value);
    if (rows.length > 2 * reach) rows = rows.slice(-reach);
    try {
      return { forecast: await forecastSeries(fitted, rows, horizon) };
    } catch (error) {
      if (error instanceof GruvyError && error.code === "data/too-short") return { forecast: [] };
      throw error;
    }
  };
  return async (asked) => {
    const answers: unknown[] = [];
    for (const one of asked) {
      try {
        answers.push(await next(one));
      } catch (error) {
        throw located(error, one.line, name);
      }
    }
    return answers;
  };
}

function sequenceAnswers(fitted: FittedModel, pipeline: SequencesPipeline, name: string): Answerer {
  const one = async ({ line, row }: Asked): Promise<unknown> => {
    try {
      const [answer] = await predictSequences(fitted, sequenceTensor(row.sequence, pipeline, line, name));
      return typeof answer === "number" ? { value: answer } : answer;
    } catch (error) {
      throw located(error, line, name);
    }
  };
  return async (asked) => {
    const answers: unknown[] = [];
    for (const each of asked) answers.push(await one(each));
    return answers;
  };
}

/** `"BTXSE"` by the symbols of the model, a list of tokens, or a list of the numbers at each step; as one row. */
function sequenceTensor(
  value: unknown,
  { tokens, features, alphabet }: SequencesPipeline,
  line: Line,
  name: string,
): Tensor {
  if (tokens > 0) {
    const list =
      typeof value === "string" ? Array.from(value, (symbol) => 1 + (alphabet?.indexOf(symbol) ?? -1)) : value;
    const good = Array.isArray(list) && list.length > 0 && list.every((token) => Number.isInteger(token) && token > 0);
    const expected = alphabet === undefined ? "a list of tokens" : `symbols of ${alphabet.join("")}`;
    if (!good) throw missing(line, name, `${expected} under "sequence"`, value);
    return new Tensor([1, list.length], Int32Array.from(list));
  }
  const steps = Array.isArray(value) ? value : [];
  const good =
    steps.length > 0 &&
    steps.every((step) => {
      return Array.isArray(step) && step.length === features && step.every((number) => typeof number === "number");
    });
  if (!good) throw missing(line, name, `lists of ${features} numbers, one a step, under "sequence"`, value);
  return new Tensor([1, steps.length, features], Float32Array.from(steps.flat()));
}

function rowOf({ number, text }: Line, name: string): Row {
  const value = parseJson(text, { source: `line ${number} of ${name}` });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw new GruvyError(
    "data/line",
    `Expected an object on line ${number} of ${name}, found ${shown(value)}`,
    "Give one JSON object a line.",
  );
}

function missing({ number }: Line, name: string, expected: string, found: unknown): GruvyError {
  return new GruvyError(
    "data/line",
    `Expected ${expected} on line ${number} of ${name}, found ${found === undefined ? "none" : shown(found)}`,
    "Each line holds the training columns by name.",
  );
}

/** An error of one row with its line in front. */
function located(error: unknown, { number }: Line, name: string): unknown {
  if (!(error instanceof GruvyError) || error.message.includes(` line ${number} `)) return error;
  return new GruvyError(error.code, `Line ${number} of ${name}: ${error.message}`, "", { cause: error });
}
