import { inert, inertProse } from "./inert.ts";

/** Markup known to be safe: made by `markup`, or by the serializer of the charts. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** What a template takes: strings are escaped, markup goes in as it is, what is absent leaves nothing. */
export type Content = string | number | Markup | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Text made fit for markup, between tags and inside quoted attributes alike. */
export function escapeMarkup(text: string): string {
  return inert(text).replace(/[&<>"'`]/g, (c) => ENTITIES[c]);
}

/**
 * A template that escapes whatever is put into it, so that forgetting to escape is not possible.
 *
 * @example
 * markup`<p>${"<script>"}</p>`.text; // "<p>&lt;script&gt;</p>"
 */
export function markup(strings: TemplateStringsArray, ...values: Content[]): Markup {
  let text = strings[0];
  values.forEach((value, i) => {
    text += render(value) + strings[i + 1];
  });
  return new Markup(text);
}

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(render).join("");
  return escapeMarkup(String(content));
}

/** Running text: ends of lines become spaces, a percent sign stays with its number, numbers get a real minus sign. */
export function prose(text: string): Markup {
  const even = inertProse(text).replace(/(\d) %/g, "$1\u00a0%");
  return value(even.replace(/(^|[\s(])-(?=\d)/g, "$1\u2212"));
}

/** As `prose`, begun with a capital and ended with a stop where it is not. */
export function sentence(text: string): Markup {
  const whole = text.trim();
  const ended = whole === "" || /[.!?…:]["')\]]?$/.test(whole) ? whole : `${whole}.`;
  return prose(ended.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()));
}

/** A value of the data: escaped, and its reading direction kept from its surroundings. */
export function value(text: string): Markup {
  return markup`<bdi>${text}</bdi>`;
}
