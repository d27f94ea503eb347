import { counted, shown } from "../base/index.ts";
import { timesOf } from "./dates.ts";
import { fillWords } from "./fill-missing.ts";
import { type Finding, only, percent } from "./finding.ts";
import { copyLeaks } from "./leaks.ts";
import type { SeriesData } from "./loaded-data.ts";
import { findSpacing, missingBetween, type Spacing } from "./spacing.ts";
import { valuePlace } from "./value-place.ts";

/** Fewer values than this leave nothing to test on once windows are cut. */
const LEAST_VALUES = 20;
/** Of larger values the differences, or forecasts a little above them, are no finite numbers. */
const LARGEST = 2 ** 1020;

/** What is to be known about a series; see `checkData`. */
export function checkSeries(data: SeriesData): Finding[] {
  return [...checkValues(data), ...checkDates(data), ...copyLeaks(data)];
}

function checkValues(data: SeriesData): Finding[] {
  const { values, season } = data;
  const findings: Finding[] = [];
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const count = values.filter((value) => !Number.isFinite(value)).length;
    return [
      {
        code: "data/not-finite",
        severity: "error",
        what: `${counted(count, "value is", "values are")} missing or infinite, the first ${shown(values[broken])}`,
        where: valuePlace(data, broken),
        advice: "Fill them in (the value before, a straight line between neighbours) or keep the part without them.",
      },
    ];
  }
  const large = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (large >= 0) {
    return [
      {
        code: "data/too-large",
        severity: "error",
        what: `The value ${values[large]} of ${shown(data.target)} leaves no room for differences: numbers end at 1.8e308`,
        where: valuePlace(data, large),
        advice: "Divide the column by a power of ten, 1e100 say.",
      },
    ];
  }
  if (values.length < LEAST_VALUES) {
    findings.push({
      code: "data/too-little",
      severity: "error",
      what: `${only(values.length, "value")}; at least ${LEAST_VALUES} are needed to train and to test`,
      advice: "Collect more, or use a finer step (days in place of months).",
    });
  } else if (values.length < 100 || (season && values.length < 4 * season)) {
    const need = season ? `, ${(values.length / season).toFixed(1)} seasons of ${season}` : "";
    findings.push({
      code: "data/little",
      severity: "warning",
      what: `${only(values.length, "value")}${need}`,
      advice: "Expect wide intervals, and baselines that are hard to beat; more history helps most.",
    });
  }
  if (values.every((value) => value === values[0])) {
    findings.push({
      code: "data/constant",
      severity: "error",
      what: `All values of ${shown(data.target)} are ${values[0]}`,
      advice: "There is nothing to learn from a constant: name another column.",
    });
    return findings;
  }
  return [...findings, ...checkFilled(data), ...checkCounter(data), ...checkFlat(data), ...checkOutliers(data)];
}

/** From this share on a model learns what was filled in more than what was seen. */
const MANY_FILLED = 0.05;

function checkFilled(data: SeriesData): Finding[] {
  const { missing, values } = data;
  if (missing === undefined || missing.rows.length === 0) return [];
  const { rows } = missing;
  const share = rows.length / values.length;
  return [
    {
      code: "data/missing-values",
      severity: share > MANY_FILLED ? "warning" : "note",
      what: `${counted(rows.length, "value")} of ${shown(data.target)} (${percent(share)}) ${rows.length === 1 ? "is" : "are"} missing and filled ${fillWords(missing)}`,
      where: valuePlace(data, rows[0]),
      advice: "As targets of the validation and test parts they are not scored: nobody knows what they were.",
    },
  ];
}

/** Numbers of rows, which a line forecasts without error. */
function checkCounter({ values, target, names }: SeriesData): Finding[] {
  const step = values[1] - values[0];
  if (!Number.isInteger(step) || values.some((value, row) => row > 0 && value !== values[row - 1] + step)) return [];
  const why = names.length === 1 ? ", the only numeric column," : "";
  return [
    {
      code: "data/counter",
      severity: "warning",
      what: `The target ${shown(target)}${why} is a steady counter: each value is the one before ${step < 0 ? "less" : "plus"} ${Math.abs(step)}`,
      advice: "If it numbers the rows, name the column that is to be forecast: target (--target).",
    },
  ];
}

