// What acts instead of showing: controls (terminal escapes among them), marks that turn the reading direction or take no
// room, separators of lines, tags, and halves of surrogate pairs.
const ACTIVE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text of unknown origin on one line, each character that would act instead of showing written out as an escape.
 *
 * @example
 * inert("sales\u001b[2J"); // "sales\\u001b[2J"
 */
export function inert(text: string): string {
  return text.replace(ACTIVE, (c) => SHORT[c] ?? `\\u${codeOf(c)}`);
}

/** As `inert`, for running text: ends of lines and tabs become spaces. */
export function inertProse(text: string): string {
  return inert(text.replace(/[\t\n\r\u2028\u2029]+/g, " "));
}

/** Inert, and at most `length` characters, an ellipsis standing for what was cut; no surrogate pair is halved. */
export function shorten(text: string, length: number): string {
  const characters = [...inertProse(text.slice(0, 2 * length + 2))];
  if (characters.length <= length) return characters.join("");
  return `${characters
    .slice(0, length - 1)
    .join("")
    .trimEnd()}…`;
}

function codeOf(character: string): string {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `{${code.toString(16)}}` : code.toString(16).padStart(4, "0");
}
