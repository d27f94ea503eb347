import { type ErrorCode, GruvyError, shown } from "./error.ts";

/** The product of sizes, refused when a factor is no whole number or the product cannot be counted exactly. */
export function product(sizes: readonly number[], what = "shape", code: ErrorCode = "data/size"): number {
  let total = 1;
  for (const size of sizes) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new GruvyError(code, `Expected whole non-negative sizes in ${what}, found ${shown(size)}`);
    }
    total *= size;
    if (!Number.isSafeInteger(total)) {
      throw new GruvyError(code, `The size of ${what} [${sizes.join(", ")}] is too large to count`);
    }
  }
  return total;
}

/** Checks a whole number between bounds (inclusive) and returns it. */
export function wholeNumber(
  value: unknown,
  name: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER, code = "usage/option" as ErrorCode } = {},
): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new GruvyError(code, `Expected ${name} to be a whole number ${range}, found ${shown(value)}`);
  }
  return value;
}

/** Checks a finite number between bounds (inclusive) and returns it. */
export function finiteNumber(
  value: unknown,
  name: string,
  { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, code = "usage/option" as ErrorCode } = {},
): number {
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    const range =
      min === -Number.MAX_VALUE ? "finite" : max === Number.MAX_VALUE ? `at least ${min}` : `from ${min} to ${max}`;
    throw new GruvyError(code, `Expected ${name} to be a number, ${range}; found ${shown(value)}`);
  }
  return value;
}
