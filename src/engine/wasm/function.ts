import { Bytes } from "./bytes.ts";
import type { F64x2 } from "./double-vectors.ts";
import { F32, F32x4, F64, I32, I32x4 } from "./expression.ts";
import { type Output, type Target, type ValueType, valueType } from "./write.ts";

/** A function of a module, called by statements of others. */
export interface FunctionRef {
  readonly index: number;
}

export type AnyExpression = I32 | F32 | F64 | I32x4 | F32x4 | F64x2;

/** An expression class, used to say what type a local or a parameter has. */
export interface Kind<E extends AnyExpression = AnyExpression> {
  readonly type: ValueType;
  new (write: (out: Output) => void): E;
}

/** A variable of the function: `get` reads it, `set` is a statement. */
export interface Variable<E extends AnyExpression> {
  readonly get: E;
  set(value: E): void;
}

class CodeOutput extends Bytes implements Output {
  readonly target: Target;
  constructor(target: Target) {
    super();
    this.target = target;
  }
}

/** Writes the body of one function, statement by statement. */
export class Fn {
  readonly target: Target;
  private readonly locals: ValueType[] = [];
  private readonly constants = new Map<string, F32x4 | I32x4>();
  private readonly prologue: CodeOutput;
  private readonly code: CodeOutput;
  private parameterCount = 0;

  constructor(target: Target) {
    this.target = target;
    this.prologue = new CodeOutput(target);
    this.code = new CodeOutput(target);
  }

  parameter<E extends AnyExpression>(kind: Kind<E>): E {
    const index = this.parameterCount++;
    return new kind((out) => out.byte(0x20).unsigned(index));
  }

  variable<E extends AnyExpression>(kind: Kind<E>, initial?: E): Variable<E> {
    const index = this.parameterCount + this.locals.push(kind.type) - 1;
    const variable = {
      get: new kind((out) => out.byte(0x20).unsigned(index)),
      set: (value: E) => {
        value.write(this.code);
        this.code.byte(0x21).unsigned(index);
      },
    };
    if (initial) variable.set(initial);
    return variable;
  }

  /** Computes a value once; what is returned reads it back. */
  let<E extends AnyExpression>(value: E): E {
    return this.variable(value.constructor as unknown as Kind<E>, value).get;
  }

  /** A constant in all lanes, put in a register before the first statement. */
  splat(value: number): F32x4 {
    return this.constant(`f${value}${Object.is(value, -0)}`, F32x4, () => F32x4.splat(value));
  }
  splatInteger(value: number): I32x4 {
    return this.constant(`i${value}`, I32x4, () => I32x4.splat(value));
  }

  private constant<E extends F32x4 | I32x4>(name: string, kind: Kind<E>, make: () => E): E {
    const found = this.constants.get(name);
    if (found) return found as E;
    const index = this.parameterCount + this.locals.push("v128") - 1;
    make().write(this.prologue);
    this.prologue.byte(0x21).unsigned(index);
    const read = new kind((out) => out.byte(0x20).unsigned(index));
    this.constants.set(name, read);
    return read;
  }

  store(address: I32, value: AnyExpression, offset = 0): void {
    address.write(this.code);
    value.write(this.code);
    if (value instanceof I32) this.code.byte(0x36).unsigned(2);
    else if (value instanceof F32) this.code.byte(0x38).unsigned(2);
    else if (value instanceof F64) this.code.byte(0x39).unsigned(3);
    else this.code.byte(0xfd).unsigned(11).unsigned(2);
    this.code.unsigned(offset);
  }

  storeAtomic(address: I32, value: I32, offset = 0): void {
    address.write(this.code);
    value.write(this.code);
    this.code.byte(0xfe, 0x17).unsigned(2).unsigned(offset);
  }

  /** Adds to a word in memory in one step; the value is what was there before. */
  fetchAdd(address: I32, value: I32, offset = 0): I32 {
    return this.let(
      new I32((out) => {
        address.write(out);
        value.write(out);
        out.byte(0xfe, 0x1e).unsigned(2).unsigned(offset);
      }),
    );
  }

