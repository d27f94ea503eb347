import { describe, expect, test } from "vitest";
import { GruvyError, Tensor, tensor } from "../../base/index.ts";
import {
  type ElementType,
  elementBits,
  fromTensor,
  isElementType,
  toFloat32Tensor,
  toTensor,
} from "./stored-tensor.ts";

const stored = (dtype: ElementType, data: ArrayBufferView, shape?: number[]) => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype, shape: shape ?? [(bytes.length * 8) / elementBits[dtype]], bytes };
};
const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof GruvyError) return error.code;
    throw error;
  }
  return "loads";
};

describe("fromTensor and toTensor", () => {
  test("return the same bits in the same type, of any rank", () => {
    for (const data of [Float32Array.of(1, -0, Number.NaN), Float64Array.of(0.1, 1e300, 2), Int32Array.of(1, -2, 3)]) {
      const back = toTensor(fromTensor(new Tensor([3, 1], data)), "w");
      expect(back.shape).toEqual([3, 1]);
      expect(back.data.constructor).toBe(data.constructor);
      expect(new Uint8Array(back.data.buffer)).toEqual(new Uint8Array(data.buffer));
    }
    expect(toTensor(fromTensor(new Tensor([], Float32Array.of(7))), "w").toArray()).toBe(7);
    expect(toTensor(fromTensor(new Tensor([2, 0], new Float32Array(0))), "w").shape).toEqual([2, 0]);
  });

  test("copy on reading, so that a later change of the file's bytes changes no tensor", () => {
    const bytes = Buffer.from(new Uint8Array(Float32Array.of(1, 2).buffer));
    const read = toTensor({ dtype: "F32", shape: [2], bytes }, "w");
    bytes.fill(0);
    expect(read.toArray()).toEqual([1, 2]);
  });

  test("read bytes that begin at any offset", () => {
    for (let offset = 0; offset < 8; offset++) {
      const file = new Uint8Array(offset + 16);
      file.set(new Uint8Array(Float64Array.of(0.1, -5).buffer), offset);
      expect(toTensor({ dtype: "F64", shape: [2], bytes: file.subarray(offset) }, "w").toArray()).toEqual([0.1, -5]);
    }
  });
});

describe("conversion", () => {
  test("reads every half-precision number", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const numbers = toTensor(stored("F16", halves), "w").data;
    for (let bits = 0; bits < 65536; bits++) {
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
      const expected = (bits & 0x8000 ? -1 : 1) * (exponent === 31 ? special : size);
      if (!Object.is(numbers[bits], expected)) expect.unreachable(`half ${bits}: ${numbers[bits]} for ${expected}`);
    }
  });

  test("reads bfloat16 as the upper half of float32", () => {
    const data = Uint16Array.of(0x3f80, 0xbf80, 0x4049, 0x7f80, 0x8000, 0x7fc0, 0x0001);
    expect([...toTensor(stored("BF16", data), "w").data]).toEqual([
      1,
      -1,
      3.140625,
      Number.POSITIVE_INFINITY,
      -0,
      Number.NaN,
      2 ** -133,
    ]);
  });

  test("reads whole numbers and booleans as int32", () => {
    const cases: [ElementType, ArrayBufferView, number[]][] = [
      ["BOOL", Uint8Array.of(0, 1), [0, 1]],
      ["U8", Uint8Array.of(0, 255), [0, 255]],
      ["I8", Int8Array.of(-128, 127), [-128, 127]],
      ["U16", Uint16Array.of(0, 65535), [0, 65535]],
      ["I16", Int16Array.of(-32768, 32767), [-32768, 32767]],
      ["U32", Uint32Array.of(0, 2 ** 31 - 1), [0, 2 ** 31 - 1]],
      ["I32", Int32Array.of(-(2 ** 31), 5), [-(2 ** 31), 5]],
      ["U64", BigUint64Array.of(0n, 7n), [0, 7]],
      ["I64", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), [-(2 ** 31), 2 ** 31 - 1]],
    ];
    for (const [dtype, data, expected] of cases) {
      const read = toTensor(stored(dtype, data), "w");
      expect(read.data).toBeInstanceOf(Int32Array);
      expect([...read.data]).toEqual(expected);
    }
  });

  test("gives float32 where that is exact and refuses to round", () => {
    expect(toFloat32Tensor(stored("F64", Float64Array.of(0.5, Number.NaN, -0)), "w").toArray()).toEqual([
      0.5,
      Number.NaN,
      -0,
    ]);
    expect(toFloat32Tensor(stored("I64", BigInt64Array.of(2n ** 40n)), "w").toArray()).toEqual([2 ** 40]);
    expect(() => toFloat32Tensor(stored("F64", Float64Array.of(1, 0.1)), "lstm/bias")).toThrow(
      'Element 1 of tensor "lstm/bias" is 0.1, which float32 cannot hold exactly',
    );
    expect(codeOf(() => toFloat32Tensor(stored("I32", Int32Array.of(2 ** 24 + 1)), "w"))).toBe("file/inexact");
    expect(codeOf(() => toFloat32Tensor(stored("I64", BigInt64Array.of(2n ** 53n + 1n)), "w"))).toBe("file/inexact");
    expect(codeOf(() => toTensor(stored("I64", BigInt64Array.of(2n ** 31n)), "w"))).toBe("file/inexact");
    expect(codeOf(() => toTensor(stored("U32", Uint32Array.of(2 ** 31)), "w"))).toBe("file/inexact");
  });

  test("refuses types nobody computes with here, by name", () => {
    for (const dtype of ["F8_E4M3", "F4", "C64"] as const) {
      const count = 8;
      const bytes = new Uint8Array((count * elementBits[dtype]) / 8);
      expect(codeOf(() => toTensor({ dtype, shape: [count], bytes }, "w"))).toBe("file/element-type");
    }
  });

  test("refuses bytes that do not fit the shape", () => {
    expect(codeOf(() => toTensor({ dtype: "F32", shape: [2], bytes: new Uint8Array(7) }, "w"))).toBe("file/shape");
    expect(tensor([1]).shape).toEqual([1]);
  });
});

test("names of Object.prototype are no types", () => {
  for (const name of ["constructor", "toString", "__proto__", "f32", ""]) expect(isElementType(name)).toBe(false);
  expect(isElementType("BF16")).toBe(true);
});
