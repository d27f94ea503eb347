import { GruvyError, shown } from "../base/index.ts";

/** What is done to a text before it is split; a function does it its own way. */
export type Standardize = "lowerAndStripPunctuation" | "lower" | "stripPunctuation" | null | ((text: string) => string);

/** How a text becomes pieces; null keeps it whole. */
export type Split = "whitespace" | "character" | null | ((text: string) => string[]);

// Keras works on ASCII here: "É" stays as it is, and a no-break space splits nothing.
const lower = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const stripPunctuation = (text: string) => text.replace(/[!-/:-@[-`{-~]+/g, "");

/**
 * The function from a text to its tokens: standardized, split, joined to n-grams (a run of n pieces with a space
 * between, all runs of the first length, then of the second).
 *
 * @throws {GruvyError} `usage/option` for a choice that does not exist.
 */
export function tokenizer(
  standardize: Standardize,
  split: Split,
  ngrams: readonly number[] | undefined,
): (text: string) => string[] {
  const standardized = standardizer(standardize);
  const pieces = splitter(split);
  if (ngrams === undefined) return (text) => pieces(standardized(text));
  return (text) => {
    const parts = pieces(standardized(text));
    return ngrams.flatMap((n) =>
      Array.from({ length: Math.max(0, parts.length - n + 1) }, (_, i) => parts.slice(i, i + n).join(" ")),
    );
  };
}

function standardizer(standardize: Standardize): (text: string) => string {
  if (standardize === null) return (text) => text;
  if (standardize === "lower") return lower;
  if (standardize === "stripPunctuation") return stripPunctuation;
  if (standardize === "lowerAndStripPunctuation") return (text) => stripPunctuation(lower(text));
  if (typeof standardize === "function") {
    return (text) => {
      const result: unknown = standardize(text);
      if (typeof result === "string") return result;
      throw new GruvyError("data/type", `Expected standardize to return a string, found ${shown(result)}`);
    };
  }
  throw new GruvyError(
    "usage/option",
    `Expected standardize to be "lowerAndStripPunctuation", "lower", "stripPunctuation", null or a function, found ${shown(standardize)}`,
  );
}

function splitter(split: Split): (text: string) => string[] {
  if (split === null) return (text) => [text];
  if (split === "whitespace") return (text) => text.split(/[\t-\r ]+/).filter((piece) => piece !== "");
  if (split === "character") return (text) => Array.from(text);
  if (typeof split === "function") {
    return (text) => {
      const result: unknown = split(text);
      if (Array.isArray(result) && result.every((piece) => typeof piece === "string")) return result;
      throw new GruvyError("data/type", `Expected split to return an array of strings, found ${shown(result)}`);
    };
  }
  throw new GruvyError(
    "usage/option",
    `Expected split to be "whitespace", "character", null or a function, found ${shown(split)}`,
  );
}
