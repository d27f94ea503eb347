import type { ComparisonResult, Finding } from "../../tasks/results.ts";
import { type Markup, markup, prose, sentence } from "../markup.ts";
import { section } from "./parts.ts";

const TITLES: Readonly<Record<Finding["severity"], string>> = { error: "Error", warning: "Warning", note: "Note" };
const ORDER: readonly Finding["severity"][] = ["error", "warning", "note"];

/** What is worth knowing about the data, the gravest first, each with what to do. */
export function findings({ findings: found }: ComparisonResult): Markup | undefined {
  if (found.length === 0) return undefined;
  const sorted = [...found].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const items = sorted.map(
    ({ severity, what, where, advice }) =>
      markup`<li class="${severity}"><span class="severity">${TITLES[severity] ?? severity}</span><b>${sentence(what)}</b>${where !== undefined && markup` <span class="advice">(${prose(where)})</span>`} <span class="advice">${sentence(advice)}</span></li>\n`,
  );
  return section("findings", "What to know of data and training", markup`<ul class="points">${items}</ul>\n`);
}
