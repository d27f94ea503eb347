import { counted, GruvyError, inert, shown } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";
import { isBuiltIn, openData } from "../data/node.ts";
import { type Finding, type FittedModel, stepFindings } from "../tasks/index.ts";
import type { DataFlags } from "./flags.ts";
import { kindOf } from "./place.ts";
import type { Session } from "./session.ts";
import { findingLines } from "./words.ts";

export interface OpenedData {
  readonly data: LoadedData;
  /** Generated sequences: their length, and how to make them with another. */
  readonly length?: number;
  readonly reload?: (length: number) => Promise<LoadedData>;
}

/** The least lengths that generated sequences have unless `--length` says otherwise. */
const lengths: Readonly<Record<string, number>> = { reber: 10, adding: 20 };

/** The columns a model was trained on. */
function columnsOf({ pipeline }: FittedModel): DataFlags {
  if (pipeline.kind === "series") return { target: pipeline.target, missing: pipeline.missing };
  return pipeline.kind === "texts" ? { text: pipeline.text, label: pipeline.label } : {};
}

/** Options that are not of the model's kind are told by what was typed, not by the columns that the model brings. */
function checkOptions(flags: DataFlags, { pipeline }: FittedModel): void {
  const strange = ({ series: ["text", "label"], texts: ["target", "missing"], sequences: [] } as const)[pipeline.kind];
  const given = strange.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new GruvyError(
    "usage/data-option",
    `The option --${given} does not go with a model that was trained on ${pipeline.kind === "series" ? "a series" : "texts"}`,
    "Leave it out, or give another model.",
  );
}

/**
 * Opens what a command was given: a file, a folder, an address or a built-in name. Where the flags name no columns,
 * those of a model serve.
 */
export async function open(
  spec: string,
  flags: DataFlags & { readonly test?: string; readonly seed?: number; readonly orderSaid?: boolean },
  { signal, line }: Pick<Session, "signal" | "line">,
  model?: FittedModel,
): Promise<OpenedData> {
  if (model !== undefined) checkOptions(flags, model);
  // Built-in sets and folders of texts have columns of their own.
  const own = isBuiltIn(spec) || (model?.pipeline.kind === "texts" && (await kindOf(spec)) === "folder");
  const known = model === undefined || own ? {} : columnsOf(model);
  const { target, text, label, missing, test, seed } = { ...known, ...flags };
  const load = (length: number | undefined) => {
    // The last two are for what is fetched: a data set that is large says so before, and how far it is.
    const options = { target, text, label, missing, test, length, seed, signal, say: line, onProgress: tenths(line) };
    return openData(spec, options).catch((error: unknown) => {
      if (spec === "-" && error instanceof GruvyError && error.code === "file/not-found") {
        const next = "Only predict reads standard input: keep what a pipe brings in a file first.";
        throw new GruvyError(error.code, 'There is no file "-"', next, { cause: error });
      }
      throw model === undefined ? error : ofModel(error, model);
    });
  };
  const generated = Object.hasOwn(lengths, spec);
  const length = flags.length ?? (generated ? lengths[spec] : undefined);
  const data = await load(length);
  if (model !== undefined && data.kind === "series") saidFilled(data.missing?.rows.length ?? 0, line);
  if (data.kind === "series" && data.turned && !flags.orderSaid) saidTurned(data.source ?? data.name, line);
  return { data, ...(generated ? { length, reload: load } : {}) };
}

/** Says how many missing values were filled; with a training the plan does. */
export function saidFilled(count: number, line: (text: string) => void): void {
  if (count > 0) {
    const what = counted(count, "missing value was", "missing values were");
    line(`${what} filled in, as in the training or as asked.`);
  }
}

/** Says that a series was turned round. */
export function saidTurned(source: string, line: (text: string) => void, more = ""): void {
  line(inert(`${source} starts with its newest row: the series was turned round${more}.`));
}

/** Warns of a series whose step of time is another than that of the training, or that has gaps behind a row. */
export function warnOfStep(fitted: FittedModel, data: LoadedData, line: (text: string) => void, from = 0): void {
  warn(stepFindings(fitted, data, from), line);
}

/** Says findings beside what is printed. */
export function warn(findings: readonly Finding[], line: (text: string) => void): void {
  for (const text of findingLines(findings).trimEnd().split("\n")) if (text !== "") line(text);
}

/** A column that is not there, told by what the model was trained on. */
export function ofModel(error: unknown, { pipeline }: FittedModel): unknown {
  if (!(error instanceof GruvyError) || error.code !== "data/missing-column" || pipeline.kind === "sequences")
    return error;
  const trained =
    pipeline.kind === "series"
      ? `the series in a column ${shown(pipeline.target)}`
      : `texts in a column ${shown(pipeline.text)} with labels in ${shown(pipeline.label)}`;
  const what = `The model was trained on ${trained}. ${error.message}`;
  return new GruvyError(
    error.code,
    what,
    "Give data like those, or rename the columns: the first row of a CSV names them.",
    { cause: error },
  );
}

/** A line at every tenth of a download. */
function tenths(line: (text: string) => void): (progress: { received: number; total: number }) => void {
  let said = 0;
  return ({ received, total }) => {
    const tenth = Math.floor((10 * received) / total);
    if (tenth <= said) return;
    said = tenth;
    line(`  ${10 * tenth} % of ${Math.round(total / 1e6)} MB`);
  };
}
