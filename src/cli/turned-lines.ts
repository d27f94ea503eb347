import { GruvyError } from "../base/index.ts";
import { type SeriesData, seriesFromTable } from "../data/index.ts";
import { openTable } from "../data/node.ts";
import type { FittedModel } from "../tasks/index.ts";
import type { Line } from "./lines.ts";
import { lineAnswers } from "./predict-lines.ts";

/**
 * The series in a file of JSON lines, one row a line; undefined where there is none.
 *
 * @throws {GruvyError} `data/date-order`, `data/date-repeated`, `data/not-a-date` where dates run neither way
 */
export async function seriesInLines({ pipeline }: FittedModel, path: string): Promise<SeriesData | undefined> {
  if (pipeline.kind !== "series") return undefined;
  const { target, missing } = pipeline;
  try {
    const table = await openTable(path);
    if (!table.names.includes(target) || table.column(target).kind !== "number") return undefined;
    return seriesFromTable(table, { target, missing });
  } catch (error) {
    // What cannot be read as a table is answered line by line as far as it can be, and then refused.
    if (error instanceof GruvyError && !/^data\/(date-|not-a-date)/.test(error.code)) return undefined;
    throw error;
  }
}

/** Answers to lines that run backwards in time, in the order of the lines. */
export async function* turnedAnswers(
  fitted: FittedModel,
  source: AsyncIterable<readonly Line[]>,
  name: string,
  say: (text: string) => void,
): AsyncGenerator<string> {
  const all: Line[] = [];
  for await (const some of source) for (const line of some) all.push(line);
  async function* backwards(): AsyncGenerator<Line[]> {
    yield all.reverse();
  }
  const answers: string[] = [];
  for await (const text of lineAnswers(fitted, backwards(), name, say)) answers.push(...text.trimEnd().split("\n"));
  for (const answer of answers.reverse()) yield `${answer}\n`;
}
