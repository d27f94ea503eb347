import { GruvyError } from "../base/index.ts";
import { type Column, fillMissing, type MissingPolicy, parseCsv, type Table } from "../data/index.ts";
import { isBuiltIn, openTable } from "../data/node.ts";
import { writeDurably } from "../storage/node.ts";
import { type FittedModel, forecastRows, textPredictor } from "../tasks/index.ts";
import { csvWith } from "./csv-out.ts";
import { UsageError } from "./exit.ts";
import type { PredictFlags } from "./flags.ts";
import { bytesOf, isJsonLines, peek } from "./input.ts";
import { lines } from "./lines.ts";
import { ofModel, saidFilled } from "./open.ts";
import { openModel } from "./open-model.ts";
import { checkFile } from "./place.ts";
import { lineAnswers } from "./predict-lines.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

/** Rows whose answers are computed at once, so that a long table is answered piece by piece. */
const ROWS = 1024;

/** `gruvy predict`: answers to standard output, or wholly or not at all to a file. */
export async function runPredict(path: string, spec: string, { out, missing }: PredictFlags): Promise<void> {
  const run = session({});
  if (isBuiltIn(spec)) {
    const next = `For how good the model is on it: ${typedCommand(["evaluate", path, spec])}`;
    throw new GruvyError("data/format", `predict takes files, found the built-in name ${spec}`, next);
  }
  const opened = await openModel(path, run.line);
  const fitted = missing === undefined ? opened : filling(opened, missing);
  if (out !== undefined) await checkFile(out, [path, spec]);
  const answers =
    spec === "-" || isJsonLines(spec)
      ? streamed(fitted, spec, run.line)
      : tabled(fitted, () => openTable(spec), run.line);
  if (out === undefined) {
    for await (const text of answers) await print(text);
    return;
  }
  await writeDurably(out, utf8(answers));
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
  const { first, bytes } = await peek(bytesOf(spec));
  if (spec === "-" && first !== "{") {
    yield* tabled(fitted, () => parseCsv(bytes, { source: name }), say);
    return;
  }
  yield* lineAnswers(fitted, lines(bytes, name), name);
}

async function* tabled(fitted: FittedModel, open: () => Promise<Table>, say: Say): AsyncGenerator<string> {
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
    const values = columnOf(pipeline.target).numbers({ missing: pipeline.missing === undefined ? "error" : "nan" });
    saidFilled(values.filter(Number.isNaN).length, say);
    const made = await forecastRows(fitted, fillMissing(values));
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
