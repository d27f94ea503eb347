import type { Tensor } from "../base/index.ts";
import { padSequences, wordIndex, wordIndexFromConfig } from "../data/index.ts";
import type { TextsPipeline } from "./pipeline.ts";

/**
 * How texts are split: "ascii" as Keras's `imdb.load_data` does, "unicode" for texts in other letters, "emoji" for those
 * in which emojis are words, too. Saved models keep theirs.
 */
export const scripts = ["ascii", "unicode", "emoji"] as const;

export type Script = (typeof scripts)[number];

const FIRST_WORD = 3;
const UNKNOWN = 2;
const START = 1;

/** Words in any alphabet; scripts written without spaces give a token a character. */
const unicodeWord =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}'])+/gu;

/** Emojis, a flag as a whole. Signs of print such as \u00a9 are none; what only varies or joins emojis is left out. */
const emoji =
  /(?![\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa])\p{Extended_Pictographic}|\p{Regional_Indicator}{2}/u;

/** The same words, in which no mark of an emoji hides. */
const emojiWord = new RegExp(
  `${emoji.source}|${unicodeWord.source.replace("[\\p{L}", "(?![\\u20e3\\ufe0e\\ufe0f])[\\p{L}")}`,
  "gu",
);

/** What a word is, in the small letters of a text: a regular expression with the flags g and u. */
export function wordPattern(script: Script): string {
  return script === "ascii" ? "[a-z0-9']+" : (script === "emoji" ? emojiWord : unicodeWord).source;
}

/** What splits texts as `wordPattern` says. */
export function wordsOf(script: Script): (text: string) => string[] {
  const pattern = new RegExp(wordPattern(script), "gu");
  return (text) => text.toLowerCase().replaceAll("<br />", " ").match(pattern) ?? [];
}

/**
 * Emoji when there is one in any text. Unicode when more than one letter in five hundred is beyond a to z; the first texts tell. German has one in sixty,
 * Italian one in a hundred, English reviews one in several thousand.
 */
export function scriptOf(texts: readonly string[]): Script {
  if (texts.some((text) => emoji.test(text))) return "emoji";
  let ascii = 0;
  let other = 0;
  for (const text of texts.slice(0, 1000)) {
    const head = text.slice(0, 2000);
    ascii += head.match(/[a-zA-Z]/g)?.length ?? 0;
    other += head.match(/(?![a-zA-Z])\p{L}/gu)?.length ?? 0;
  }
  return other * 500 > ascii + other ? "unicode" : "ascii";
}

/** The most frequent words of the training texts, in the order of their indices from 3. */
export function frequentWords(texts: readonly string[], script: Script, maxWords: number): readonly string[] {
  if (script === "ascii") return wordIndex(texts, { numWords: maxWords }).toConfig().words;
  const counts = new Map<string, number>();
  const split = wordsOf(script);
  for (const text of texts) for (const word of split(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const falling = [...counts].sort((a, b) => b[1] - a[1]); // stable: of equals the one seen first
  return falling.slice(0, maxWords - FIRST_WORD).map(([word]) => word);
}

/** Turns texts into the tokens a model takes. */
export interface TextEncoder {
  /** int32 [rows, maxLength], padded after. */
  encode(texts: readonly string[]): Tensor;
  /** The share of words that the index does not know; 1 when there is no word at all. */
  unknownShare(texts: readonly string[]): number;
}

/** Whether one of these tokens stands for a word of the index. */
export const knowsWord = (tokens: ArrayLike<number>): boolean =>
  Array.prototype.some.call(tokens, (token) => token >= FIRST_WORD);

export function textEncoder(pipeline: Pick<TextsPipeline, "words" | "script" | "maxLength" | "truncate">): TextEncoder {
  const { words, script, maxLength, truncate } = pipeline;
  const tokens = script === "ascii" ? wordIndexFromConfig({ words }).encode : unicodeEncoder(words, script);
  return {
    encode: (texts) => {
      const sequences = texts.map((text) => tokens(text));
      return padSequences(sequences, { maxLength, padding: "post", truncating: truncate });
    },
    unknownShare: (texts) => {
      let unknown = 0;
      let all = 0;
      for (const text of texts) {
        const found = tokens(text);
        all += found.length - 1;
        for (let i = 1; i < found.length; i++) if (found[i] === UNKNOWN) unknown++;
      }
      return all === 0 ? 1 : unknown / all;
    },
  };
}

function unicodeEncoder(words: readonly string[], script: Script): (text: string) => Int32Array {
  const split = wordsOf(script);
  const index = new Map(words.map((word, i) => [word, i + FIRST_WORD]));
  return (text) => Int32Array.from([START, ...split(text).map((word) => index.get(word) ?? UNKNOWN)]);
}
