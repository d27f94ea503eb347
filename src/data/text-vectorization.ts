import { GruvyError, log, product, refuseUnknown, shown, Tensor, wholeNumber } from "../base/index.ts";
import { type Split, type Standardize, tokenizer } from "./text-tokens.ts";

const knownOptions = [
  "maxTokens",
  "standardize",
  "split",
  "ngrams",
  "outputMode",
  "outputSequenceLength",
  "padToMaxTokens",
];

export interface TextVectorizationOptions {
  /** The most entries of the vocabulary, padding and unknown included. Default: no limit. */
  readonly maxTokens?: number;
  /** Default `"lowerAndStripPunctuation"`, of ASCII. */
  readonly standardize?: Standardize;
  /** Default `"whitespace"`. */
  readonly split?: Split;
  /** n for all runs of 1 to n words, or the lengths wanted. Default: single words. */
  readonly ngrams?: number | readonly number[];
  /** `"int"` (default): the indices of the tokens; else a number per vocabulary entry: there or not, how often, or TF-IDF. */
  readonly outputMode?: "int" | "multiHot" | "count" | "tfIdf";
  /** With `"int"`: every row is cut or padded behind to this length. Default: the longest row of the call. */
  readonly outputSequenceLength?: number;
  /** Not with `"int"`: rows are `maxTokens` wide even if the vocabulary is smaller. Default false. */
  readonly padToMaxTokens?: boolean;
}

/** A text vectorization as plain JSON, with what it learned. */
export interface TextVectorizationConfig extends TextVectorizationOptions {
  readonly vocabulary: readonly string[];
  readonly idfWeights?: readonly number[];
}

export interface TextVectorization {
  /** Learns the vocabulary from texts (of the training part), replacing an earlier one. */
  adapt(texts: Iterable<string>): void;
  /** int32 [rows, steps] with `"int"`, else float32 [rows, vocabulary size]. */
  call(texts: readonly string[]): Tensor;
  /** The entries by index; with `"int"` the first two are "" (padding) and "[UNK]", else the first is "[UNK]". */
  readonly vocabulary: readonly string[];
  getVocabulary(options?: { includeSpecialTokens?: boolean }): string[];
  /** Sets the entries, with or without the special ones in front; `"tfIdf"` needs a weight for each. */
  setVocabulary(vocabulary: readonly string[], idfWeights?: readonly number[]): void;
  toConfig(): TextVectorizationConfig;
}

const UNKNOWN = "[UNK]";

/**
 * Turns texts into numbers as Keras's `TextVectorization` does: standardized (ASCII lower case, punctuation removed),
 * split at white space, each token its place in the vocabulary. `adapt` orders the vocabulary by falling frequency
 * and, as Keras does, ties by falling byte order. With `"int"`, 0 is padding and 1 an unknown token.
 * `"tfIdf"` multiplies counts by log(1 + rows / (1 + rows with the token)).
 *
 * @throws {GruvyError} `usage/option` for options that make no sense, `usage/not-adapted` for `call` before `adapt`,
 *   `data/type` for a text that is no string, `data/vocabulary` for a vocabulary with repetitions.
 * @example
 * const words = textVectorization({ maxTokens: 5, outputSequenceLength: 4 });
 * words.adapt(["The cat sat.", "The cat ran!", "The dog"]);
 * words.vocabulary;                          // ["", "[UNK]", "the", "cat", "sat"]
 * words.call(["A cat sat, the"]).toArray();  // [[1, 3, 4, 2]]
 */