function checkFlat(data: SeriesData): Finding[] {
  const { values } = data;
  let [longest, from] = [0, 0];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && values[end] === values[start]) end++;
    if (end - start > longest) [longest, from] = [end - start, start];
    start = end;
  }
  if (longest < 20 || longest < 0.05 * values.length) return [];
  return [
    {
      code: "data/flat",
      severity: "warning",
      what: `The value ${values[from]} stands for ${counted(longest, "row")} on end`,
      where: valuePlace(data, from),
      advice:
        "If the sensor was stuck or the shop closed, leave that stretch out; if it is real, the last value is hard to beat.",
    },
  ];
}

/** Values further from the middle half than ten times its width: rarely weather, mostly mistakes. */
function checkOutliers(data: SeriesData): Finding[] {
  const ordered = data.values.slice().sort();
  const low = ordered[Math.floor(0.25 * (ordered.length - 1))];
  const high = ordered[Math.ceil(0.75 * (ordered.length - 1))];
  const reach = 10 * (high - low);
  if (reach === 0) return [];
  const far = (value: number): boolean => value > high + reach || value < low - reach;
  const first = data.values.findIndex(far);
  if (first < 0) return [];
  const count = data.values.filter(far).length;
  return [
    {
      code: "data/outliers",
      severity: "warning",
      what: `${counted(count, "value lies", "values lie")} far outside the rest (half of all are between ${low} and ${high}), the first ${data.values[first]}`,
      where: valuePlace(data, first),
      advice:
        "If they are mistakes, correct them or put the value before in their place; if they are real, a log transform tames them.",
    },
  ];
}

/** What is to be known about the dates of a series. @param from the row behind which gaps count */
export function checkDates(data: SeriesData, from = 0): Finding[] {
  const times = data.dates && timesOf(data.dates);
  if (!times) return [];
  const findings: Finding[] = [];
  if (data.turned) {
    findings.push({
      code: "data/newest-first",
      severity: "note",
      what: "The file starts with its newest row; the series was turned round",
      advice: "Nothing need be done.",
    });
  }
  const back = times.findIndex((time, row) => row > 0 && time < times[row - 1]);
  if (back > 0) {
    findings.push({
      code: "data/clock-change",
      severity: "warning",
      what: `The time goes back to ${shown(data.dates?.[back])}: a clock that was set back, or rows out of order`,
      where: valuePlace(data, back),
      advice: "Write times in UTC, or sort the rows.",
    });
  }
  let repeated = 0;
  for (let row = 1; row < times.length; row++) if (times[row] === times[row - 1]) repeated++;
  if (repeated > 0) {
    findings.push({
      code: "data/date-repeated",
      severity: "warning",
      what: `${counted(repeated, "row has", "rows have")} the date of the row above`,
      where: valuePlace(
        data,
        times.findIndex((time, row) => row > 0 && time === times[row - 1]),
      ),
      advice: "Keep the first, keep the last, or sum them; otherwise a step of the series is no step of time.",
    });
  }
  return [...findings, ...checkSpacing(data, times, from)];
}

function checkSpacing(data: SeriesData, times: Float64Array, from: number): Finding[] {
  const spacing = findSpacing(times);
  if (!spacing) {
    if (times.length < 3) return [];
    return [
      {
        code: "data/irregular",
        severity: "warning",
        what: "The dates follow no regular step",
        advice: "Bring them to one step (a sum or mean for each day, say): a model sees rows, not dates.",
      },
    ];
  }
  const gaps = gapsOf(times, spacing, from);
  if (gaps.count === 0) return [];
  return [
    {
      code: "data/gaps",
      severity: "warning",
      what: `The series is ${spacing.name}, with ${counted(gaps.count, "gap")}: ${counted(gaps.missing, "row is", "rows are")} missing in all (${percent(gaps.missing / (times.length + gaps.missing))})`,
      where: valuePlace(data, gaps.first),
      advice: data.missing
        ? "Rows that are absent were not filled, only values: add these rows with an empty value, or leave it if there was nothing to record."
        : "If there was nothing to record (a closed shop, a weekend), leave it. Else add these rows: with zero where nothing was counted, or with an empty value and --missing ffill; or keep the longest stretch without a gap.",
    },
  ];
}

function gapsOf(
  times: Float64Array,
  spacing: Spacing,
  from: number,
): { count: number; missing: number; first: number } {
  let [count, missing, first] = [0, 0, 0];
  for (let row = from + 1; row < times.length; row++) {
    const lacking = missingBetween(spacing, times[row - 1], times[row]);
    if (lacking === 0) continue;
    if (count++ === 0) first = row;
    missing += lacking;
  }
  return { count, missing, first };
}
