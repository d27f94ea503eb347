// How numbers lie in memory. Features are padded to whole panels of eight with zeros, so that no kernel has a tail of
// lanes; pads stay zero or are never read by anything that mixes features.

/** Columns of a weight panel: two vectors of four. */
export const PANEL = 8;

/** Features rounded up to whole panels. */
export const padded = (features: number): number => Math.ceil(features / PANEL) * PANEL;

/**
 * Floats from one row to the next. Long rows take an odd number of 64-byte lines: rows a power of two apart would
 * share a few sets of the first-level cache and throw each other out.
 */
export function stride(features: number): number {
  const width = padded(features);
  if (width < 64) return width;
  const lines = Math.ceil(width / 16);
  return 16 * (lines % 2 === 0 ? lines + 1 : lines);
}

/**
 * A weight matrix lies in panels of eight columns: element (row, column) of a matrix with `rows` rows is at
 * `panelIndex`. The inner loop of a product then reads it straight ahead.
 */
export const panelIndex = (row: number, column: number, rows: number): number =>
  Math.floor(column / PANEL) * rows * PANEL + row * PANEL + (column % PANEL);

/** Floats of a weight matrix in panels. */
export const panelSize = (rows: number, columns: number): number => rows * padded(columns);
