// Typed expressions: the reader sees formulas, the writer sees stack code. An expression knows how to write itself;
// nothing is written until a statement of a function uses it, and an expression used twice is written twice, unless
// `fn.let` has put it in a local.

import { Expression, load, loadSimd, operate, operateSimd, simd, type Write } from "./write.ts";

/** 32-bit integers: addresses, counters, tokens, conditions. */
export class I32 extends Expression {
  static readonly type = "i32";
  /** Known when the code is written: lets sums and products fold. */
  readonly known: number | undefined;

  constructor(write: Write, known?: number) {
    super(write);
    this.known = known;
  }

  static of(value: number | I32): I32 {
    if (value instanceof I32) return value;
    return new I32((out) => out.byte(0x41).signed(value), value | 0);
  }
  static load(address: I32, offset = 0): I32 {
    return new I32(load(0x28, 2, address, offset));
  }
  static loadAtomic(address: I32, offset = 0): I32 {
    return new I32((out) => {
      address.write(out);
      out.byte(0xfe, 0x10).unsigned(2).unsigned(offset);
    });
  }

  add(other: number | I32): I32 {
    const b = I32.of(other);
    if (b.known === 0) return this;
    if (this.known === 0) return b;
    if (this.known !== undefined && b.known !== undefined) return I32.of(this.known + b.known);
    return new I32(operate(0x6a, this, b));
  }
  sub(other: number | I32): I32 {
    const b = I32.of(other);
    if (b.known === 0) return this;
    return new I32(operate(0x6b, this, b));
  }
  mul(other: number | I32): I32 {
    const b = I32.of(other);
    if (b.known === 1) return this;
    if (this.known !== undefined && b.known !== undefined) return I32.of(Math.imul(this.known, b.known));
    return new I32(operate(0x6c, this, b));
  }
  divUnsigned(other: number | I32): I32 {
    return new I32(operate(0x6e, this, I32.of(other)));
  }
  and(other: number | I32): I32 {
    return new I32(operate(0x71, this, I32.of(other)));
  }
  xor(other: number | I32): I32 {
    return new I32(operate(0x73, this, I32.of(other)));
  }
  shiftRight(bits: number): I32 {
    return new I32(operate(0x76, this, I32.of(bits)));
  }
  equals(other: number | I32): I32 {
    return new I32(operate(0x46, this, I32.of(other)));
  }
  notEquals(other: number | I32): I32 {
    return new I32(operate(0x47, this, I32.of(other)));
  }
  isZero(): I32 {
    return new I32(operate(0x45, this));
  }
  less(other: number | I32): I32 {
    return new I32(operate(0x48, this, I32.of(other)));
  }
  lessUnsigned(other: number | I32): I32 {
    return new I32(operate(0x49, this, I32.of(other)));
  }
  min(other: number | I32): I32 {
    const b = I32.of(other);
    return new I32((out) => {
      this.write(out);
      b.write(out);
      this.less(b).write(out);
      out.byte(0x1b);
    });
  }
  max(other: number | I32): I32 {
    const b = I32.of(other);
    return new I32((out) => {
      this.write(out);
      b.write(out);
      b.less(this).write(out);
      out.byte(0x1b);
    });
  }
  toF32(): F32 {
    return new F32(operate(0xb2, this));
  }
  toF64(): F64 {
    return new F64(operate(0xb7, this));
  }
}

