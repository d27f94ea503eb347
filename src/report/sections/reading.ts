import type { ComparisonResult } from "../../tasks/results.ts";
import { advise } from "../advice.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import type { Summary } from "../summary.ts";
import { section } from "./parts.ts";

/** What the numbers mean and what one could do next. */
export function reading(result: ComparisonResult, summary: Summary): Markup | undefined {
  const points = advise(result, summary);
  if (points.length === 0) return undefined;
  return section(
    "reading",
    "What to make of it",
    markup`<ul class="points">${points.map(({ lead, text }) => markup`<li><b>${lead}</b> ${withCode(text)}</li>\n`)}</ul>\n`,
  );
}

/** Options of the command between backquotes are set as code. */
function withCode(text: string): Content {
  return text.split(/`(--[a-z0-9 -]+)`/).map((part, i) => (i % 2 === 0 ? part : markup`<code>${part}</code>`));
}
