import { inert } from "../base/index.ts";

export { inert };

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