/** One 32-bit float. */
export class F32 extends Expression {
  static readonly type = "f32";
  static of(value: number | F32): F32 {
    return value instanceof F32 ? value : new F32((out) => out.byte(0x43).float32(value));
  }
  static load(address: I32, offset = 0): F32 {
    return new F32(load(0x2a, 2, address, offset));
  }
  add(other: number | F32): F32 {
    return new F32(operate(0x92, this, F32.of(other)));
  }
  sub(other: number | F32): F32 {
    return new F32(operate(0x93, this, F32.of(other)));
  }
  mul(other: number | F32): F32 {
    return new F32(operate(0x94, this, F32.of(other)));
  }
  div(other: number | F32): F32 {
    return new F32(operate(0x95, this, F32.of(other)));
  }
  abs(): F32 {
    return new F32(operate(0x8b, this));
  }
  min(other: number | F32): F32 {
    return new F32(operate(0x96, this, F32.of(other)));
  }
  max(other: number | F32): F32 {
    return new F32(operate(0x97, this, F32.of(other)));
  }
  ceil(): F32 {
    return new F32(operate(0x8d, this));
  }
  less(other: number | F32): I32 {
    return new I32(operate(0x5d, this, F32.of(other)));
  }
  greater(other: number | F32): I32 {
    return new I32(operate(0x5e, this, F32.of(other)));
  }
  equals(other: number | F32): I32 {
    return new I32(operate(0x5b, this, F32.of(other)));
  }
  /** Towards zero; out of range saturates. */
  toI32(): I32 {
    return new I32((out) => {
      this.write(out);
      out.byte(0xfc, 0);
    });
  }
  toF64(): F64 {
    return new F64(operate(0xbb, this));
  }
  splat(): F32x4 {
    return new F32x4(operateSimd(0x13, this));
  }
}

/** One 64-bit float: sums of losses and norms. */
export class F64 extends Expression {
  static readonly type = "f64";
  static of(value: number | F64): F64 {
    return value instanceof F64 ? value : new F64((out) => out.byte(0x44).float64(value));
  }
  static load(address: I32, offset = 0): F64 {
    return new F64(load(0x2b, 3, address, offset));
  }
  add(other: number | F64): F64 {
    return new F64(operate(0xa0, this, F64.of(other)));
  }
  sub(other: number | F64): F64 {
    return new F64(operate(0xa1, this, F64.of(other)));
  }
  mul(other: number | F64): F64 {
    return new F64(operate(0xa2, this, F64.of(other)));
  }
  div(other: number | F64): F64 {
    return new F64(operate(0xa3, this, F64.of(other)));
  }
  sqrt(): F64 {
    return new F64(operate(0x9f, this));
  }
  ceil(): F64 {
    return new F64(operate(0x9b, this));
  }
  max(other: number | F64): F64 {
    return new F64(operate(0xa5, this, F64.of(other)));
  }
  min(other: number | F64): F64 {
    return new F64(operate(0xa4, this, F64.of(other)));
  }
  less(other: number | F64): I32 {
    return new I32(operate(0x63, this, F64.of(other)));
  }
  toF32(): F32 {
    return new F32(operate(0xb6, this));
  }
  /** Towards zero; out of range saturates. */
  toI32(): I32 {
    return new I32((out) => {
      this.write(out);
      out.byte(0xfc, 2);
    });
  }
}

/** Four 32-bit integers: tokens, counters, masks of comparisons (all bits or none). */
export class I32x4 extends Expression {
  static readonly type = "v128";
  static splat(value: number | I32): I32x4 {
    return new I32x4(operateSimd(0x11, I32.of(value)));
  }
  static of(...lanes: [number, number, number, number]): I32x4 {
    return new I32x4((out) => simd(out, 12).append(new Uint8Array(Int32Array.from(lanes).buffer)));
  }
  static load(address: I32, offset = 0): I32x4 {
    return new I32x4(loadSimd(0, 2, address, offset));
  }
  static loadSplat(address: I32, offset = 0): I32x4 {
    return new I32x4(loadSimd(9, 2, address, offset));
  }
  add(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0xae, this, other));
  }
  mul(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0xb5, this, other));
  }
  and(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0x4e, this, other));
  }
  or(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0x50, this, other));
  }
  xor(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0x51, this, other));
  }
  shiftLeft(bits: number): I32x4 {
    return new I32x4(operateSimd(0xab, this, I32.of(bits)));
  }
  shiftRightUnsigned(bits: number): I32x4 {
    return new I32x4(operateSimd(0xad, this, I32.of(bits)));
  }
  shiftRight(bits: number): I32x4 {
    return new I32x4(operateSimd(0xac, this, I32.of(bits)));
  }
  equals(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0x37, this, other));
  }
  greater(other: I32x4): I32x4 {
    return new I32x4(operateSimd(0x3b, this, other));
  }
  /** Where this mask is set, `yes`; elsewhere `no`. */
  select(yes: F32x4, no: F32x4): F32x4 {
    return new F32x4(operateSimd(0x52, yes, no, this));
  }
  /** `value` where this mask is set, zero elsewhere. */
  keep(value: F32x4): F32x4 {
    return new F32x4(operateSimd(0x4e, value, this));
  }
  /** `value` where this mask is not set, zero where it is. */
  drop(value: F32x4): F32x4 {
    return new F32x4(operateSimd(0x4f, value, this));
  }
  toF32x4(): F32x4 {
    return new F32x4(operateSimd(0xfa, this));
  }
  asF32x4(): F32x4 {
    return new F32x4(this.write);
  }
  anyTrue(): I32 {
    return new I32(operateSimd(0x53, this));
  }
}

