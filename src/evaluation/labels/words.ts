/** Letters or digits with the apostrophes between them, or a mark that carries feeling. */
const word = /[\p{L}\p{N}]+(?:['\u2019]\p{L}+)*|[!?]/gu;

/**
 * A text's words: lower case, `<br />` a space, single `!` and `?` kept.
 *
 * @example
 * words("It's GOOD!<br />Is it?"); // ["it's", "good", "!", "is", "it", "?"]
 */
export function words(text: string): readonly string[] {
  return text.toLowerCase().replaceAll("<br />", " ").match(word) ?? [];
}
