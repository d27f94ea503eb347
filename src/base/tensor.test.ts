import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GruvyError } from "./error.ts";
import { type NestedArray, Tensor, type TensorLike, tensor } from "./tensor.ts";

/** The error that an action ends with. */
function failure(action: () => unknown): GruvyError {
  try {
    action();
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
  throw new Error("expected an error");
}

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

/** Nested arrays of a shape, filled by counting. */
function counted(shape: readonly number[], from = { next: 0 }): NestedArray {
  if (shape.length === 0) return from.next++;
  return Array.from({ length: shape[0] }, () => counted(shape.slice(1), from));
}

const nested = (shape: readonly number[]) => counted(shape) as readonly NestedArray[];

describe("tensor", () => {
  test("reads nested arrays in row-major order and gives them back", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const made = tensor(nested(shape));
        expect(made.shape).toEqual(shape);
        expect(made.data).toEqual(Float32Array.from(made.data.keys()));
        expect(made.toArray()).toEqual(nested(shape));
      }),
    );
  });

  test("takes typed innermost arrays, mixed with plain ones", () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(Float32Array, Float64Array, Int32Array), (shape, TypedArray) => {
        let rows = 0;
        const typed = (level: NestedArray, depth: number): unknown => {
          if (depth > 1) return (level as readonly NestedArray[]).map((inner) => typed(inner, depth - 1));
          return rows++ % 2 === 0 ? TypedArray.from(level as number[]) : level;
        };
        if (shape.length === 1) return; // a typed array alone keeps its type
        const made = tensor(typed(nested(shape), shape.length) as TensorLike);
        expect(made.data).toBeInstanceOf(Float32Array);
        expect(made).toEqual(tensor(nested(shape)));
      }),
    );
  });

  test("keeps typed arrays and tensors as they are, without a copy", () => {
    for (const data of [Float32Array.of(1, 2), Float64Array.of(1, 2), Int32Array.of(1, 2)]) {
      const made = tensor(data);
      expect(made.data).toBe(data);
      expect(made.shape).toEqual([2]);
      expect(tensor(made)).toBe(made);
      expect(tensor(made, [1, 2]).data).toBe(data);
    }
  });

  test("has empty axes", () => {
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([[], []]).toArray()).toEqual([[], []]);
    expect(new Tensor([], Float32Array.of(7)).toArray()).toBe(7);
  });

  const bad: [what: string, value: unknown, code: string, where: string][] = [
    ["a short row", [[1, 2], [3]], "data/ragged", "at [1], found an array of length 1"],
    ["a long row", [[1], [2, 3]], "data/ragged", "Expected an array of length 1 at [1]"],
    ["a number among rows", [[1], 2], "data/ragged", "at [1], found 2"],
    ["a row among numbers", [1, [2]], "data/ragged", "Expected a number at [1]"],
    ["a deeper row", [[[1]], [[[2]]]], "data/ragged", "Expected a number at [1][0][0]"],
    ["a short typed row", [Float32Array.of(1, 2), Float32Array.of(1)], "data/ragged", "at [1], found a Float32Array"],
    ["a row after an empty one", [[], [1]], "data/ragged", "Expected an array of length 0 at [1]"],
    ["text", [[1, "2"]], "data/not-a-number", 'Expected a number at [0][1], found "2"'],
    ["nothing", [[1], [undefined]], "data/not-a-number", "at [1][0], found undefined"],
    ["a hole", new Array(2), "data/not-a-number", "at [0], found undefined"],
    ["a big integer", [1n], "data/not-a-number", "found 1n"],
    ["a text alone", "abc", "data/type", 'Expected an array or a tensor, found "abc"'],
    ["null", null, "data/type", "found null"],
    ["another typed array", new Uint8Array(2), "data/type", "found a Uint8Array"],
  ];
  test.each(bad)("refuses %s and says where", (_, value, code, where) => {
    const error = failure(() => tensor(value as TensorLike));
    expect(error.code).toBe(code);
    expect(error.message).toContain(where);
  });

  test("refuses arrays that contain themselves", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(failure(() => tensor(circle as TensorLike)).code).toBe("data/shape");
  });

  test("refuses a shape that the numbers do not fill", () => {
    expect(failure(() => tensor([1, 2, 3], [2, 2])).message).toBe("Expected 4 numbers for shape [2, 2], found 3");
    expect(failure(() => tensor(new Float32Array(3), [-3])).code).toBe("data/size");
    expect(failure(() => tensor(new Float32Array(3), [2 ** 40, 2 ** 40])).code).toBe("data/size");
  });
});

describe("at", () => {
  test("finds each number, also counted from the end", () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat()), (shape, numbers) => {
        const made = tensor(nested(shape));
        const indices = shape.map((size) => numbers.next().value % size);
        const expected = indices.reduce<NestedArray>(
          (level, i) => (level as readonly NestedArray[])[i],
          made.toArray(),
        );
        expect(made.at(...indices)).toBe(expected);
        expect(made.at(...indices.map((index, axis) => index - shape[axis]))).toBe(expected);
      }),
    );
  });

  test("refuses what lies outside", () => {
    const made = tensor([[1, 2, 3]]);
    for (const indices of [
      [0, 3],
      [0, -4],
      [1, 0],
      [0, 0.5],
      [0, Number.NaN],
    ]) {
      expect(failure(() => made.at(...indices)).message).toContain("is outside axis");
    }
    expect(failure(() => made.at(0)).message).toBe("Expected 2 indices, found 1");
  });
});

test("a shape cannot be changed", () => {
  const shape = [2];
  const made = new Tensor(shape, Float32Array.of(1, 2));
  shape[0] = 3;
  expect(made.shape).toEqual([2]);
  expect(() => Object.assign(made.shape, { 0: 5 })).toThrow(TypeError);
});
