import type { ModelName, ModelResult } from "../../tasks/results.ts";
import { type Content, type Markup, markup } from "../markup.ts";

/** A dot in the color that a model has in the charts. */
export function modelKey(model: Pick<ModelResult, "name">): Markup {
  return markup`<span class="key ${keyClass(model.name)}" aria-hidden="true"></span>`;
}

/** The class of the style that gives a model's color. */
export function keyClass(name: ModelName): string {
  return name === "gru" || name === "lstm" || name === "rnn" ? name : "base";
}

/** A section with its heading, which names it for those who jump from one to the next. */
export function section(id: string, title: Content, ...content: Content[]): Markup {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content}</section>
`;
}

export function lede(...content: Content[]): Markup {
  return markup`<p class="lede">${content}</p>\n`;
}
