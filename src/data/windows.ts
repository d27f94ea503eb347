import { GruvyError, refuseUnknown, shown, Tensor, wholeNumber } from "../base/index.ts";

type Values = ArrayLike<number>;

/**
 * Cuts a series into every window of `window` values in a row and the `horizon` values that follow it. Windows overlap,
 * so they must be split in time (first rows to train, last to test), never shuffled before the split.
 *
 * `series` may be one column, a list of columns of equal length (sales, price, temperature), or a tensor of shape
 * [steps, columns]. A window holds all columns; what follows is taken from the column `target` (default 0).
 *
 * @returns x: float32 [rows, window, columns]; y: float32 [rows, horizon]; rows = steps - window - horizon + 1
 * @throws {GruvyError} `data/too-short` when not one window fits; `data/not-finite` for NaN or infinity; `data/shape`
 *   for columns of different lengths; `usage/option` for a target that is not there.
 * @example
 * const { x, y } = windows([1, 2, 3, 4, 5], { window: 3 });
 * x.shape;     // [2, 3, 1]
 * y.toArray(); // [[4], [5]]
 *
 * const [sales, price] = [[10, 12, 11, 14], [5, 4, 5, 4]];
 * const both = windows([sales, price], { window: 2 });
 * both.x.toArray(); // [[[10, 5], [12, 4]], [[12, 4], [11, 5]]]
 * both.y.toArray(); // [[11], [14]]
 */
export function windows(
  series: Values | readonly Values[] | Tensor,
  options: { readonly window: number; readonly horizon?: number; readonly target?: number },
): { x: Tensor; y: Tensor } {
  refuseUnknown(options ?? {}, ["window", "horizon", "target"], "windows");
  const window = wholeNumber(options?.window, "window");
  const horizon = wholeNumber(options.horizon ?? 1, "horizon");
  const columns = columnsOf(series);
  const target = wholeNumber(options.target ?? 0, "target", { min: 0, max: columns.length - 1 });
  const steps = columns[0].length;
  const rows = steps - window - horizon + 1;
  if (rows < 1) {
    throw new GruvyError(
      "data/too-short",
      `Expected at least ${window + horizon} values for a window of ${window} and a horizon of ${horizon}, found ${steps}`,
      "Use a shorter window or more data.",
    );
  }
  columns.forEach((values, column) => {
    checkFinite(values, columns.length > 1 ? `column ${column}` : "the series");
  });
  const x = new Float32Array(rows * window * columns.length);
  const y = new Float32Array(rows * horizon);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < window; i++) for (const values of columns) x[at++] = values[row + i];
    for (let i = 0; i < horizon; i++) y[row * horizon + i] = columns[target][row + window + i];
  }
  return { x: new Tensor([rows, window, columns.length], x), y: new Tensor([rows, horizon], y) };
}

const isValues = (value: unknown): value is Values =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function columnsOf(series: unknown): readonly Values[] {
  if (series instanceof Tensor) {
    const [steps, count = 1] = series.shape;
    if (series.shape.length > 2 || count === 0) {
      throw new GruvyError("data/shape", `Expected shape [steps, columns], found [${series.shape.join(", ")}]`);
    }
    return Array.from({ length: count }, (_, column) =>
      Float64Array.from({ length: steps }, (_, step) => series.data[step * count + column]),
    );
  }
  if (!isValues(series)) throw new GruvyError("data/type", `Expected the values of a series, found ${shown(series)}`);
  const list = series as ArrayLike<unknown>;
  if (list.length === 0 || !isValues(list[0])) return [series];
  const columns = Array.from(list, (values, column) => {
    if (isValues(values)) return values;
    throw new GruvyError("data/type", `Expected the values of column ${column}, found ${shown(values)}`);
  });
  const other = columns.findIndex(({ length }) => length !== columns[0].length);
  if (other < 0) return columns;
  throw new GruvyError(
    "data/shape",
    `Expected ${columns[0].length} values in column ${other}, as in column 0, found ${columns[other].length}`,
    "Give each column one value for each step; rows of values can be given as a tensor of shape [steps, columns].",
  );
}

function checkFinite(values: Values, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new GruvyError(
      "data/not-finite",
      `Expected a finite number at index ${i} of ${what}, found ${shown(values[i])}`,
      "Fill or drop missing values first.",
    );
  }
}
