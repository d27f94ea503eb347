import type * as PlotTypes from "@observablehq/plot";
import { shorten } from "../inert.ts";
import { count } from "../numbers.ts";
import { Plot } from "../plot.ts";

const ISO_DATE = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?Z?)?)?$/;

/** The horizontal axis of a series: real time where its dates are understood, else one place a row. */
export interface TimeAxis {
  readonly scale: PlotTypes.ScaleOptions;
  /** The place of a row. */
  at(row: number): number | Date;
  /** What a row is called: its date, or its number from 1. */
  name(row: number): string;
  axis(narrow: boolean): PlotTypes.Markish;
}

/** Milliseconds since 1970 in UTC for a date of the forms 2024-05, 2024-05-17, 2024-05-17 10:30; else undefined. */
export function parseDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text.trim());
  if (!match) return undefined;
  const part = (i: number, absent = 0) => (match[i] === undefined ? absent : Number(match[i]));
  const [year, month, day, hour] = [part(1), part(2), part(3, 1), part(4)];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23) return undefined;
  return Date.UTC(year, month - 1, day, hour, part(5), part(6));
}

export function timeAxis(dates: readonly string[] | undefined, from: number, to: number): TimeAxis {
  const name = (row: number) => dates?.[row] ?? count(row + 1);
  const times = dates && understood(dates, from, to);
  if (times) {
    return {
      scale: { type: "utc", domain: [new Date(times[0]), new Date(times[times.length - 1])] },
      at: (row) => new Date(times[row - from]),
      name,
      axis: (narrow) => Plot.axisX({ ...look, ticks: narrow ? 4 : 8 }),
    };
  }
  return {
    scale: { type: "linear", domain: [from, Math.max(from + 1, to - 1)] },
    at: (row) => row,
    name,
    axis: (narrow) =>
      Plot.axisX(evenRows(from, to, dates ? (narrow ? 2 : 4) : narrow ? 4 : 8), {
        ...look,
        tickFormat: (row: number) => shorten(name(row), 16),
      }),
  };
}

const look = { tickSize: 4, tickPadding: 6, fill: "var(--soft)", stroke: "var(--line)", label: null } as const;

function understood(dates: readonly string[], from: number, to: number): number[] | undefined {
  const times: number[] = [];
  for (let row = from; row < to; row++) {
    const time = row < dates.length ? parseDate(dates[row]) : undefined;
    if (time === undefined || time <= (times.at(-1) ?? Number.NEGATIVE_INFINITY)) return undefined;
    times.push(time);
  }
  return times.length > 1 ? times : undefined;
}

function evenRows(from: number, to: number, parts: number): number[] {
  const step = Math.max(1, Math.floor((to - 1 - from) / parts));
  return Array.from({ length: Math.floor((to - 1 - from) / step) + 1 }, (_, i) => from + i * step);
}
