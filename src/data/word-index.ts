import { GruvyError, shown, wholeNumber } from "../base/index.ts";
import { WordTable } from "./word-table.ts";

/** The indices that stand for no word of their own; the most frequent word has index 3. */
export const wordMark = { padding: 0, start: 1, unknown: 2 } as const;
const FIRST_WORD = 3;

export interface WordIndexOptions {
  /** Words whose index would reach this become unknown: the size of an embedding. Default: every word has an index. */
  readonly numWords?: number;
}

/** A word index as plain JSON: the words from index 3 on. */
export interface WordIndexConfig {
  readonly words: readonly string[];
}

/** Words by falling frequency, with the encoding of texts by their indices. */
export interface WordIndex {
  /** The index of every known word, from 3. */
  readonly index: ReadonlyMap<string, number>;
  /** The index of the start mark (1), then one index per word; 2 for words not in the index. */
  encode(text: string): Int32Array;
  toConfig(): WordIndexConfig;
}

/**
 * Indexes the words of texts with the marks of Keras's `imdb.load_data`: 0 is padding, 1 the start of a text, 2 an
 * unknown word. Words follow from 3 by falling frequency (Keras leaves 3 unused and begins at 4); of equally frequent
 * words the one seen first comes first.
 * A word is a run of letters a to z, digits and apostrophes, in lower case; `<br />` and everything else separates.
 * Index the training texts alone: words of the test part are not known beforehand.
 *
 * @throws {GruvyError} `data/type` for a text that is no string, `usage/option` for a `numWords` below 4.
 * @example
 * const words = wordIndex(["A good film.<br />Good!", "A bad one"], { numWords: 6 });
 * [...words.index]; // [["a", 3], ["good", 4], ["film", 5]]
 * [...words.encode("A good, bad film")]; // [1, 3, 4, 2, 5]
 */
export function wordIndex(texts: readonly string[], options: WordIndexOptions = {}): WordIndex {
  const numWords =
    options.numWords === undefined ? Number.POSITIVE_INFINITY : wholeNumber(options.numWords, "numWords", { min: 4 });
  if (!Array.isArray(texts)) throw new GruvyError("data/type", `Expected an array of texts, found ${shown(texts)}`);
  const table = new WordTable();
  for (let i = 0; i < texts.length; i++) {
    if (typeof texts[i] !== "string") {
      throw new GruvyError("data/type", `Expected text ${i} to be a string, found ${shown(texts[i])}`);
    }
    table.scan(texts[i], true);
  }
  const { counts } = table;
  const order = Uint32Array.from({ length: table.size }, (_, number) => number);
  order.sort((a, b) => counts[b] - counts[a] || a - b);
  return indexOf(table, order.subarray(0, Math.min(order.length, numWords - FIRST_WORD)));
}

/**
 * The word index that `toConfig` described.
 *
 * @throws {GruvyError} `data/words` for an entry that is no word, or is there twice.
 * @example
 * const words = wordIndexFromConfig({ words: ["a", "good"] });
 * words.encode("a good film"); // Int32Array [1, 3, 4, 2]
 */
export function wordIndexFromConfig(config: WordIndexConfig): WordIndex {
  const words: unknown = config?.words;
  if (!Array.isArray(words)) throw new GruvyError("data/words", `Expected a list of words, found ${shown(words)}`);
  const table = new WordTable();
  words.forEach((word: unknown, i) => {
    const numbers = typeof word === "string" ? table.scan(word, true) : [];
    if (numbers.length !== 1 || numbers[0] !== i || table.word(i) !== word) {
      throw new GruvyError(
        "data/words",
        `Expected a word of a-z, 0-9 and ' that was not there before at place ${i} of the word list, found ${shown(word)}`,
      );
    }
  });
  return indexOf(
    table,
    Uint32Array.from({ length: table.size }, (_, number) => number),
  );
}

/** `order` holds the numbers of the words kept, in the order of their indices. */
function indexOf(table: WordTable, order: Uint32Array): WordIndex {
  const words = Array.from(order, (number) => table.word(number));
  const indices = new Int32Array(table.size).fill(wordMark.unknown);
  order.forEach((number, i) => {
    indices[number] = i + FIRST_WORD;
  });
  return {
    index: new Map(words.map((word, i) => [word, i + FIRST_WORD])),
    encode(text) {
      if (typeof text !== "string") throw new GruvyError("data/type", `Expected a text, found ${shown(text)}`);
      const numbers = table.scan(text, false);
      const encoded = new Int32Array(numbers.length + 1);
      encoded[0] = wordMark.start;
      for (let i = 0; i < numbers.length; i++) {
        encoded[i + 1] = numbers[i] < 0 ? wordMark.unknown : indices[numbers[i]];
      }
      return encoded;
    },
    toConfig: () => ({ words }),
  };
}
