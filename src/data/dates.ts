/** The order of day and month where a date is written with slashes: `31/12/2020` or `12/31/2020`. */
export type DayOrder = "dayFirst" | "monthFirst";

const CLOCK = String.raw`(?:[T ]+(\d{1,2})(?::(\d{2})(?::(\d{2}(?:[.,]\d{1,9})?))?)? ?(AM|PM)?)?`;
const TIME = `${CLOCK} ?(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?`;
export const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/])(\d{1,2})(?:\2(\d{1,2})${TIME})?$`, "i");
export const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})${TIME}$`, "i");
export const QUARTER = /^(?:(\d{4})[- ]?Q([1-4])|Q([1-4])[- ](\d{4}))$/i;
export const WEEK = /^(\d{4})-?W(\d{2})$/i;
export const NAMED = /^(?:(\d{1,2})[- ])?([A-Z]{3,9})\.?[- ](?:(\d{1,2}), ?)?(\d{4}|\d{2})$/i;
export const MONTHS = "january february march april may june july august september october november december".split(
  " ",
);

const DAY = 86_400_000;

/** Whether a field is a date in one of the forms `readDate` knows. */
export function isDate(field: string): boolean {
  return readDate(field, "monthFirst") !== undefined || readDate(field, "dayFirst") !== undefined;
}

/**
 * A date as milliseconds since 1970 (UTC where no zone is said), or undefined. Known are `1949-01`, `1949-01-31`,
 * `1949/1/31 13:00`, ISO 8601 with seconds and zone, `31.1.1949`, `1/31/1949 1:00 PM`, `1949-Q1`, `1949-W05`,
 * `Jan 1949`, `31-Jan-1949` and `Jan 31, 1949`.
 */
export function readDate(field: string, order: DayOrder): number | undefined {
  const text = field.trim();
  if (text.length < 5 || text.length > 40) return undefined;
  let found = YEAR_FIRST.exec(text);
  if (found) return instant(+found[1], +found[3], +(found[4] ?? 1), found.slice(5));
  found = YEAR_LAST.exec(text);
  if (found) {
    const dayFirst = found[2] === "." || order === "dayFirst";
    const [day, month] = dayFirst ? [+found[1], +found[3]] : [+found[3], +found[1]];
    return instant(century(found[4]), month, day, found.slice(5));
  }
  found = QUARTER.exec(text);
  if (found) return instant(+(found[1] ?? found[4]), 3 * +(found[2] ?? found[3]) - 2, 1);
  found = WEEK.exec(text);
  if (found) return isoWeek(+found[1], +found[2]);
  found = NAMED.exec(text);
  if (!found) return undefined;
  const name = found[2].toLowerCase();
  const month = MONTHS.findIndex((full) => full === name || full.slice(0, 3) === name) + 1;
  return month === 0 ? undefined : instant(century(found[4]), month, +(found[1] ?? found[3] ?? 1));
}

/**
 * All dates of a column, NaN where a field is none. Day and month in `1/2/2020` are told apart by the whole column:
 * by values past 12, else by the order in which the dates ascend more often.
 *
 * @returns milliseconds since 1970, UTC where no zone is said
 * @example
 * const [first] = readDates(["13/2/2020", "1/3/2020"]);
 * new Date(first).toISOString(); // "2020-02-13T00:00:00.000Z"
 */
export function readDates(fields: Iterable<string>): Float64Array {
  return readInOrder(fields).times;
}

/** The order of day and month in a column of dates, found as `readDates` does; "monthFirst" where it makes no difference. */
export const dayOrder = (fields: Iterable<string>): DayOrder => readInOrder(fields).order;

function readInOrder(fields: Iterable<string>): { order: DayOrder; times: Float64Array } {
  const read = (order: DayOrder): Float64Array =>
    Float64Array.from(fields, (field) => readDate(field, order) ?? Number.NaN);
  const monthFirst = read("monthFirst");
  if (!someYearLast(fields)) return { order: "monthFirst", times: monthFirst };
  const dayFirst = read("dayFirst");
  const unread = (times: Float64Array): number => times.reduce((sum, time) => sum + (Number.isNaN(time) ? 1 : 0), 0);
  const back = (times: Float64Array): number => {
    let count = 0;
    for (let i = 1; i < times.length; i++) if (times[i] < times[i - 1]) count++;
    return count;
  };
  const difference = unread(dayFirst) - unread(monthFirst) || back(dayFirst) - back(monthFirst);
  return difference < 0 ? { order: "dayFirst", times: dayFirst } : { order: "monthFirst", times: monthFirst };
}

function someYearLast(fields: Iterable<string>): boolean {
  for (const field of fields) if (YEAR_LAST.test(field.trim())) return true;
  return false;
}

/** The times of a series' dates as they are written, numbers of seconds and years too; undefined where one is none. */
export function timesOf(dates: readonly string[]): Float64Array | undefined {
  const times = readDates(dates);
  return times.some(Number.isNaN) ? readNumericDates(Float64Array.from(dates, Number)) : times;
}

/** Whole numbers that stand for times in a column called so: years, `yyyymmdd`, or seconds or milliseconds since 1970. */
export function readNumericDates(values: Float64Array): Float64Array | undefined {
  const all = (test: (value: number) => boolean): boolean => values.length > 0 && values.every(test);
  if (!all(Number.isInteger)) return undefined;
  if (all((v) => v >= 1000 && v <= 2999)) return values.map((year) => Date.UTC(year, 0, 1));
  if (all((v) => v >= 19e6 && v < 30e6)) {
    const times = values.map((v) => instant(Math.floor(v / 10_000), Math.floor(v / 100) % 100, v % 100) ?? Number.NaN);
    if (!times.some(Number.isNaN)) return times;
  }
  if (all((v) => v >= 1e8 && v < 1e10)) return values.map((seconds) => 1000 * seconds);
  if (all((v) => v >= 1e11 && v < 1e13)) return values.slice();
  return undefined;
}

function century(year: string): number {
  return year.length === 4 ? +year : +year + (+year < 70 ? 2000 : 1900);
}

function instant(
  year: number,
  month: number,
  day: number,
  time: readonly (string | undefined)[] = [],
): number | undefined {
  const [hourText = "0", minute = "0", secondText = "0", half, zone] = time;
  const second = +secondText.replace(",", ".");
  let hour = +hourText;
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toUpperCase() === "PM" ? 12 : 0);
  }
  if (year < 1000 || month < 1 || month > 12 || day < 1 || hour > 24 || +minute > 59 || second >= 61) return undefined;
  if (hour === 24 && (+minute > 0 || second > 0)) return undefined;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  let shift = 0;
  const offset = zone === undefined ? null : /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (offset) shift = (offset[1] === "-" ? 1 : -1) * (60 * +offset[2] + +offset[3]) * 60_000;
  return Date.UTC(year, month - 1, day, hour, +minute) + Math.round(1000 * second) + shift;
}

/** The Monday of a week; week 1 is the one that holds January 4 (ISO 8601). */
function isoWeek(year: number, week: number): number | undefined {
  if (year < 1000 || week < 1 || week > 53) return undefined;
  const fourth = Date.UTC(year, 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY;
  return monday + 7 * DAY * (week - 1);
}

/** The ISO 8601 week of a time, and the year it belongs to. */
export function isoWeekOf(time: number): { year: number; week: number } {
  const day = Math.floor(time / DAY) * DAY;
  // A week belongs to the year of its Thursday.
  const thursday = day + (3 - ((new Date(day).getUTCDay() + 6) % 7)) * DAY;
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY)) };
}
