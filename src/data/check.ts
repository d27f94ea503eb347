import { checkSequences } from "./check-sequences.ts";
import { checkSeries } from "./check-series.ts";
import { checkTable } from "./check-table.ts";
import { checkTexts } from "./check-texts.ts";
import type { Finding } from "./finding.ts";
import type { LoadedData } from "./loaded-data.ts";

const ORDER = { error: 0, warning: 1, note: 2 } as const;

/**
 * What a person should know about data before a model is trained on it, the worst first, each with what can be done.
 *
 * - Series: missing or infinite values, too few, constants and flat stretches, outliers; dates that repeat, go back,
 *   leave gaps or follow no step; columns that copy the target or know its next value.
 * - Texts: too few, one class only, rare classes, identifiers as labels, labels that differ in case alone, empty texts,
 *   duplicates (with other labels, across training and test part), unknown words, columns that say the label.
 * - Sequences: numbers that are not finite, classes that are missing or rare, rows that occur in both parts.
 * - The table they came from: columns that are empty, constant, mostly missing or of mixed kind; blank lines.
 *
 * Nothing is thrown for what is found; `requireUsable` does that for errors.
 *
 * @example
 * const series = seriesFromTable(await parseCsv("day,sold\n2020-01-01,5\n2020-01-02,5\n2020-01-04,5"));
 * checkData(series).map(({ code }) => code); // ["data/too-little", "data/constant", "data/gaps"]
 */
export function checkData(data: LoadedData): Finding[] {
  const findings =
    data.kind === "series" ? checkSeries(data) : data.kind === "texts" ? checkTexts(data) : checkSequences(data);
  if (data.kind !== "sequences" && data.table) findings.push(...checkTable(data.table, used(data)));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** The columns whose content is checked closer elsewhere. */
function used(data: Exclude<LoadedData, { kind: "sequences" }>): readonly string[] {
  return data.kind === "series" ? [data.target] : data.columns ? [data.columns.text, data.columns.label, "split"] : [];
}
