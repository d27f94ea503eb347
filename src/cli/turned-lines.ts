import { GruvyError } from "../base/index.ts";
import { newestFirst, type Table } from "../data/index.ts";
import { openTable } from "../data/node.ts";
import type { FittedModel } from "../tasks/index.ts";
import type { Line } from "./lines.ts";
import { lineAnswers } from "./predict-lines.ts";

/**
 * Whether a file of JSON lines holds a series, one row a line, that runs from its newest row to its oldest.
 *
 * @throws {GruvyError} `data/date-order`, `data/date-repeated`, `data/not-a-date` where dates run neither way
 */
export async function newestFirstLines({ pipeline }: FittedModel, path: string): Promise<boolean> {
  if (pipeline.kind !== "series") return false;
  let table: Table;
  try {
    table = await openTable(path);
  } catch (error) {
    // What cannot be read as a table is answered line by line as far as it can be, and then refused.
    if (error instanceof GruvyError) return false;
    throw error;
  }
  const { target } = pipeline;
  return table.names.includes(target) && table.column(target).kind === "number" && newestFirst(table);
}

/** Answers to lines that run backwards in time, in the order of the lines. */
export async function* turnedAnswers(
  fitted: FittedModel,
  source: AsyncIterable<readonly Line[]>,
  name: string,
): AsyncGenerator<string> {
  const all: Line[] = [];
  for await (const some of source) for (const line of some) all.push(line);
  async function* backwards(): AsyncGenerator<Line[]> {
    yield all.reverse();
  }
  const answers: string[] = [];
  for await (const text of lineAnswers(fitted, backwards(), name)) answers.push(...text.trimEnd().split("\n"));
  for (const answer of answers.reverse()) yield `${answer}\n`;
}
