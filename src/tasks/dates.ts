// The dates after the last one of a series, in the way the series writes its dates.

import { type DayOrder, dateFormat, dayOrder } from "../data/index.ts";

const DAY = 86_400_000;
const LAST = Date.UTC(9999, 11, 31);

/**
 * The `count` dates that follow, written like those given, in steps like those between the last of them: whole months
 * when each falls on the same day of the month (or on its last day), else a constant time; weekends are left out by a
 * daily series that has none. Undefined when no step can be told, or the dates are not all written in one way.
 *
 * @param order of day and month in dates such as `1/2/2020`; told from the dates themselves unless given
 * @example
 * nextDates(["1960-11", "1960-12"], 2);       // ["1961-01", "1961-02"]
 * nextDates(["2024-02-28", "2024-02-29"], 1); // ["2024-03-01"]
 * nextDates(["30.11.2022", "31.12.2022"], 2); // ["31.01.2023", "28.02.2023"]
 */
export function nextDates(dates: readonly string[], count: number, order?: DayOrder): string[] | undefined {
  const recent = dates.slice(-13).map((date) => date.trim());
  if (recent.length < 2) return undefined;
  const format = dateFormat(recent, order ?? dayOrder(dates));
  if (format === undefined) return undefined;
  const times = recent.map((date) => format.read(date));
  const next = (format.weeks ? undefined : monthly(times, count)) ?? constant(times, count);
  return next === undefined || next[count - 1] > LAST ? undefined : next.map((time) => format.write(time));
}

/** Steps of whole months, where the dates have such. */
function monthly(times: readonly number[], count: number): number[] | undefined {
  const read = times.map((time) => {
    const date = new Date(time);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    return { months: year * 12 + month, day, end: lastDay(year, month), clock: time - Date.UTC(year, month, day) };
  });
  const [first, second] = read;
  const step = second.months - first.months;
  // The 31st is every last day; the 30th is the last one of a February.
  const anchor = read.every(({ day, end }) => day === end) ? 31 : Math.max(...read.map(({ day }) => day));
  const fits = read.every(({ months, day, end, clock }, i) => {
    return months === first.months + i * step && day === Math.min(anchor, end) && clock === first.clock;
  });
  if (!fits || step <= 0) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const months = read[read.length - 1].months + step * (i + 1);
    const [year, month] = [Math.floor(months / 12), months % 12];
    return Date.UTC(year, month, Math.min(anchor, lastDay(year, month))) + first.clock;
  });
}

function constant(times: readonly number[], count: number): number[] | undefined {
  // A holiday or a lost row now and then: the middle step stands for all.
  const steps = times.slice(1).map((time, i) => time - times[i]);
  const step = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  if (!(step > 0)) return undefined;
  const last = times[times.length - 1];
  const workdays = step === DAY && last - times[0] >= 7 * DAY && !times.some(isWeekend);
  if (!workdays) return Array.from({ length: count }, (_, i) => last + step * (i + 1));
  const next: number[] = [];
  for (let time = last + DAY; next.length < count; time += DAY) if (!isWeekend(time)) next.push(time);
  return next;
}

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 1) - DAY).getUTCDate();

const isWeekend = (time: number): boolean => [0, 6].includes(new Date(time).getUTCDay());
