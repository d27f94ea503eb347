// Alone in its file: the command line knows these names before it loads anything.

export const transformNames = [
  "asIs",
  "difference",
  "log",
  "logDifference",
  "seasonalDifference",
  "logSeasonalDifference",
  "windowNormalised",
] as const;

/** A way to make a series stationary. */
export type TransformName = (typeof transformNames)[number];
