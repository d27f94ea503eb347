import { shown } from "../base/index.ts";
import type { Finding } from "./finding.ts";
import type { SeriesData, TextsData } from "./loaded-data.ts";
import type { Column } from "./table.ts";

/** A correlation from which on one column is taken for another in other units. */
const COPY = 1 - 1e-9;

/** Columns of numbers beside the target that copy it, in whatever units, or that know its next value. */
export function copyLeaks(data: SeriesData): Finding[] {
  const { table } = data;
  if (!table) return [];
  const findings: Finding[] = [];
  const numbers = (index: number): Float64Array => {
    const values = table.columns[index].numbers({ missing: "nan" });
    return data.turned ? values.reverse() : values;
  };
  const target = table.names.indexOf(data.target);
  const numeric = new Set(data.names);
  for (const { name, kind, index } of table.columns) {
    if (kind !== "number" || index === target || !numeric.has(name)) continue;
    let other: Float64Array;
    try {
      other = numbers(index);
    } catch {
      continue; // A column that cannot be read as numbers is no copy; asked for, it says what is wrong.
    }
    const same = Math.abs(correlation(other, data.values, 0)) >= COPY;
    const next = !same && Math.abs(correlation(other, data.values, 1)) >= COPY;
    if (!same && !next) continue;
    findings.push({
      code: "data/leak",
      severity: "warning",
      what: same
        ? `Column ${shown(name)} copies the target ${shown(data.target)}`
        : `Column ${shown(name)} holds the next value of the target ${shown(data.target)}`,
      advice: "Forecasts here use the past of the target alone; leave this column out wherever columns become inputs.",
    });
  }
  return findings;
}

/** Columns beside text and label that say the label in other words. */
export function labelLeaks(data: TextsData, textColumn: string, labelColumn: string): Finding[] {
  const { table } = data;
  if (!table) return [];
  const findings: Finding[] = [];
  const labels = table.column(labelColumn);
  for (const column of table.columns) {
    const { name } = column;
    if (name === textColumn || name === labelColumn || name === "split") continue;
    if (!oneToOne(column, labels)) continue;
    findings.push({
      code: "data/leak",
      severity: "warning",
      what: `Column ${shown(name)} says the same as the label ${shown(labelColumn)}`,
      advice: "The model is given the text alone; never add this column to it.",
    });
  }
  return findings;
}

function oneToOne(column: Iterable<string>, labels: Column): boolean {
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  let row = 0;
  for (const field of column) {
    const value = field.trim();
    const label = labels.at(row++).trim();
    if ((there.get(value) ?? label) !== label || (back.get(label) ?? value) !== value) return false;
    there.set(value, label);
    back.set(label, value);
  }
  // Where every row has a label of its own, any other such column would match.
  return there.size > 1 && there.size < 0.5 * row;
}

/** Of `other[row]` and `values[row + ahead]`, over the rows where both are numbers; 0 where one does not vary. */
function correlation(other: Float64Array, values: Float64Array, ahead: number): number {
  let [count, meanA, meanB, varianceA, varianceB, shared] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row + ahead < values.length; row++) {
    const a = other[row];
    const b = values[row + ahead];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    count++;
    const stepA = a - meanA;
    const stepB = b - meanB;
    meanA += stepA / count;
    meanB += stepB / count;
    varianceA += stepA * (a - meanA);
    varianceB += stepB * (b - meanB);
    shared += stepA * (b - meanB);
  }
  const scale = Math.sqrt(varianceA) * Math.sqrt(varianceB);
  return count < 3 || !(scale > 0) ? 0 : shared / scale;
}
