// How instructions are written: what the expressions and functions are built from.

import type { Bytes } from "./bytes.ts";

/** What the code is written for. `fma`: one rounding for a product and a sum (relaxed SIMD). */
export interface Target {
  readonly fma: boolean;
  /** V8 joins neighbouring vectors to registers of 256 bits (its revectorizer): worth other tiles. */
  readonly wide?: boolean;
}

export interface Output extends Bytes {
  readonly target: Target;
}

export type Write = (out: Output) => void;

export const valueType = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof valueType;

/** A SIMD instruction: its number follows the prefix 0xfd. */
export const simd = (out: Output, code: number) => out.byte(0xfd).unsigned(code);

export const operate =
  (code: number, ...operands: Expression[]): Write =>
  (out) => {
    for (const operand of operands) operand.write(out);
    out.byte(code);
  };

export const operateSimd =
  (code: number, ...operands: Expression[]): Write =>
  (out) => {
    for (const operand of operands) operand.write(out);
    simd(out, code);
  };

export const load =
  (code: number, align: number, address: Expression, offset: number): Write =>
  (out) => {
    address.write(out);
    out.byte(code).unsigned(align).unsigned(offset);
  };

export const loadSimd =
  (code: number, align: number, address: Expression, offset: number): Write =>
  (out) => {
    address.write(out);
    simd(out, code).unsigned(align).unsigned(offset);
  };

/** Anything that leaves a value on the stack. */
export abstract class Expression {
  // Declared alone: V8 defines a field of more than four kinds of objects the slow way.
  declare readonly write: Write;
  constructor(write: Write) {
    this.write = write;
  }
}
