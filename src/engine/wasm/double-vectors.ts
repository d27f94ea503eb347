import { F64, type I32 } from "./expression.ts";
import { Expression, loadSimd, operateSimd, simd } from "./write.ts";

/** Two 64-bit floats. */
export class F64x2 extends Expression {
  static readonly type = "v128";
  static splat(value: F64): F64x2 {
    return new F64x2(operateSimd(0x14, value));
  }
  static load(address: I32, offset = 0): F64x2 {
    return new F64x2(loadSimd(0, 3, address, offset));
  }
  add(other: F64x2): F64x2 {
    return new F64x2(operateSimd(0xf0, this, other));
  }
  sub(other: F64x2): F64x2 {
    return new F64x2(operateSimd(0xf1, this, other));
  }
  mul(other: F64x2): F64x2 {
    return new F64x2(operateSimd(0xf2, this, other));
  }
  lane(index: number): F64 {
    return new F64((out) => {
      this.write(out);
      simd(out, 0x21).byte(index);
    });
  }
}
