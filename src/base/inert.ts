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

function codeOf(character: string): string {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `{${code.toString(16)}}` : code.toString(16).padStart(4, "0");
}

/** A text that could be taken for a number or for true or false, that would not show, or not show where it ends. */
const UNCLEAR = /^\s*$|^\s|\s$|^"|,|^(?:true|false|null|undefined|nan|[-+]?infinity)$/i;

/**
 * A value as a person reads it among others, inert: a text in quotes only where it could be taken for something else.
 *
 * @example
 * valueText("gru"); // "gru"
 * valueText("1");   // "\"1\""
 * valueText(1);     // "1"
 */
export function valueText(value: number | string | boolean, digits = 4): string {
  if (typeof value === "number") return String(Number(value.toPrecision(digits)));
  if (typeof value === "boolean") return String(value);
  return inert(UNCLEAR.test(value) || Number.isFinite(Number(value)) ? JSON.stringify(value) : value);
}

/**
 * Values by name on one line, inert.
 *
 * @example
 * valuesText({ units: 32, cell: "gru" }); // "units 32, cell gru"
 */
export const valuesText = (values: Readonly<Record<string, number | string | boolean>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${inert(name)} ${valueText(value)}`)
    .join(", ");
