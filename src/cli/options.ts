// The values of options: each parser checks one and names the option in its error. Commander calls them while it
// parses, so that a command starts only with options that make sense.

import { type Command, Option } from "commander";
import { missingPolicies } from "../data/missing-policies.ts";
import { transformNames } from "../evaluation/transform-names.ts";
import type { RowNumber } from "../tasks/index.ts";
import { UsageError } from "./exit.ts";

const cells = ["rnn", "lstm", "gru"] as const;
function refused(name: string, expected: string, found: string): UsageError {
  const value = JSON.stringify(found.length > 60 ? `${found.slice(0, 57)}...` : found);
  return new UsageError(`Expected ${name} to be ${expected}, found ${value}`);
}

/** A whole number written in digits alone, between bounds. */
export function whole(name: string, min = 1, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw refused(name, `a whole number ${range}`, text);
    }
    return value;
  };
}

/** A number strictly between bounds, written plainly (`0.2`, `.5`, `1e-3`). */
export function between(name: string, above: number, below: number) {
  return (text: string): number => {
    const value = /^\d*\.?\d+(e-?\d{1,3})?$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value > above && value < below)) throw refused(name, `a number above ${above} and below ${below}`, text);
    return value;
  };
}

export function oneOf<T extends string>(name: string, allowed: readonly T[]) {
  return (text: string): T => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw refused(name, `one of ${allowed.join(", ")}`, text);
    return found;
  };
}

/** A list such as `lstm,gru`, each once. */
function cellList(text: string): (typeof cells)[number][] {
  const parts = text.split(",").map((part) => part.trim());
  for (const part of parts) {
    if (!cells.some((cell) => cell === part)) throw refused("--cell", "rnn, lstm, gru or a list of them", part);
  }
  return cells.filter((cell) => parts.includes(cell));
}

const autoOr =
  <T>(parse: (text: string) => T) =>
  (text: string): T | "auto" =>
    text === "auto" ? "auto" : parse(text);

const option = (flags: string, description: string, parse?: (text: string) => unknown): Option => {
  const made = new Option(flags, description);
  return parse === undefined ? made : made.argParser(parse);
};

/** Which columns of the data mean what. */
export function addDataOptions(command: Command): Command {
  return command
    .addOption(option("--target <column>", "the numeric column to forecast"))
    .addOption(option("--text <column>", "the column of texts to classify"))
    .addOption(option("--label <column>", "the column of their labels"))
    .addOption(missingOption())
    .addOption(
      option(
        "--length <n>",
        "of the data sets reber and adding: the least length of a sequence",
        whole("--length", 1, 100_000),
      ),
    );
}

export const missingOption = (): Option =>
  option(
    "--missing <how>",
    "series: what is done about empty values: refuse (default), ffill (the value before), interpolate (a line within the training part, elsewhere the value before); rows that are absent stay absent",
    oneOf("--missing", missingPolicies),
  );

/** How models are built and trained; what is left out is chosen to suit the data, and said. */
export function addModelOptions(command: Command): Command {
  command
    .addOption(
      option(
        "--units <n>",
        "units of each recurrent layer (default: series 50, texts 128, sequences 32)",
        whole("--units", 1, 65_536),
      ),
    )
    .addOption(option("--layers <n>", "recurrent layers, one above the other (default: 1)", whole("--layers", 1, 64)))
    .addOption(
      option(
        "--epochs <n>",
        "at most this many passes over the training part (default: series 300, texts 5, sequences 150; for many rows fewer, for few texts more)",
        whole("--epochs", 1, 1e6),
      ),
    )
    .addOption(
      option(
        "--batch-size <n>",
        "rows of each training step (default: series 16, more for many rows; texts 64, sequences 32)",
        whole("--batch-size", 1, 1e6),
      ),
    );
  return addPreparationOptions(command);
}

/** How data are prepared and split, and what all trainings share; without `window` where that may vary. */
export function addPreparationOptions(command: Command, { window = true } = {}): Command {
  if (window) {
    const what =
      "series: values that a forecast is made from (default: auto: one season, or 24; at most a quarter of the training part)";
    command.addOption(option("--window <n>", what, autoOr(whole("--window", 1))));
  }
  return command
    .addOption(
      option(
        "--season <n>",
        "series: rows after which the pattern repeats, 1 for none (default: auto: what is usual for the spacing of the dates, such as 12 for months; without dates what is found)",
        autoOr(whole("--season", 1)),
      ),
    )
    .addOption(
      option(
        "--transform <name>",
        `series: how it is made stationary: ${transformNames.join(", ")} (default: auto)`,
        autoOr(oneOf("--transform", transformNames)),
      ),
    )
    .addOption(
      option(
        "--horizon <n>",
        "series: how many steps ahead is forecast and scored (default: 1)",
        whole("--horizon", 1, 10_000),
      ),
    )
    .addOption(
      option("--max-words <n>", "texts: keep the n most frequent words (default: 10000)", whole("--max-words", 4, 1e6)),
    )
    .addOption(
      option("--max-length <n>", "texts: keep n words of each (default: 200)", whole("--max-length", 1, 100_000)),
    )
    .addOption(
      option(
        "--truncate <end>",
        "texts: where longer ones are cut: pre keeps the last words, post the first (default: pre)",
        oneOf("--truncate", ["pre", "post"] as const),
      ),
    )
    .addOption(option("--test <file>", "texts: score on those of this file instead of a part of the data"))
    .addOption(
      option(
        "--test-size <share>",
        "share of the data kept for the test (default: 0.2)",
        between("--test-size", 0, 1),
      ).conflicts("test"),
    )
    .addOption(option("--seed <n>", "seed of everything random (default: 0)", whole("--seed", 0)))
    .addOption(threadsOption());
}

export const cellsOption = (what = "cells to compare (default: rnn,lstm,gru)"): Option =>
  option("--cell <list>", what, cellList);

export const cellOption = (): Option =>
  option("--cell <name>", "the cell: rnn, lstm or gru", oneOf("--cell", cells)).default("gru");

export const seedsOption = (): Option =>
  option("--seeds <n>", "train with n seeds and show the spread (default: 1)", whole("--seeds", 1, 1000));

export const varyOption = (): Option =>
  option(
    "--vary <what>",
    "repeat at up to five sizes, those that differ: rows or length",
    oneOf("--vary", ["rows", "length"] as const),
  );

export const horizonOption = (): Option =>
  option("--horizon <n>", "steps past the end (default: those of the model)", whole("--horizon", 1, 100_000));

export const killsOption = (): Option =>
  option("--kills <n>", "how often it is killed", whole("--kills", 1, 1000)).default(3);

export const threadsOption = (): Option =>
  option("--threads <n>", "threads to train with (default: as suits the machine)", whole("--threads", 1, 256));

/** A list such as `2,144,+1`; at most 100, since each is a part of the page. */
function rowList(text: string): RowNumber[] {
  const rows = text.split(",").map((part): RowNumber => {
    const past = /^\s*\+(\d{1,6})\s*$/.exec(part);
    return past ? `+${Number(past[1])}` : whole("--rows", 1)(part.trim());
  });
  if (rows.length > 100) throw refused("--rows", "at most 100 rows", `${rows.length} rows`);
  return rows;
}

export const rowsOption = (): Option =>
  option(
    "--rows <list>",
    "rows to explain, numbered as a spreadsheet shows the file; of a series +1 is the first past the end (default: a few telling ones)",
    rowList,
  );

export const jsonOption = (): Option => option("--json", "print one JSON object and nothing else");

export const verboseOption = (): Option =>
  option("--verbose", "one line for each epoch; the losses of a series are those of its scaled values");