  /** Sleeps while the word still holds `expected`, at most `nanoseconds`. On Node 20 read no local afterwards. */
  waitWhile(address: I32, expected: I32, nanoseconds: number, offset = 0): void {
    address.write(this.code);
    expected.write(this.code);
    this.code.byte(0x42);
    signedLong(this.code, nanoseconds);
    this.code.byte(0xfe, 0x01).unsigned(2).unsigned(offset).byte(0x1a);
  }

  notifyAll(address: I32, offset = 0): void {
    address.write(this.code);
    this.code.byte(0x41).signed(-1).byte(0xfe, 0x00).unsigned(2).unsigned(offset).byte(0x1a);
  }

  fill(address: I32, bytes: I32, value = 0): void {
    address.write(this.code);
    this.code.byte(0x41).signed(value);
    bytes.write(this.code);
    this.code.byte(0xfc, 0x0b, 0);
  }

  copy(to: I32, from: I32, bytes: I32): void {
    to.write(this.code);
    from.write(this.code);
    bytes.write(this.code);
    this.code.byte(0xfc, 0x0a, 0, 0);
  }

  /** Runs the body for i = from, from + step, ... while i < to. */
  loop(from: number | I32, to: number | I32, step: number | I32, body: (i: I32) => void): void {
    const start = I32.of(from);
    const end = I32.of(to);
    if (start.known !== undefined && end.known !== undefined && start.known >= end.known) return;
    const i = this.variable(I32, start);
    const limit = end.known === undefined ? this.let(end) : end;
    const guarded = start.known === undefined || end.known === undefined;
    if (guarded) {
      i.get.less(limit).write(this.code);
      this.code.byte(0x04, 0x40);
    }
    this.code.byte(0x03, 0x40);
    body(i.get);
    i.set(i.get.add(step));
    i.get.less(limit).write(this.code);
    this.code.byte(0x0d).unsigned(0).byte(0x0b);
    if (guarded) this.code.byte(0x0b);
  }

  /** Runs the body from the last i = from + n * step below `to` down to `from`. */
  loopDown(from: number | I32, to: I32, step: number | I32, body: (i: I32) => void): void {
    const start = I32.of(from);
    const wholeSteps = to.sub(start).add(I32.of(step)).sub(1).divUnsigned(step);
    const count = this.let(wholeSteps);
    this.loop(0, count, 1, (n) => body(this.let(count.sub(1).sub(n).mul(step).add(start))));
  }

  /** Repeats the body as long as the condition, written at its end, holds. */
  repeatWhile(body: () => I32): void {
    this.code.byte(0x03, 0x40);
    body().write(this.code);
    this.code.byte(0x0d).unsigned(0).byte(0x0b);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    condition.write(this.code);
    this.code.byte(0x04, 0x40);
    then();
    if (otherwise) {
      this.code.byte(0x05);
      otherwise();
    }
    this.code.byte(0x0b);
  }

  /** Runs `otherwise` of the first of the numbered cases; used to deal units of work to code. */
  call({ index }: FunctionRef, ...values: AnyExpression[]): void {
    for (const value of values) value.write(this.code);
    this.code.byte(0x10).unsigned(index);
  }

  callFor<E extends AnyExpression>(kind: Kind<E>, { index }: FunctionRef, ...values: AnyExpression[]): E {
    return this.let(
      new kind((out) => {
        for (const value of values) value.write(out);
        out.byte(0x10).unsigned(index);
      }),
    );
  }

  return(value?: AnyExpression): void {
    value?.write(this.code);
    this.code.byte(0x0f);
  }

  trap(): void {
    this.code.byte(0x00);
  }

  /** The finished body: locals, prologue, statements. */
  finish(result?: AnyExpression): Bytes {
    const body = new Bytes().unsigned(this.locals.length);
    for (const local of this.locals) body.byte(1, valueType[local]);
    result?.write(this.code);
    return body.append(this.prologue).append(this.code).byte(0x0b);
  }
}

function signedLong(out: Bytes, value: number): void {
  for (;;) {
    const low = value % 128;
    value = Math.floor(value / 128);
    if (value === 0 && low < 64) {
      out.byte(low);
      return;
    }
    out.byte(low | 128);
  }
}