/** Four 32-bit floats. */
export class F32x4 extends Expression {
  static readonly type = "v128";
  static splat(value: number | F32): F32x4 {
    return F32.of(value).splat();
  }
  static load(address: I32, offset = 0): F32x4 {
    return new F32x4(loadSimd(0, 2, address, offset));
  }
  /** One float from memory in all four lanes. */
  static loadSplat(address: I32, offset = 0): F32x4 {
    return new F32x4(loadSimd(9, 2, address, offset));
  }
  add(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xe4, this, other));
  }
  sub(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xe5, this, other));
  }
  mul(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xe6, this, other));
  }
  div(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xe7, this, other));
  }
  /** this * factor + addend, rounded once where the target has `fma`, twice elsewhere. */
  mulAdd(factor: F32x4, addend: F32x4): F32x4 {
    return new F32x4((out) => {
      this.write(out);
      factor.write(out);
      if (out.target.fma) {
        addend.write(out);
        simd(out, 0x105);
      } else {
        simd(out, 0xe6);
        addend.write(out);
        simd(out, 0xe4);
      }
    });
  }
  /** addend - this * factor. */
  negMulAdd(factor: F32x4, addend: F32x4): F32x4 {
    return new F32x4((out) => {
      if (out.target.fma) {
        this.write(out);
        factor.write(out);
        addend.write(out);
        simd(out, 0x106);
      } else {
        addend.write(out);
        this.write(out);
        factor.write(out);
        simd(out, 0xe6);
        simd(out, 0xe5);
      }
    });
  }
  abs(): F32x4 {
    return new F32x4(operateSimd(0xe0, this));
  }
  neg(): F32x4 {
    return new F32x4(operateSimd(0xe1, this));
  }
  sqrt(): F32x4 {
    return new F32x4(operateSimd(0xe3, this));
  }
  nearest(): F32x4 {
    return new F32x4(operateSimd(0x6a, this));
  }
  /** other < this ? other : this; a NaN here stays (this is NaN: the comparison fails). One instruction, unlike min. */
  min(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xea, this, other));
  }
  /** this < other ? other : this; a NaN here stays. */
  max(other: F32x4): F32x4 {
    return new F32x4(operateSimd(0xeb, this, other));
  }
  less(other: F32x4): I32x4 {
    return new I32x4(operateSimd(0x43, this, other));
  }
  greater(other: F32x4): I32x4 {
    return new I32x4(operateSimd(0x44, this, other));
  }
  equals(other: F32x4): I32x4 {
    return new I32x4(operateSimd(0x41, this, other));
  }
  toI32x4(): I32x4 {
    return new I32x4(operateSimd(0xf8, this));
  }
  asI32x4(): I32x4 {
    return new I32x4(this.write);
  }
  lane(index: number): F32 {
    return new F32((out) => {
      this.write(out);
      simd(out, 0x1f).byte(index);
    });
  }
  /** Four lanes out of the eight of this (0-3) and other (4-7). */
  shuffle(other: F32x4, lanes: readonly [number, number, number, number]): F32x4 {
    return new F32x4((out) => {
      this.write(out);
      other.write(out);
      simd(out, 0x0d);
      for (const lane of lanes) out.byte(4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3);
    });
  }
  /** ((a + b) + (c + d)): one fixed order. */
  sum(): F32 {
    return this.lane(0)
      .add(this.lane(1))
      .add(this.lane(2).add(this.lane(3)));
  }
}
