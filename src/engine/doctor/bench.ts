import type { Kind } from "../wasm/function.ts";
import { F32, type FunctionRef, I32, Module, type Target } from "../wasm/index.ts";

type Numbers = Float32Array | Float64Array | Int32Array;
type Argument = number | { readonly address: number } | { readonly f32: number };

/** An array in the bench's memory. */
export interface Placed<N extends Numbers> {
  readonly address: number;
  /** Reads and writes the memory itself. */
  readonly data: N;
}

const GUARD = 64;
const GUARD_WORD = 0x7fc0dead;
const END = 1 << 22;

/** A memory in which kernels are called on arrays, in this thread; what they write beside an array is found out. */
export class Bench {
  readonly target: Target;
  private readonly memory = new WebAssembly.Memory({ initial: END / 65536 });
  private readonly words = new Int32Array(this.memory.buffer);
  private readonly compiled = new Map<string, (...values: number[]) => unknown>();
  private end = GUARD;
  private guards: number[] = [];

  constructor(target: Target) {
    this.target = target;
    this.clear();
  }

  /** Forgets the arrays; kernels stay. */
  clear(): void {
    this.end = GUARD;
    this.guards = [0];
    this.words.fill(GUARD_WORD, 0, GUARD / 4);
  }

  /** Puts a copy of an array between two stretches that no kernel may write to. */
  place<N extends Numbers>(data: N): Placed<N> {
    const address = this.end;
    const after = address + Math.ceil(data.byteLength / 16) * 16;
    if (after + GUARD > END) throw new Error("the bench's memory is full");
    const kind = data.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => N;
    const placed = new kind(this.memory.buffer, address, data.length);
    placed.set(data as never);
    this.words.fill(GUARD_WORD, after / 4, after / 4 + GUARD / 4);
    this.guards.push(after);
    this.end = after + GUARD;
    return { address, data: placed };
  }

  floats(data: ArrayLike<number> | number): Placed<Float32Array<ArrayBuffer>> {
    return this.place(typeof data === "number" ? new Float32Array(data).fill(Number.NaN) : Float32Array.from(data));
  }

  words32(data: ArrayLike<number>): Placed<Int32Array<ArrayBuffer>> {
    return this.place(Int32Array.from(data));
  }

  doubles(data: ArrayLike<number>): Placed<Float64Array<ArrayBuffer>> {
    return this.place(Float64Array.from(data));
  }

  /** Calls a kernel; `name` says everything its code depends on, so that it is compiled once. */
  call(name: string, kernel: (module: Module) => FunctionRef, ...values: Argument[]): void {
    this.compile(name, kernel, values)(...values.map(plain));
    this.check(name);
  }

  /** Calls a kernel that returns a number of the given kind. */
  ask(name: string, kernel: (module: Module) => FunctionRef, kind: Kind, ...values: Argument[]): number {
    const result = this.compile(name, kernel, values, kind)(...values.map(plain));
    this.check(name);
    return result as number;
  }

  private compile(name: string, kernel: (module: Module) => FunctionRef, values: Argument[], result?: Kind) {
    let call = this.compiled.get(name);
    if (!call) {
      const module = new Module(this.target, { shared: false });
      const called = kernel(module);
      const kinds = values.map((value) => (typeof value === "object" && "f32" in value ? F32 : I32));
      module.function(
        "call",
        kinds,
        (fn, ...parameters) => {
          if (result) return fn.callFor(result, called, ...parameters);
          fn.call(called, ...parameters);
          return undefined;
        },
        { export: true, result },
      );
      const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
        env: { memory: this.memory },
      });
      call = instance.exports.call as (...values: number[]) => unknown;
      this.compiled.set(name, call);
    }
    return call;
  }

  private check(name: string): void {
    for (const guard of this.guards) {
      for (let i = guard / 4; i < (guard + GUARD) / 4; i++) {
        if (this.words[i] !== GUARD_WORD) throw new Error(`${name} wrote outside its arrays, at byte ${4 * i}`);
      }
    }
  }
}

const plain = (value: Argument): number =>
  typeof value === "number" ? value : "f32" in value ? value.f32 : value.address;

/** Rows of features at a distance, with zeros in the pads up to `padded` and NaN where nothing may be read. */
export function spread(
  data: ArrayLike<number>,
  shape: { rows: number; features: number; padded: number; stride: number; pad?: number },
): Float32Array<ArrayBuffer> {
  const { rows, features, padded, stride, pad = 0 } = shape;
  const out = new Float32Array(rows * stride).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < padded; j++) out[row * stride + j] = j < features ? data[row * features + j] : pad;
  }
  return out;
}

/** The real features of spread rows. */
export function gathered(
  data: ArrayLike<number>,
  shape: { rows: number; features: number; stride: number; from?: number },
): Float32Array<ArrayBuffer> {
  const { rows, features, stride, from = 0 } = shape;
  const out = new Float32Array(rows * features);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < features; j++) out[row * features + j] = data[row * stride + from + j];
  }
  return out;
}
