/**
 * Decimals with which an interval and what lies in it are written: its width has two digits, and nothing that is not zero
 * reads as zero; at most 6. Of shares, in percent, the width has one digit and they have one decimal.
 *
 * @example
 * decimalsOf([-2.3, 6.7]); // 1
 */
export function decimalsOf(values: readonly number[], shares = false): number {
  const least = shares ? 1 : 0;
  const full = shares ? 0.95 : 9.5;
  const width = Math.max(...values) - Math.min(...values) || Math.max(...values.map(Math.abs)) || 1;
  let decimals = least;
  for (let scaled = width * 10 ** least; decimals < 6 && scaled < full; scaled *= 10) decimals++;
  while (decimals < 6 && values.some((value) => vanishes(value, decimals))) decimals++;
  return decimals;
}

/** Decimals that give the smaller of two numbers above zero three digits, and the larger no more than five. */
export function threeDigits(low: number, high: number): number {
  const magnitude = (value: number): number => Number(value.toExponential().split("e")[1]);
  return Math.max(0, Math.min(2 - magnitude(low), 4 - magnitude(high)));
}

/** Whether what is not zero would read as zero. */
export const vanishes = (value: number, decimals: number): boolean =>
  value !== 0 && Number(Math.abs(value).toFixed(decimals)) === 0;
