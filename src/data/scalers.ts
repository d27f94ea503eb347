import { GruvyError, shown, Tensor } from "../base/index.ts";

/** The numbers of one column, or a tensor whose last axis counts the columns. */
export type ScalerInput = Tensor | ArrayLike<number>;

/** A fitted scaler as plain JSON: one entry per column; a spread or deviation of 0 marks a constant column. */
export type ScalerConfig =
  | {
      readonly kind: "minMax";
      readonly range: readonly [number, number];
      readonly min: readonly number[];
      readonly spread: readonly number[];
    }
  | { readonly kind: "standard"; readonly mean: readonly number[]; readonly deviation: readonly number[] };

export interface Scaler {
  /** Learns from the training part, each column of a tensor apart; returns the scaler itself. */
  fit(values: ScalerInput): Scaler;
  /** Scaled copies in float64, of the same shape. What was not fitted on may leave the range. */
  transform(values: Tensor): Tensor;
  transform(values: ArrayLike<number>): Float64Array;
  /** Back to the data's own units. */
  inverse(values: Tensor): Tensor;
  inverse(values: ArrayLike<number>): Float64Array;
  toConfig(): ScalerConfig;
}

/**
 * Scales each column so that the least value it was fitted on becomes 0 and the greatest 1 (or the bounds of `range`).
 * A constant column is shifted alone: its value becomes the lower bound, and `inverse` gives it back.
 *
 * @throws {GruvyError} `data/not-finite` for NaN or infinity, with its place; `data/empty` for nothing to fit;
 *   `usage/not-fitted` for a use before `fit`; `data/shape` for a tensor with another number of columns.
 * @example
 * const scaler = minMaxScaler().fit([10, 20, 30]);
 * scaler.transform([15, 40]); // Float64Array [0.25, 1.5]
 * scaler.inverse([0.25]);     // Float64Array [15]
 */
export function minMaxScaler({ range = [0, 1] }: { readonly range?: readonly [number, number] } = {}): Scaler {
  const [low, high] = range;
  if (!(Number.isFinite(high - low) && low < high)) {
    throw new GruvyError("usage/option", `Expected range to be two rising numbers, found ${low} and ${high}`);
  }
  return new LinearScaler(low, high - low, leastAndSpread, (min, spread) => ({
    kind: "minMax",
    range: [low, high],
    min,
    spread,
  }));
}

/**
 * Scales each column to a mean of 0 and a standard deviation (of the population) of 1 on what it was fitted on. A
 * constant column is shifted alone: its value becomes 0, and `inverse` gives it back.
 *
 * @throws {GruvyError} as {@link minMaxScaler}.
 * @example
 * const scaler = standardScaler().fit([1, 3]);
 * scaler.transform([1, 2, 5]); // Float64Array [-1, 0, 3]
 * scaler.inverse([3]);         // Float64Array [5]
 */
export function standardScaler(): Scaler {
  return new LinearScaler(0, 1, meanAndDeviation, (mean, deviation) => ({ kind: "standard", mean, deviation }));
}

/**
 * The fitted scaler that `toConfig` described.
 *
 * @throws {GruvyError} `data/scaler` for a config that describes none.
 * @example
 * const scaler = scalerFromConfig({ kind: "standard", mean: [2], deviation: [1] });
 * scaler.transform([1, 2, 5]); // Float64Array [-1, 0, 3]
 */
export function scalerFromConfig(config: ScalerConfig): Scaler {
  const kind: unknown = config?.kind;
  if (kind !== "minMax" && kind !== "standard") {
    throw new GruvyError("data/scaler", `Expected a "minMax" or "standard" scaler, found ${shown(kind)}`);
  }
  const isMinMax = config.kind === "minMax";
  const result = (isMinMax ? minMaxScaler({ range: config.range }) : standardScaler()) as LinearScaler;
  const shift: unknown = isMinMax ? config.min : config.mean;
  const scale: unknown = isMinMax ? config.spread : config.deviation;
  const finite = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isFinite);
  if (
    !finite(shift) ||
    !finite(scale) ||
    shift.length === 0 ||
    shift.length !== scale.length ||
    scale.some((size) => size < 0)
  ) {
    const names = isMinMax ? "min and spread" : "mean and deviation";
    throw new GruvyError("data/scaler", `Expected ${names} to be lists of finite numbers of one length in the scaler`);
  }
  return result.use(shift, scale);
}

interface Line {
  readonly shift: number;
  /** 0 for a constant column, which is then not divided. */
  readonly scale: number;
}

/** x becomes (x - shift) / scale * width + low, with a shift and a scale per column. */
class LinearScaler implements Scaler {
  readonly #low: number;
  readonly #width: number;
  readonly #learn: (column: Float64Array) => Line;
  readonly #describe: (shift: readonly number[], scale: readonly number[]) => ScalerConfig;
  #shift: readonly number[] = [];
  #scale: readonly number[] = [];

  constructor(
    low: number,
    width: number,
    learn: (column: Float64Array) => Line,
    describe: (shift: readonly number[], scale: readonly number[]) => ScalerConfig,
  ) {
    this.#low = low;
    this.#width = width;
    this.#learn = learn;
    this.#describe = describe;
  }

