// Whether what is done to data fits the model it is done for: a file may say one thing in each of its parts, under right
// checksums.

import { GruvyError } from "../base/index.ts";
import type { ScalerConfig } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import type { Pipeline, SequencesPipeline, SeriesPipeline, TextsPipeline } from "./pipeline.ts";

type Input = Model["inputs"][number];
type Misfit = (part: string, expected: string, found: string | number) => GruvyError;

/**
 * Holds the preprocessing of a model file against the model's shapes.
 *
 * @throws {GruvyError} `model/pipeline` that names the part at fault, `model/outputs` for another number of answers.
 */
export function checkPipelineFits(pipeline: Pipeline, model: Model, source: string): void {
  const misfit: Misfit = (part, expected, found) =>
    new GruvyError(
      "model/pipeline",
      `Expected ${expected} as ${part} in the preprocessing of ${source}, as its model takes, found ${found}`,
      "Get the file again from where it came, or train the model again.",
    );
  const [input, ...more] = model.inputs;
  if (more.length > 0 || model.outputShapes.length > 1) {
    const found = `${1 + more.length} and ${model.outputShapes.length}`;
    throw misfit("the whole", "that of one input and one output", `a model of ${found}`);
  }
  if (pipeline.kind === "series") checkSeries(pipeline, input, misfit);
  else if (pipeline.kind === "texts") checkTexts(pipeline, input, misfit);
  else checkSequences(pipeline, input, misfit);
  const { outputShape } = model;
  const expected = outputsOf(pipeline);
  if (outputShape.length === 1 && outputShape[0] === expected) return;
  throw new GruvyError(
    "model/outputs",
    `Expected ${expected} outputs of the model in ${source}, as its labels need, found ${outputShape.map((size) => size ?? "steps").join(" x ")}`,
    "Get the file again from where it came, or train the model again.",
  );
}

/** One for a number or for two classes, else one a class. */
function outputsOf(pipeline: Pipeline): number {
  const classes = pipeline.kind === "series" ? 0 : pipeline.labels.length;
  return classes > 2 ? classes : 1;
}

function checkSeries(pipeline: SeriesPipeline, input: Input, misfit: Misfit): void {
  if (input.kind !== "sequence" || input.features !== 1) throw misfit("kind", said(input), "series");
  const { steps } = input;
  if (steps !== null && steps !== pipeline.window) throw misfit("window", String(steps), pipeline.window);
  for (const part of ["input", "output"] as const) {
    const columns = columnsOf(pipeline[part]);
    if (columns !== 1) throw misfit(part, "a scaler of one column", `one of ${columns}`);
  }
}

const columnsOf = (scaler: ScalerConfig): number => (scaler.kind === "standard" ? scaler.mean : scaler.min).length;

/** Index 0 pads, 1 begins, 2 is any other word; an embedding has at least four. */
const OTHER_TOKENS = 3;
const FEWEST_TOKENS = 4;

function checkTexts(pipeline: TextsPipeline, input: Input, misfit: Misfit): void {
  if (input.kind !== "tokens") throw misfit("kind", said(input), "texts");
  const words = pipeline.words.length;
  if (Math.max(FEWEST_TOKENS, words + OTHER_TOKENS) !== input.tokens)
    throw misfit("words", `${input.tokens - OTHER_TOKENS} words`, words);
  const { steps } = input;
  if (steps !== null && steps !== pipeline.maxLength) throw misfit("maxLength", String(steps), pipeline.maxLength);
  checkDistinct("words", pipeline.words, misfit);
  checkDistinct("labels", pipeline.labels, misfit);
}

function checkSequences(pipeline: SequencesPipeline, input: Input, misfit: Misfit): void {
  const { tokens, features, alphabet, labels, task } = pipeline;
  const own = input.kind === "tokens" ? input.tokens : 0;
  if (tokens !== own) throw misfit("tokens", String(own), tokens);
  if (tokens === 0 && (input.kind !== "sequence" || features !== input.features))
    throw misfit("features", input.kind === "sequence" ? String(input.features) : said(input), features);
  if (tokens > 0 && alphabet !== undefined && alphabet.length + 1 < tokens)
    throw misfit("alphabet", `${tokens - 1} symbols`, alphabet.length);
  if (task === "regression" && labels.length > 0) throw misfit("labels", "none for numbers", labels.length);
  checkDistinct("alphabet", alphabet ?? [], misfit);
  checkDistinct("labels", labels, misfit);
}

function checkDistinct(part: string, texts: readonly string[], misfit: Misfit): void {
  const distinct = new Set(texts).size;
  if (distinct !== texts.length) throw misfit(part, "no text twice", `${texts.length - distinct} of them`);
}

/** What kind of preprocessing an input needs. */
function said({ kind, features }: Input): string {
  if (kind === "tokens") return "one that makes tokens";
  return `one that makes ${kind === "sequence" ? "sequences" : "rows"} of ${features} ${features === 1 ? "number" : "numbers"}`;
}
