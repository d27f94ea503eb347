import {
  type DayOrder,
  isoWeekOf,
  MONTHS,
  NAMED,
  QUARTER,
  readDate,
  readNumericDates,
  WEEK,
  YEAR_FIRST,
  YEAR_LAST,
} from "./dates.ts";

/** The way in which the dates of a series are written. */
export interface DateFormat {
  /** True for dates that name a week. */
  readonly weeks: boolean;
  /** Milliseconds since 1970 of a date as it stands on the page: a zone written behind it is not counted. */
  read(text: string): number;
  write(time: number): string;
}

type Role =
  | "year"
  | "weekYear"
  | "quarter"
  | "month"
  | "monthName"
  | "week"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "half"
  | "zone"
  | "stamp";

/** A part of a date with what it stands for; what stands between parts has no role. */
interface Piece {
  readonly role?: Role;
  readonly text: string;
}

interface Form {
  readonly pattern: RegExp;
  /** What the groups of the pattern stand for. */
  readonly roles: (order: DayOrder, found: RegExpExecArray) => readonly (Role | undefined)[];
}

const CLOCK = ["hour", "minute", "second", "half", "zone"] as const;
const withPlaces = (pattern: RegExp): RegExp => new RegExp(pattern.source, "di");

const forms: readonly Form[] = [
  { pattern: withPlaces(YEAR_FIRST), roles: () => ["year", undefined, "month", "day", ...CLOCK] },
  {
    pattern: withPlaces(YEAR_LAST),
    roles: (order, found) =>
      found[2] === "." || order === "dayFirst"
        ? ["day", undefined, "month", "year", ...CLOCK]
        : ["month", undefined, "day", "year", ...CLOCK],
  },
  { pattern: withPlaces(QUARTER), roles: () => ["year", "quarter", "quarter", "year"] },
  { pattern: withPlaces(WEEK), roles: () => ["weekYear", "week"] },
  { pattern: withPlaces(NAMED), roles: () => ["day", "monthName", "day", "year"] },
  { pattern: /^(\d{4})$/d, roles: () => ["year"] },
  { pattern: /^(\d{4})(\d{2})(\d{2})$/d, roles: () => ["year", "month", "day"] },
  { pattern: /^(\d{9,13})$/d, roles: () => ["stamp"] },
];

/**
 * How dates are written, so that others can be written alike: the order of day and month, separators, leading zeros,
 * names of months, AM and PM, zones. Undefined where they are not all written in one way, in one of the forms that
 * `readDate` and `readNumericDates` know.
 *
 * @example
 * const format = dateFormat(["30.11.2022", "31.12.2022"], "monthFirst");
 * format?.write(format.read("31.12.2022") + 86_400_000); // "01.01.2023"
 */
export function dateFormat(dates: readonly string[], order: DayOrder): DateFormat | undefined {
  const cut = dates.map((date) => piecesOf(date, order) ?? []);
  const last = cut.at(-1) ?? [];
  const alike = last.map((_, i) => cut.map((pieces) => pieces[i]?.text ?? ""));
  const dayAndMonth = last.flatMap(({ role }, i) => (role === "day" || role === "month" ? alike[i] : []));
  const halves = last.some(({ role }) => role === "half");
  const format: DateFormat = {
    weeks: last.some(({ role }) => role === "week"),
    read(text) {
      const pieces = piecesOf(text, order) ?? [];
      const local = pieces.map((piece) => (piece.role === "zone" ? "" : piece.text)).join("");
      return readDate(local, order) ?? readNumericDates(Float64Array.of(Number(text)))?.[0] ?? Number.NaN;
    },
    write: (time) =>
      last.map((piece, i) => written(piece, new Date(time), { alike: alike[i], dayAndMonth, halves })).join(""),
  };
  // Whatever is special about a date that this cannot write shows here.
  const exact = (date: string): boolean => {
    const time = format.read(date);
    return Number.isFinite(time) && format.write(time) === date;
  };
  return last.length > 0 && dates.every(exact) ? format : undefined;
}

function piecesOf(text: string, order: DayOrder): Piece[] | undefined {
  for (const { pattern, roles } of forms) {
    const found = pattern.exec(text);
    if (!found?.indices) continue;
    const named = roles(order, found);
    const pieces: Piece[] = [];
    let at = 0;
    for (let group = 1; group < found.length; group++) {
      const place = found.indices[group];
      const role = named[group - 1];
      if (place === undefined || role === undefined) continue;
      if (place[0] > at) pieces.push({ text: text.slice(at, place[0]) });
      pieces.push({ role, text: found[group] });
      at = place[1];
    }
    if (at < text.length) pieces.push({ text: text.slice(at) });
    return pieces;
  }
  return undefined;
}

interface Sample {
  /** This part of all dates. */
  readonly alike: readonly string[];
  /** Their days and months, which are written alike. */
  readonly dayAndMonth: readonly string[];
  /** Whether hours are counted to 12. */
  readonly halves: boolean;
}

/** A part of another date, written like the same part of the dates given. */
function written({ role, text }: Piece, date: Date, { alike, dayAndMonth, halves }: Sample): string {
  const digits = (value: number): string => {
    // Leading zeros, unless one of the dates shows that there are none.
    const others = role === "day" || role === "month" ? dayAndMonth : alike;
    const bare = !alike.some((one) => one.length > 1 && one[0] === "0") && others.some((one) => one.length === 1);
    return String(value).padStart(bare ? 1 : 2, "0");
  };
  const year = (value: number): string => (text.length === 2 ? String(value % 100).padStart(2, "0") : String(value));
  switch (role) {
    case "year":
      return year(date.getUTCFullYear());
    case "weekYear":
      return year(isoWeekOf(date.getTime()).year);
    case "week":
      return digits(isoWeekOf(date.getTime()).week);
    case "quarter":
      return String(Math.floor(date.getUTCMonth() / 3) + 1);
    case "month":
      return digits(date.getUTCMonth() + 1);
    case "monthName": {
      const full = alike.some(({ length }) => length > 3);
      return cased(full ? MONTHS[date.getUTCMonth()] : MONTHS[date.getUTCMonth()].slice(0, 3), text);
    }
    case "day":
      return digits(date.getUTCDate());
    case "hour":
      return digits(halves ? ((date.getUTCHours() + 11) % 12) + 1 : date.getUTCHours());
    case "minute":
      return digits(date.getUTCMinutes());
    case "second": {
      const whole = String(date.getUTCSeconds()).padStart(2, "0");
      const decimals = text.length - 3;
      if (decimals <= 0) return whole;
      return `${whole}${text[2]}${String(date.getUTCMilliseconds()).padStart(3, "0").padEnd(decimals, "0").slice(0, decimals)}`;
    }
    case "half":
      return cased(date.getUTCHours() < 12 ? "am" : "pm", text);
    case "stamp":
      return String(text.length < 11 ? date.getTime() / 1000 : date.getTime());
    default:
      return text;
  }
}

/** Upper case, lower case or a capital, as the sample has it. */
function cased(word: string, sample: string): string {
  if (sample === sample.toUpperCase()) return word.toUpperCase();
  return sample === sample.toLowerCase() ? word : word[0].toUpperCase() + word.slice(1);
}