export function textVectorization(options: TextVectorizationOptions = {}): TextVectorization {
  refuseUnknown(options, knownOptions, "textVectorization");
  const { standardize = "lowerAndStripPunctuation", split = "whitespace", outputMode = "int" } = options;
  if (!["int", "multiHot", "count", "tfIdf"].includes(outputMode)) {
    throw new GruvyError(
      "usage/option",
      `Expected outputMode to be "int", "multiHot", "count" or "tfIdf", found ${shown(outputMode)}`,
    );
  }
  const { maxTokens, outputSequenceLength, padToMaxTokens = false } = options;
  if (maxTokens !== undefined) wholeNumber(maxTokens, "maxTokens", { min: 2 });
  if (outputSequenceLength !== undefined) wholeNumber(outputSequenceLength, "outputSequenceLength");
  if (outputSequenceLength !== undefined && outputMode !== "int") {
    throw new GruvyError("usage/option", `outputSequenceLength needs outputMode "int", found ${shown(outputMode)}`);
  }
  if (padToMaxTokens && (outputMode === "int" || maxTokens === undefined)) {
    throw new GruvyError("usage/option", 'padToMaxTokens needs maxTokens, and an outputMode other than "int"');
  }
  const ngrams = ngramLengths(options.ngrams);
  const tokens = tokenizer(standardize, split, ngrams);
  const special = outputMode === "int" ? ["", UNKNOWN] : [UNKNOWN];
  const unknown = special.length - 1;
  let vocabulary: string[] | undefined;
  let index = new Map<string, number>();
  let weights: number[] = []; // of TF-IDF, the special entry's first

  const tokensOf = (text: unknown, row: number): string[] => {
    if (typeof text === "string") return tokens(text);
    throw new GruvyError("data/type", `Expected text ${row} to be a string, found ${shown(text)}`);
  };

  const use = (learned: readonly string[], idf: readonly number[], unknownWeight = mean(idf)) => {
    vocabulary = [...special, ...learned];
    index = new Map(learned.map((token, i) => [token, i + special.length]));
    if (outputMode === "int") index.set("", 0);
    weights = [unknownWeight, ...idf];
  };

  return {
    adapt(texts) {
      if (typeof texts === "string" || typeof texts?.[Symbol.iterator] !== "function") {
        throw new GruvyError("data/type", `Expected texts to adapt to, found ${shown(texts)}`);
      }
      const counts = new Map<string, number>();
      const rowsWith = new Map<string, number>();
      let rows = 0;
      for (const text of texts) {
        const found = tokensOf(text, rows++);
        for (const token of found) counts.set(token, (counts.get(token) ?? 0) + 1);
        if (outputMode === "tfIdf") for (const t of new Set(found)) rowsWith.set(t, (rowsWith.get(t) ?? 0) + 1);
      }
      for (const token of special) counts.delete(token);
      const falling = [...counts].sort((a, b) => b[1] - a[1] || byteOrder(b[0], a[0])).map(([token]) => token);
      const learned = maxTokens === undefined ? falling : falling.slice(0, maxTokens - special.length);
      use(
        learned,
        learned.map((token) => log(1 + rows / (1 + (rowsWith.get(token) ?? 0)))),
      );
    },

    call(texts) {
      if (!Array.isArray(texts)) throw new GruvyError("data/type", `Expected an array of texts, found ${shown(texts)}`);
      if (vocabulary === undefined) {
        throw new GruvyError("usage/not-adapted", "No vocabulary is known yet", "Call adapt or setVocabulary first.");
      }
      const rows = texts.map((text: unknown, row) => tokensOf(text, row).map((token) => index.get(token) ?? unknown));
      if (outputMode === "int") {
        const steps = outputSequenceLength ?? rows.reduce((most, row) => Math.max(most, row.length), 0);
        const data = new Int32Array(product([rows.length, steps], "the output"));
        rows.forEach((row, i) => {
          data.set(row.slice(0, steps), i * steps);
        });
        return new Tensor([rows.length, steps], data);
      }
      const width = padToMaxTokens && maxTokens !== undefined ? maxTokens : vocabulary.length;
      const data = new Float32Array(product([rows.length, width], "the output"));
      rows.forEach((row, i) => {
        for (const token of row) data[i * width + token] = outputMode === "multiHot" ? 1 : data[i * width + token] + 1;
        if (outputMode === "tfIdf") for (const t of new Set(row)) data[i * width + t] *= Math.fround(weights[t]);
      });
      return new Tensor([rows.length, width], data);
    },

    get vocabulary() {
      return vocabulary ?? special;
    },

    getVocabulary: ({ includeSpecialTokens = true } = {}) =>
      (vocabulary ?? special).slice(includeSpecialTokens ? 0 : special.length),

    setVocabulary(entries, idfWeights) {
      if (!Array.isArray(entries)) {
        throw new GruvyError("data/vocabulary", `Expected a list of tokens, found ${shown(entries)}`);
      }
      const led = special.every((token, i) => entries[i] === token);
      const learned = led ? entries.slice(special.length) : [...entries];
      const seen = new Set<unknown>(special);
      learned.forEach((token: unknown, i) => {
        if (typeof token !== "string" || seen.has(token)) {
          const at = i + (led ? special.length : 0);
          throw new GruvyError(
            "data/vocabulary",
            `Expected a token that was not there before at place ${at} of the vocabulary, found ${shown(token)}`,
          );
        }
        seen.add(token);
      });
      if (maxTokens !== undefined && learned.length + special.length > maxTokens) {
        throw new GruvyError(
          "data/vocabulary",
          `Expected at most maxTokens = ${maxTokens} entries with the special ones, found ${learned.length + special.length}`,
        );
      }
      if ((outputMode === "tfIdf") !== (idfWeights !== undefined)) {
        throw new GruvyError("usage/option", 'idfWeights must be given with outputMode "tfIdf", and only then');
      }
      if (idfWeights !== undefined && (idfWeights.length !== entries.length || !idfWeights.every(Number.isFinite))) {
        throw new GruvyError(
          "data/vocabulary",
          `Expected ${entries.length} finite idfWeights, found ${idfWeights.length}`,
        );
      }
      if (idfWeights === undefined) use(learned, []);
      else if (led) use(learned, idfWeights.slice(1), idfWeights[0]);
      else use(learned, idfWeights);
    },

    toConfig() {
      if (typeof standardize === "function" || typeof split === "function") {
        throw new GruvyError(
          "usage/option",
          "A function cannot be saved",
          "Use a named standardize and split, or clean the texts beforehand.",
        );
      }
      const known = vocabulary ?? [];
      return {
        ...{ maxTokens, standardize, split, ngrams, outputMode, outputSequenceLength, padToMaxTokens },
        vocabulary: known,
        ...(outputMode === "tfIdf" && known.length > 0 ? { idfWeights: weights } : {}),
      };
    },
  };
}

/**
 * The text vectorization that `toConfig` described.
 *
 * @throws {GruvyError} as `textVectorization` and its `setVocabulary`: `data/vocabulary` for what is no list of tokens.
 * @example
 * const words = textVectorization({ ngrams: 2 });
 * words.adapt(["good film", "bad film"]);
 * const same = textVectorizationFromConfig(JSON.parse(JSON.stringify(words.toConfig())));
 * same.vocabulary.length; // 7
 */
export function textVectorizationFromConfig(config: TextVectorizationConfig): TextVectorization {
  const { vocabulary, idfWeights, ...options } = config;
  const result = textVectorization(options);
  if (vocabulary?.length !== 0) result.setVocabulary(vocabulary, idfWeights);
  return result;
}

function ngramLengths(ngrams: unknown): number[] | undefined {
  if (ngrams === undefined) return undefined;
  if (Array.isArray(ngrams)) return ngrams.map((n) => wholeNumber(n, "each of ngrams"));
  return Array.from({ length: wholeNumber(ngrams, "ngrams", { max: 1000 }) }, (_, i) => i + 1);
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** The order of the UTF-8 bytes: by code point, where UTF-16 would put surrogates before U+E000. */
function byteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}
