import { GruvyError, refuseUnknown, shown, Tensor, wholeNumber } from "../base/index.ts";

/**
 * Cuts a series into every window of `window` values in a row and the `horizon` values that follow it. Windows overlap,
 * so they must be split in time (first rows to train, last to test), never shuffled before the split.
 *
 * @returns x: float32 [rows, window, 1]; y: float32 [rows, horizon]; rows = values - window - horizon + 1
 * @throws {GruvyError} `data/too-short` when not one window fits; `data/not-finite` for NaN or infinity.
 * @example
 * const { x, y } = windows([1, 2, 3, 4, 5], { window: 3 });
 * x.shape;     // [2, 3, 1]
 * y.toArray(); // [[4], [5]]
 */
export function windows(
  values: ArrayLike<number>,
  options: { readonly window: number; readonly horizon?: number },
): { x: Tensor; y: Tensor } {
  refuseUnknown(options ?? {}, ["window", "horizon"], "windows");
  const window = wholeNumber(options?.window, "window");
  const horizon = wholeNumber(options.horizon ?? 1, "horizon");
  if (!Array.isArray(values) && (!ArrayBuffer.isView(values) || values instanceof DataView)) {
    throw new GruvyError("data/type", `Expected the values of a series, found ${shown(values)}`);
  }
  const rows = values.length - window - horizon + 1;
  if (rows < 1) {
    throw new GruvyError(
      "data/too-short",
      `Expected at least ${window + horizon} values for a window of ${window} and a horizon of ${horizon}, found ${values.length}`,
      "Use a shorter window or more data.",
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new GruvyError(
      "data/not-finite",
      `Expected a finite number at index ${i} of the series, found ${shown(values[i])}`,
      "Fill or drop missing values first.",
    );
  }
  const x = new Float32Array(rows * window);
  const y = new Float32Array(rows * horizon);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < window; i++) x[row * window + i] = values[row + i];
    for (let i = 0; i < horizon; i++) y[row * horizon + i] = values[row + window + i];
  }
  return { x: new Tensor([rows, window, 1], x), y: new Tensor([rows, horizon], y) };
}