  use(shift: readonly number[], scale: readonly number[]): this {
    this.#shift = [...shift];
    this.#scale = [...scale];
    return this;
  }

  fit(values: ScalerInput): this {
    const data = finiteNumbers(values, "fit");
    const columns = columnCount(values);
    if (data.length === 0) {
      throw new GruvyError("data/empty", "Expected numbers to fit a scaler, found none");
    }
    const lines = Array.from({ length: columns }, (_, column) =>
      this.#learn(Float64Array.from({ length: data.length / columns }, (_, row) => data[row * columns + column])),
    );
    const wide = lines.findIndex(({ shift, scale }) => !Number.isFinite(shift) || !Number.isFinite(scale));
    if (wide >= 0) {
      throw new GruvyError(
        "data/not-finite",
        `The numbers in column ${wide} are too large to scale: their spread is no finite number`,
        "Divide them beforehand.",
      );
    }
    return this.use(
      lines.map(({ shift }) => shift),
      lines.map(({ scale }) => scale),
    );
  }

  transform(values: Tensor): Tensor;
  transform(values: ArrayLike<number>): Float64Array;
  transform(values: ScalerInput): Tensor | Float64Array {
    const data = finiteNumbers(values, "transform");
    return this.#map(values, data, (x, column) => {
      const scaled = ((x - this.#shift[column]) / (this.#scale[column] || 1)) * this.#width + this.#low;
      if (Number.isFinite(scaled)) return scaled;
      throw new GruvyError("data/not-finite", `The value ${x} is too far from those the scaler was fitted on`);
    });
  }

  inverse(values: Tensor): Tensor;
  inverse(values: ArrayLike<number>): Float64Array;
  inverse(values: ScalerInput): Tensor | Float64Array {
    const data = values instanceof Tensor ? values.data : values;
    return this.#map(values, data, (t, column) => {
      return ((t - this.#low) / this.#width) * (this.#scale[column] || 1) + this.#shift[column];
    });
  }

  toConfig(): ScalerConfig {
    this.#check();
    return this.#describe(this.#shift, this.#scale);
  }

  #map(values: ScalerInput, data: ArrayLike<number>, scaled: (x: number, column: number) => number) {
    this.#check();
    const columns = this.#shift.length;
    // What was fitted on one column serves any shape, such as forecasts of several steps.
    if (columns > 1 && columnCount(values) !== columns) {
      throw new GruvyError("data/shape", `Expected ${columns} columns, as fitted, found ${columnCount(values)}`);
    }
    const result = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) result[i] = scaled(data[i], i % columns);
    return values instanceof Tensor ? new Tensor(values.shape, result) : result;
  }

  #check(): void {
    if (this.#shift.length > 0) return;
    throw new GruvyError(
      "usage/not-fitted",
      "The scaler has not been fitted",
      "Call fit with the training part first.",
    );
  }
}

function leastAndSpread(column: Float64Array): Line {
  const { min, max } = extremes(column);
  return { shift: min, scale: max - min };
}

function meanAndDeviation(column: Float64Array): Line {
  const { min, max } = extremes(column);
  // Not the mean of equal values, whose rounding would leave a deviation of nothing but noise.
  if (min === max) return { shift: min, scale: 0 };
  const sum = column.reduce((total, x) => total + x, 0);
  const mean = Number.isFinite(sum) ? sum / column.length : column.reduce((total, x) => total + x / column.length, 0);
  const squares = (unit: number): number =>
    column.reduce((total, x) => total + ((x - mean) / unit) * ((x - mean) / unit), 0) / column.length;
  const variance = squares(1);
  if (variance > 1e-280 && Number.isFinite(variance)) return { shift: mean, scale: Math.sqrt(variance) };
  // Squares that leave the range of numbers do not once they are measured in the spread.
  const spread = max - min;
  return { shift: mean, scale: spread * Math.sqrt(squares(spread)) };
}

function extremes(column: Float64Array): { min: number; max: number } {
  let min = column[0];
  let max = column[0];
  for (const x of column) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { min, max };
}

const columnCount = (values: ScalerInput): number =>
  values instanceof Tensor && values.shape.length > 1 ? values.shape[values.shape.length - 1] : 1;

function finiteNumbers(values: ScalerInput, what: string): ArrayLike<number> {
  const data: unknown = values instanceof Tensor ? values.data : values;
  if (!Array.isArray(data) && (!ArrayBuffer.isView(data) || data instanceof DataView)) {
    throw new GruvyError("data/type", `Expected numbers or a tensor to ${what}, found ${shown(data)}`);
  }
  const numbers = data as ArrayLike<number>;
  const columns = columnCount(values);
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) continue;
    const where = columns > 1 ? `row index ${Math.floor(i / columns)}, column index ${i % columns}` : `index ${i}`;
    throw new GruvyError(
      "data/not-finite",
      `Expected a finite number at ${where}, found ${shown(numbers[i])}`,
      "Fill or drop missing values first.",
    );
  }
  return numbers;
}
