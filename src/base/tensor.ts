import { GruvyError, shown } from "./error.ts";
import { product } from "./sizes.ts";

export type TensorData = Float32Array | Float64Array | Int32Array;

/** Numbers nested to any depth, the form `toArray()` gives. */
export type NestedArray = number | readonly NestedArray[];

/** Whatever is accepted where a tensor is: a tensor, a typed array (rank 1), or nested arrays of numbers or typed arrays. */
export type TensorLike = Tensor | TensorData | readonly Nested[];

type Nested = number | TensorData | readonly Nested[];

/**
 * An immutable record of a shape and its numbers in row-major order. It has no arithmetic: computation belongs to models.
 *
 * @example
 * const t = tensor([[1, 2, 3], [4, 5, 6]]);
 * t.shape;     // [2, 3]
 * t.at(1, 2);  // 6
 * t.toArray(); // [[1, 2, 3], [4, 5, 6]]
 */
export class Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;

  constructor(shape: readonly number[], data: TensorData) {
    const size = product(shape);
    if (size !== data.length) {
      throw new GruvyError(
        "data/shape",
        `Expected ${size} numbers for shape [${shape.join(", ")}], found ${data.length}`,
      );
    }
    this.shape = Object.freeze([...shape]);
    this.data = data;
  }

  /** The number at the given indices, one for each axis; negative indices count from the end. */
  at(...indices: number[]): number {
    if (indices.length !== this.shape.length) {
      throw new GruvyError("data/shape", `Expected ${this.shape.length} indices, found ${indices.length}`);
    }
    let offset = 0;
    for (let axis = 0; axis < indices.length; axis++) {
      const size = this.shape[axis];
      const index = indices[axis] < 0 ? indices[axis] + size : indices[axis];
      if (!(Number.isInteger(index) && index >= 0 && index < size)) {
        throw new GruvyError("data/shape", `Index ${indices[axis]} is outside axis ${axis} of length ${size}`);
      }
      offset = offset * size + index;
    }
    return this.data[offset];
  }

  toArray(): NestedArray {
    let offset = 0;
    const build = (axis: number): NestedArray => {
      if (axis === this.shape.length) return this.data[offset++];
      return Array.from({ length: this.shape[axis] }, () => build(axis + 1));
    };
    return build(0);
  }
}

/**
 * Makes a tensor from nested arrays, a typed array or a tensor (returned as it is). Nested arrays, whose innermost may
 * be typed, become float32.
 *
 * @throws {GruvyError} `data/ragged` when rows differ in length, `data/not-a-number` where an element is no number,
 *   `data/shape` when the numbers do not fill `shape`, `data/type` for anything else.
 * @example
 * tensor([[1, 2], [3, 4]]).shape;                    // [2, 2]
 * tensor(Int32Array.of(1, 2, 3, 4), [2, 2]).at(1, 0); // 3
 * tensor([[1, 2], [3]]);                             // throws data/ragged
 */
export function tensor(value: TensorLike, shape?: readonly number[]): Tensor {
  if (value instanceof Tensor) return shape ? new Tensor(shape, value.data) : value;
  if (isTensorData(value)) return new Tensor(shape ?? [value.length], value);
  if (!Array.isArray(value)) {
    const expected = ArrayBuffer.isView(value) ? "a Float32Array, Float64Array or Int32Array" : "an array or a tensor";
    throw new GruvyError("data/type", `Expected ${expected}, found ${shown(value)}`);
  }
  const found = shapeOf(value);
  const data = new Float32Array(product(found));
  fill(data, 0, value, found, []);
  return new Tensor(shape ?? found, data);
}

const MAX_RANK = 32;

/** The shape that the first element at each depth promises. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level) || isTensorData(level); level = level[0]) {
    if (shape.push(level.length) > MAX_RANK) {
      throw new GruvyError("data/shape", `Expected arrays nested at most ${MAX_RANK} deep, found deeper ones`);
    }
  }
  return shape;
}

/** Writes the numbers of `level`, found at the indices `path`, from `offset` on; returns where they end. */
function fill(data: Float32Array, offset: number, level: unknown, shape: readonly number[], path: number[]): number {
  const length = shape[path.length];
  if (!(Array.isArray(level) || isTensorData(level)) || level.length !== length) {
    throw ragged(path, `an array of length ${length}`, level);
  }
  const isRow = path.length === shape.length - 1;
  if (isRow && isTensorData(level)) {
    data.set(level, offset);
    return offset + length;
  }
  for (let i = 0; i < length; i++) {
    const element: unknown = level[i];
    if (!isRow) {
      offset = fill(data, offset, element, shape, [...path, i]);
    } else if (typeof element === "number") {
      data[offset++] = element;
    } else if (Array.isArray(element) || isTensorData(element)) {
      throw ragged([...path, i], "a number", element);
    } else {
      throw new GruvyError("data/not-a-number", `Expected a number at ${place([...path, i])}, found ${shown(element)}`);
    }
  }
  return offset;
}

function isTensorData(value: unknown): value is TensorData {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
}

function place(path: readonly number[]): string {
  return path.length === 0 ? "the top" : path.map((index) => `[${index}]`).join("");
}

function ragged(path: readonly number[], expected: string, found: unknown): GruvyError {
  return new GruvyError(
    "data/ragged",
    `Expected ${expected} at ${place(path)}, found ${shown(found)}`,
    "All rows must have the same shape; padSequences brings sequences to one length.",
  );
}
