import { GruvyError } from "../base/index.ts";
import { type Column, parseCsv, type Table } from "../data/index.ts";
import { isBuiltIn, openTable } from "../data/node.ts";
import { writeDurably } from "../storage/node.ts";
import { type FittedModel, forecastRows, textPredictor } from "../tasks/index.ts";
import { csvWith } from "./csv-out.ts";
import type { PredictFlags } from "./flags.ts";
import { bytesOf, isJsonLines, peek } from "./input.ts";
import { lines } from "./lines.ts";
import { ofModel } from "./open.ts";
import { openModel } from "./open-model.ts";
import { checkFile } from "./place.ts";
import { lineAnswers } from "./predict-lines.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

/** Rows whose answers are computed at once, so that a long table is answered piece by piece. */
const ROWS = 1024;

/** `gruvy predict`: answers to standard output, or wholly or not at all to a file. */
export async function runPredict(path: string, spec: string, { out }: PredictFlags): Promise<void> {
  const run = session({});
  if (isBuiltIn(spec)) {
    const next = `For how good the model is on it: ${typedCommand(["evaluate", path, spec])}`;
    throw new GruvyError("data/format", `predict takes files, found the built-in name ${spec}`, next);
  }
  const fitted = await openModel(path, run.line);
  if (out !== undefined) await checkFile(out, [path, spec]);
  const answers = spec === "-" || isJsonLines(spec) ? streamed(fitted, spec) : tabled(fitted, () => openTable(spec));
  if (out === undefined) {
    for await (const text of answers) await print(text);
    return;
  }
  await writeDurably(out, utf8(answers));
}

async function* streamed(fitted: FittedModel, spec: string): AsyncGenerator<string> {
  const name = spec === "-" ? "standard input" : spec;
  const { first, bytes } = await peek(bytesOf(spec));
  if (spec === "-" && first !== "{") {
    yield* tabled(fitted, () => parseCsv(bytes, { source: name }));
    return;
  }
  yield* lineAnswers(fitted, lines(bytes, name), name);
}

async function* tabled(fitted: FittedModel, open: () => Promise<Table>): AsyncGenerator<string> {
  const { pipeline } = fitted;
  if (pipeline.kind === "sequences") {
    throw new GruvyError(
      "data/format",
      "A model of sequences takes JSON lines, found a table",
      'Give lines such as {"sequence": ...}.',
    );
  }
  const table = await open();
  const columnOf = (name: string): Column => {
    try {
      return table.column(name);
    } catch (error) {
      throw ofModel(error, fitted);
    }
  };
  if (pipeline.kind === "series") {
    const made = await forecastRows(fitted, columnOf(pipeline.target).numbers());
    yield* csvWith(table, new Map([["forecast", (row: number) => String(made[row] ?? "")]]));
    return;
  }
  const column = columnOf(pipeline.text);
  const predict = textPredictor(fitted);
  const found: { label: string; probability: string }[] = [];
  for (let from = 0; from < table.rows; from += ROWS) {
    const texts = Array.from({ length: Math.min(ROWS, table.rows - from) }, (_, i) => column.at(from + i));
    for (const { label, probabilities } of await predict(texts)) {
      found.push({ label, probability: probabilities[label].toFixed(6) });
    }
  }
  yield* csvWith(
    table,
    new Map([
      ["predicted", (row: number) => found[row].label],
      ["probability", (row: number) => found[row].probability],
    ]),
  );
}

async function* utf8(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
