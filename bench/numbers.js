// The arithmetic of the tables.

export function median(/** @type {readonly number[]} */ values) {
  if (values.length === 0) throw new Error("The median of no numbers");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @typedef {{ median: number, low: number, high: number, count: number }} Spread */

/** @returns {Spread | undefined} */
export function spread(/** @type {readonly number[]} */ values) {
  if (values.length === 0) return undefined;
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), count: values.length };
}

/** Three digits that count; thousands whole. */
export function shortNumber(/** @type {number} */ value) {
  if (!Number.isFinite(value)) return "?";
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.min(4, Math.max(0, 3 - digits)));
}

/** `1.42 (1.30-1.55)`; a single measurement has no range. */
export function shortSpread(/** @type {Spread | undefined} */ values, /** @type {string} */ none = "") {
  if (!values) return none;
  const { median, low, high, count } = values;
  return count === 1 ? shortNumber(median) : `${shortNumber(median)} (${shortNumber(low)}-${shortNumber(high)})`;
}
