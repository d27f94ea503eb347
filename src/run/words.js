import { refuse } from "./refuse.js";

/**
 * What a word is where Gruvy splits texts: of ASCII letters, or of any, with a character for a word in scripts without
 * spaces; or of emojis, too. No other pattern of a file is run, since one of its own could take for ever.
 */
const patterns = [
  /[a-z0-9']+/,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}'])+/u,
  /(?![\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa])\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])(?![\u20e3\ufe0e\ufe0f])[\p{L}\p{M}\p{N}'])+/u,
];

/** Whether a file's pattern of words is one of them. */
export const isKnown = (/** @type {unknown} */ word) => patterns.some(({ source }) => source === word);

/** What a file says of its texts, when it is something that Gruvy writes. */
export function checked(about) {
  const { word, maxLength } = about.preprocessing;
  if (!isKnown(word)) refuse("a pattern of words that Gruvy writes", word);
  if (!(maxLength > 0 && maxLength <= 2 ** 24)) refuse("a maxLength up to 2^24", maxLength);
  return about;
}
