/** What a column holds: `"number"` or `"date"` when at least nine in ten of its values are one, else `"text"`. */
export type ColumnKind = "number" | "date" | "text";

/** What people write where a value is missing. Text columns take only the empty field for missing. */
const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "nil", "missing", "-", "--", "?", ".", "#n/a"]);

/**
 * Whether a field of a number or date column says that there is no value: empty, `NA`, `n/a`, `NaN`, `null`, `-`...
 *
 * @example
 * isMissing("n/a"); // true
 */
export function isMissing(field: string): boolean {
  if (field === "") return true;
  if (field.length > 16) return false;
  const text = field.trim();
  return text.length <= 7 && MISSING.has(text.toLowerCase());
}

// No part can match in two ways, so that a long run of digits costs its length and not its square.
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number a field says, or undefined. Decimal numbers only: `12`, `-0.5`, `.5`, `1e-3`, with spaces around; not
 * `0x10`, `1,5`, `1_000`, `Infinity` or an empty field. What is too large for a float64 (`1e999`) gives an infinity.
 *
 * @example
 * readNumber(" 1e-3 "); // 0.001
 * readNumber("1,5");    // undefined
 */
export function readNumber(field: string): number | undefined {
  const text = field.trim();
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** Whether a field is a number to a person, though not to `readNumber`: `1100,50`, `1.503,79`, `12 %`, `€ 5`. */
export function looksNumeric(field: string): boolean {
  if (field.length > 32 || readNumber(field) !== undefined) return false;
  return /^[+-]?(?:[€$£¥%] ?)?[+-]?\d+(?:[.,' \u00a0\u202f]\d+)*(?: ?[€$£¥%])?$/.test(field.trim());
}

/** A sentence of advice for a field that is no number, from what it looks like. */
export function numberAdvice(field: string): string {
  const text = field.trim();
  if (isMissing(text)) return "Fill in the missing values or remove their rows.";
  if (/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return "Write numbers without a mark for thousands.";
  if (/^[+-]?\d+,\d+$/.test(text)) return "Write decimals with a point: 1.5, not 1,5.";
  if (/^[+-]?\d{1,3}(?:[. '\u00a0\u202f]\d{3})+(?:,\d+)?$/.test(text)) {
    return "Write decimals with a point and no mark for thousands: 1503.79, not 1.503,79.";
  }
  if (/^0[xob]/i.test(text)) return "Write numbers in decimal.";
  if (/^[+-]?inf/i.test(text)) return "Infinity cannot be learnt from: fill in a finite value or remove the row.";
  if (/[%€$£¥]/.test(text)) return "Write the number alone, without its unit.";
  return "Correct the field, or name another column.";
}
