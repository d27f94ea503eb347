const DAY = 86_400_000;

/** How the times of a series follow each other. */
export interface Spacing {
  /** In words: "monthly", "daily", "every 5 minutes". */
  readonly name: string;
  /** The step: so many calendar months, or milliseconds. */
  readonly step: number;
  readonly unit: "months" | "milliseconds";
  /** The rows after which a pattern usually repeats at this spacing: 12 for monthly, 24 for hourly... */
  readonly season?: number;
  /** The share of all steps that have this length, 0.5 to 1. */
  readonly regular: number;
  /** Monday to Friday: a weekend is no gap. */
  readonly weekdays: boolean;
}

/**
 * The spacing that at least half of the steps have, or undefined. Months, quarters and years are counted by the
 * calendar, everything else by the clock.
 *
 * @param times milliseconds since 1970, in their order
 * @example
 * findSpacing(readDates(["1949-01", "1949-02", "1949-03", "1949-04"]))?.season; // 12
 */
export function findSpacing(times: Float64Array): Spacing | undefined {
  if (times.length < 3 || times.some(Number.isNaN)) return undefined;
  const months = monthNumbers(times);
  const common = mostCommonStep(months ?? times);
  if (!common || common.step <= 0 || common.share < 0.5) return undefined;
  const { step, share: regular } = common;
  if (months) {
    const name = new Map([
      [1, "monthly"],
      [3, "quarterly"],
      [6, "half-yearly"],
      [12, "yearly"],
    ]).get(step);
    const season = step < 12 && 12 % step === 0 ? 12 / step : undefined;
    return { name: name ?? `every ${step} months`, step, unit: "months", season, regular, weekdays: false };
  }
  const base = { step, unit: "milliseconds" as const, regular, weekdays: false };
  if (step === DAY) {
    const weekdays = times.every((time) => ![0, 6].includes(new Date(time).getUTCDay())) && times.length > 10;
    return weekdays
      ? { ...base, name: "daily, Monday to Friday", season: 5, weekdays }
      : { ...base, name: "daily", season: 7 };
  }
  if (step === 7 * DAY) return { ...base, name: "weekly", season: 52 };
  const season = step < DAY && DAY % step === 0 ? DAY / step : undefined;
  return { ...base, name: inWords(step), season };
}

/**
 * The median of the steps, in milliseconds: it tells a daily series from a monthly one, whatever is missing in between.
 * Undefined where there are fewer than two times, or it is not above 0.
 */
export function medianStep(times: Float64Array): number | undefined {
  const steps = times
    .subarray(1)
    .map((time, i) => time - times[i])
    .sort();
  const step = steps[Math.floor(steps.length / 2)];
  return step > 0 ? step : undefined;
}

/** How many rows are missing between two times that should follow each other; 0 when none, or when it is no gap. */
export function missingBetween(spacing: Spacing, before: number, after: number): number {
  let steps = (after - before) / spacing.step;
  if (spacing.unit === "months") steps = (monthOf(after) - monthOf(before)) / spacing.step;
  else if (spacing.weekdays) {
    steps = 0;
    const end = Math.min(after, before + 3660 * DAY);
    for (let time = before + DAY; time <= end; time += DAY) if (![0, 6].includes(new Date(time).getUTCDay())) steps++;
  }
  return Math.max(0, Math.round(steps) - 1);
}

/** A step of so many milliseconds: "every day", "hourly", "every 31 days". */
export function inWords(step: number): string {
  const units: [number, string][] = [
    [DAY, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ];
  for (const [length, name] of units) {
    if (step % length !== 0) continue;
    if (step === length) return name === "hour" ? "hourly" : `every ${name}`;
    return `every ${step / length} ${name}s`;
  }
  return `every ${step / 1000} seconds`;
}

function monthOf(time: number): number {
  const date = new Date(time);
  return 12 * date.getUTCFullYear() + date.getUTCMonth();
}

/** Month numbers, when all times fall on one day of the month and time of day, or all on last days of months. */
function monthNumbers(times: Float64Array): Float64Array | undefined {
  const dates = Array.from(times, (time) => new Date(time));
  const day = dates[0].getUTCDate();
  const clock = ((times[0] % DAY) + DAY) % DAY;
  const sameDay = dates.every((date) => date.getUTCDate() === day);
  const lastDay = (time: number): boolean => new Date(time + DAY).getUTCDate() === 1;
  if (!sameDay && !times.every(lastDay)) return undefined;
  if (!times.every((time) => ((time % DAY) + DAY) % DAY === clock)) return undefined;
  return times.map(monthOf);
}

function mostCommonStep(times: Float64Array): { step: number; share: number } | undefined {
  const counts = new Map<number, number>();
  for (let i = 1; i < times.length; i++) {
    const step = times[i] - times[i - 1];
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let [step, most] = [0, 0];
  for (const [length, count] of counts) if (count > most) [step, most] = [length, count];
  return { step, share: most / (times.length - 1) };
}
