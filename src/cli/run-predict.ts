import { counted, GruvyError, shown } from "../base/index.ts";
import { type Column, csvPieces, joinTables, type MissingPolicy, seriesFromTable, type Table } from "../data/index.ts";
import { isBuiltIn, openTable } from "../data/node.ts";
import { writeDurably } from "../storage/node.ts";
import {
  type FittedModel,
  forecastBlindly,
  forecastRows,
  type SeriesPipeline,
  type TextsPipeline,
  textPredictor,
} from "../tasks/index.ts";
import { csvWith } from "./csv-out.ts";
import { UsageError } from "./exit.ts";
import type { PredictFlags } from "./flags.ts";
import { bytesOf, isJsonLines, peek } from "./input.ts";
import { lines } from "./lines.ts";
import { ofModel, saidFilled, saidTurned, warnOfStep } from "./open.ts";
import { openModel } from "./open-model.ts";
import { checkFile } from "./place.ts";
import { lineAnswers, lineExample, unreadTexts } from "./predict-lines.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";
import { seriesInLines, turnedAnswers } from "./turned-lines.ts";

/** Rows whose answers are computed at once, so that a long table is answered piece by piece. */
const ROWS = 1024;
/** Bytes of a table of a series from standard input, which is held in memory. */
const MOST_SERIES = 2 ** 28;
const OWN_ORDER = "; the forecasts stand in the order of its rows";

/** `gruvy predict`: answers to standard output, or wholly or not at all to a file. */
export async function runPredict(path: string, spec: string, { out, missing }: PredictFlags): Promise<void> {
  const run = session({});
  if (isBuiltIn(spec)) {
    const next = `For how good the model is on it: ${typedCommand(["evaluate", path, spec])}`;
    throw new GruvyError("data/format", `predict takes files, found the built-in name ${spec}`, next);
  }
  const model = await openModel(path, run.line);
  const fitted = missing === undefined ? model : filling(model, missing);
  const file = out === "-" ? undefined : out;
  if (file !== undefined) await checkFile(file, [path, spec]);
  const answers =
    spec === "-" || isJsonLines(spec) ? streamed(fitted, spec, run.line) : tabled(fitted, opened(spec), run.line);
  if (file === undefined) {
    for await (const text of answers) await print(text);
    return;
  }
  await writeDurably(file, utf8(answers));
}

type Say = (text: string) => void;

/** The model as if it had been trained with this way of filling in missing values. */
function filling(fitted: FittedModel, missing: MissingPolicy): FittedModel {
  const { pipeline } = fitted;
  if (pipeline.kind === "series") {
    return { ...fitted, pipeline: { ...pipeline, missing: missing === "refuse" ? undefined : missing } };
  }
  throw new UsageError(`--missing is for series, but the model was trained on ${pipeline.kind}`);
}

async function* streamed(fitted: FittedModel, spec: string, say: Say): AsyncGenerator<string> {
  const name = spec === "-" ? "standard input" : spec;
  const { start, bytes } = await peek(bytesOf(spec));
  // A bracket may also begin the name of a column.
  if (spec === "-" && !/^(?:\{|\[\s*(?:$|[-[{\]"\d]))/.test(start)) {
    // Texts are answered as they come; a series has to be there as a whole.
    const maxBytes = fitted.pipeline.kind === "series" ? MOST_SERIES : undefined;
    try {
      yield* tabled(fitted, csvPieces(bytes, { source: name, maxBytes }), say);
    } catch (error) {
      throw withExample(error, fitted);
    }
    return;
  }
  const series = spec === "-" ? undefined : await seriesInLines(fitted, spec);
  if (series?.turned) saidTurned(name, say, OWN_ORDER);
  if (series) warnOfStep(fitted, series, say);
  yield* (series?.turned ? turnedAnswers : lineAnswers)(fitted, lines(bytes, name), name, say);
}

/** What is no table gets an example of what would be answered. */
function withExample(error: unknown, { pipeline }: FittedModel): unknown {
  const codes = ["data/empty", "data/no-header", "data/missing-column", "data/ragged", "data/quote"];
  if (!(error instanceof GruvyError) || !codes.includes(error.code) || pipeline.kind === "sequences") return error;
  const column = shown(pipeline.kind === "series" ? pipeline.target : pipeline.text);
  const advice = `This model takes lines like ${lineExample(pipeline)}, or CSV with a column ${column}.`;
  return new GruvyError(error.code, error.message, advice, { cause: error });
}

async function* opened(spec: string): AsyncGenerator<Table> {
  yield await openTable(spec);
}

async function* tabled(fitted: FittedModel, tables: AsyncGenerator<Table>, say: Say): AsyncGenerator<string> {
  const { pipeline } = fitted;
  if (pipeline.kind === "sequences") {
    throw new GruvyError(
      "data/format",
      "A model of sequences takes JSON lines, found a table",
      `Give lines like ${lineExample(pipeline)}.`,
    );
  }
  yield* pipeline.kind === "series"
    ? forecasted(fitted, pipeline, tables, say)
    : labelled(fitted, pipeline, tables, say);
}

function columnOf(table: Table, name: string, fitted: FittedModel): Column {
  try {
    return table.column(name);
  } catch (error) {
    throw ofModel(error, fitted);
  }
}

async function* forecasted(
  fitted: FittedModel,
  { target, missing, window, horizon }: SeriesPipeline,
  tables: AsyncGenerator<Table>,
  say: Say,
): AsyncGenerator<string> {
  const pieces: Table[] = [];
  for await (const piece of tables) {
    columnOf(piece, target, fitted); // refused at once, not after the last row
    pieces.push(piece);
  }
  const table = joinTables(pieces);
  const data = seriesFromTable(table, { target, missing });
  const { values, turned } = data;
  if (turned) saidTurned(table.source, say, OWN_ORDER);
  warnOfStep(fitted, data, say);
  const filled = data.missing?.rows ?? [];
  saidFilled(filled.length, say);
  const blind = forecastBlindly(filled, { window, horizon }, { first: 0, count: values.length }).length;
  if (blind > 0) {
    const what = counted(blind, "forecast sees", "forecasts see");
    say(`warning: ${what} filled values alone, for more are missing in a row than the window of ${window}.`);
  }
  const made = await forecastRows(fitted, values);
  const forecast = (row: number): string => String(made[turned ? table.rows - 1 - row : row] ?? "");
  yield* csvWith(table, new Map([["forecast", forecast]]));
}

async function* labelled(
  fitted: FittedModel,
  { text }: TextsPipeline,
  tables: AsyncGenerator<Table>,
  say: Say,
): AsyncGenerator<string> {
  const { unread, end } = unreadTexts(say);
  let header = true;
  let where: (row: number) => string;
  const predict = textPredictor(fitted, (row) => unread(() => where(row)));
  for await (const table of tables) {
    const column = columnOf(table, text, fitted);
    const found: { label: string; probability: string }[] = [];
    for (let from = 0; from < table.rows; from += ROWS) {
      where = (row) => table.where(from + row);
      const texts = Array.from({ length: Math.min(ROWS, table.rows - from) }, (_, i) => column.at(from + i));
      for (const { label, probabilities } of await predict(texts)) {
        found.push({ label, probability: probabilities[label].toFixed(6) });
      }
    }
    const added = new Map([
      ["predicted", (row: number) => found[row].label],
      ["probability", (row: number) => found[row].probability],
    ]);
    yield* csvWith(table, added, { header });
    header = false;
  }
  end();
}

async function* utf8(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
