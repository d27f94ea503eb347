// The dates after the last one of a series, in the way the series writes its dates.

const DAY = 86_400_000;
const LAST = Date.UTC(9999, 11, 31);

interface ReadDate {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  readonly time: number;
}

const patterns = {
  year: /^(\d{4})$/,
  month: /^(\d{4})-(\d{2})$/,
  day: /^(\d{4})-(\d{2})-(\d{2})$/,
  minute: /^(\d{4})-(\d{2})-(\d{2})([ T])(\d{2}):(\d{2})(?::(\d{2}))?$/,
} as const;

type Form = keyof typeof patterns;

/**
 * The `count` dates that follow, in steps like those between the last dates given: whole months when each falls on the
 * same day of the month (or on its last day), else a constant number of seconds. Undefined when no step can be told.
 *
 * @example
 * nextDates(["1960-11", "1960-12"], 2);       // ["1961-01", "1961-02"]
 * nextDates(["2024-02-28", "2024-02-29"], 1); // ["2024-03-01"]
 */
export function nextDates(dates: readonly string[], count: number): string[] | undefined {
  const recent = dates.slice(-13);
  if (recent.length < 2) return undefined;
  const form = (Object.keys(patterns) as Form[]).find((name) => recent.every((date) => patterns[name].test(date)));
  if (form === undefined) return undefined;
  const read = recent.map((date) => readDate(date, form));
  if (read.some((date) => Number.isNaN(date.time))) return undefined;
  const last = read[read.length - 1];
  const sample = recent[recent.length - 1];

  const sameDay = read.every((date) => date.day === last.day);
  const monthEnds = form === "day" && read.every((date) => date.day === lastDay(date.year, date.month));
  const months = constant(read.map((date) => date.year * 12 + date.month));
  if (months !== undefined && months > 0 && (sameDay || monthEnds) && form !== "minute") {
    if (last.year + (months * count) / 12 > 9998) return undefined;
    return Array.from({ length: count }, (_, i) => {
      const total = last.year * 12 + last.month + months * (i + 1);
      const [year, month] = [Math.floor(total / 12), total % 12];
      const end = lastDay(year, month);
      return written(Date.UTC(year, month, monthEnds ? end : Math.min(last.day, end)), form, sample);
    });
  }
  // A holiday or a lost row now and then: the middle step stands for all.
  const steps = read.slice(1).map((date, i) => date.time - read[i].time);
  const step = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  if (!(step > 0) || last.time + step * count > LAST) return undefined;
  return Array.from({ length: count }, (_, i) => written(last.time + step * (i + 1), form, sample));
}

function readDate(text: string, form: Form): ReadDate {
  const [, year, month = "1", day = "1", , hour = "0", minute = "0", second = "0"] = patterns[form].exec(
    text,
  ) as string[];
  const time = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  const exists = +month >= 1 && +month <= 12 && +day >= 1 && +day <= lastDay(+year, +month - 1);
  return { year: +year, month: +month - 1, day: +day, time: exists ? time : Number.NaN };
}

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 1) - DAY).getUTCDate();

function constant(values: readonly number[]): number | undefined {
  const step = values[1] - values[0];
  return values.every((value, i) => i === 0 || value - values[i - 1] === step) ? step : undefined;
}

function written(time: number, form: Form, sample: string): string {
  const iso = new Date(time).toISOString();
  if (form === "year") return iso.slice(0, 4);
  if (form === "month") return iso.slice(0, 7);
  if (form === "day") return iso.slice(0, 10);
  return `${iso.slice(0, 10)}${sample[10]}${iso.slice(11, sample.length)}`;
}
