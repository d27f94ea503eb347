import { GruvyError, shown } from "./error.ts";
import { product } from "./sizes.ts";

export type TensorData = Float32Array | Float64Array | Int32Array;

/** Numbers nested to any depth, the form `toArray()` gives. */
export type NestedArray = number | readonly NestedArray[];

/** Whatever is accepted where a tensor is: a tensor, a typed array (rank 1), or nested arrays of numbers. */
export type TensorLike = Tensor | TensorData | readonly NestedArray[];

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
 * Makes a tensor from nested arrays, a typed array or a tensor (returned as it is). Nested arrays become float32.
 *
 * @throws {GruvyError} `data/ragged` when rows differ in length, `data/not-a-number` where an element is no number.
 */
export function tensor(value: TensorLike, shape?: readonly number[]): Tensor {
  if (value instanceof Tensor) return shape ? new Tensor(shape, value.data) : value;
  if (ArrayBuffer.isView(value)) {
    if (!(value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array)) {
      throw new GruvyError("data/type", `Expected a Float32Array, Float64Array or Int32Array, found ${shown(value)}`);
    }
    return new Tensor(shape ?? [value.length], value);
  }
  if (!Array.isArray(value)) throw new GruvyError("data/type", `Expected an array or a tensor, found ${shown(value)}`);
  const found: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) found.push(level.length);
  const data = new Float32Array(product(found));
  let offset = 0;
  const fill = (level: unknown, axis: number, path: string): void => {
    if (axis === found.length) {
      if (typeof level !== "number") {
        if (Array.isArray(level)) throw ragged(path, "a number", level);
        throw new GruvyError("data/not-a-number", `Expected a number at ${path}, found ${shown(level)}`);
      }
      data[offset++] = level;
      return;
    }
    if (!Array.isArray(level) && !isNumericView(level)) throw ragged(path, `an array of length ${found[axis]}`, level);
    if (level.length !== found[axis]) throw ragged(path, `an array of length ${found[axis]}`, level);
    for (let i = 0; i < level.length; i++) fill(level[i], axis + 1, `${path}[${i}]`);
  };
  if (isNumericView(value[0])) found.push(value[0].length);
  const sized = isNumericView(value[0]) ? new Float32Array(product(found)) : data;
  if (sized !== data) {
    value.forEach((row, i) => {
      if (!isNumericView(row) || row.length !== found[1]) throw ragged(`[${i}]`, `${found[1]} numbers`, row);
      sized.set(row, i * found[1]);
    });
    return new Tensor(shape ?? found, sized);
  }
  fill(value, 0, "");
  return new Tensor(shape ?? found, data);
}

function isNumericView(value: unknown): value is TensorData {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
}

function ragged(path: string, expected: string, found: unknown): GruvyError {
  return new GruvyError(
    "data/ragged",
    `Expected ${expected} at ${path === "" ? "the top" : path}, found ${shown(found)}`,
    "All rows must have the same shape; padSequences brings sequences to one length.",
  );
}
