import type { ComparisonResult } from "../../tasks/results.ts";
import { inertProse } from "../inert.ts";
import { type Content, type Markup, markup, prose, sentence, value } from "../markup.ts";
import { count, percent } from "../numbers.ts";
import { section } from "./parts.ts";

const MONTHS = "January February March April May June July August September October November December".split(" ");
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z$/;

/** What was done, completely enough to do it again. */
export function record(result: ComparisonResult): Markup {
  const { data, split, choices, settings, versions } = result;
  const named = data.kind === "series" ? "A series" : data.kind === "texts" ? "Texts with labels" : "Sequences";
  const rows: [string, Content][] = [
    ["Data", [value(data.name), data.source !== data.name && markup` (${value(data.source)})`]],
    ["Kind", [`${named}, ${count(data.rows)} rows`, data.season !== undefined && `, season ${count(data.season)}`]],
    [
      "Target",
      data.target !== undefined && [value(data.target), data.unit !== undefined && markup`, in ${value(data.unit)}`],
    ],
    ["Classes", data.labels && data.labels.length > 0 && classes(data.labels)],
    ["Split", sentence(split.how)],
    ["Seed", settings.seed !== undefined && value(String(settings.seed))],
    ["Date", value(dateText(result.date))],
    ["Versions", [markup`Gruvy ${value(versions.gruvy)}, Node ${value(versions.node)}; ${value(versions.engine)}`]],
  ];
  return section(
    "record",
    "What was done",
    parts(split),
    markup`<dl class="record">${rows.map(([term, content]) => content !== false && content !== undefined && markup`<dt>${term}</dt><dd>${content}</dd>\n`)}</dl>\n`,
    choices.length > 0 && chosen(choices),
    markup`<h3>Settings</h3>
<dl class="settings">${Object.entries(settings).map(([name, setting]) => markup`<div><dt>${value(name)}</dt><dd>${value(String(setting))}</dd></div>\n`)}</dl>
<h3>To run it again</h3>
<pre><code>${value(result.command)}</code></pre>
`,
    markup`<footer>Made by Gruvy ${value(versions.gruvy)}. This file stands alone: it loads nothing and runs nothing.</footer>\n`,
  );
}

function parts({ train, validation, test }: ComparisonResult["split"]): Markup {
  const sum = Math.max(1, train + validation + test);
  const said = (rows: number) => `${count(rows)} (${percent(rows / sum)})`;
  const grow = (rows: number) => (Number.isFinite(rows) && rows > 0 ? Math.round((1000 * rows) / sum) : 0);
  return markup`<div class="parts" aria-hidden="true"><span class="train" style="flex-grow:${grow(train)}"></span><span class="valid" style="flex-grow:${grow(validation)}"></span><span class="test" style="flex-grow:${grow(test)}"></span></div>
<ul class="legend"><li><span class="swatch train"></span>training ${said(train)}</li><li><span class="swatch valid"></span>validation ${said(validation)}</li><li><span class="swatch test"></span>test ${said(test)}</li></ul>
`;
}

function chosen(choices: ComparisonResult["choices"]): Markup {
  const rows = choices.map(
    ({ what, value: taken, why }) =>
      markup`<tr><th scope="row">${prose(what)}</th><td class="words">${prose(taken)}</td><td class="words">${sentence(why)}</td></tr>\n`,
  );
  return markup`<h3>Chosen on the training part alone</h3>
<div class="scroll"><table class="choices"><thead><tr><th scope="col">What</th><th scope="col" class="words">Choice</th><th scope="col" class="words">Why</th></tr></thead><tbody>${rows}</tbody></table></div>
`;
}

function classes(labels: readonly string[]): Content {
  const shown = labels.slice(0, 20).map((label, i) => [i > 0 && ", ", prose(label)]);
  return [shown, labels.length > 20 && ` and ${count(labels.length - 20)} more`];
}

/** A date of ISO 8601 as a reader wants it, in the time of Greenwich. */
export function dateText(date: string): string {
  const match = ISO.exec(date);
  const month = match && MONTHS[Number(match[2]) - 1];
  return match && month ? `${Number(match[3])} ${month} ${match[1]}, ${match[4]} UTC` : inertProse(date);
}
