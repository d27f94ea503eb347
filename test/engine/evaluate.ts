import type { AnyExpression, Kind } from "../../src/engine/wasm/function.ts";
import { F32x4, type Fn, I32, type I32x4, Module, type Target } from "../../src/engine/wasm/index.ts";

export const plainTarget: Target = { fma: false };

/** A module of one exported function `f`, validated and instantiated over a memory of one page. */
export function compiled<const P extends readonly Kind[]>(
  parameters: P,
  body: (fn: Fn, ...values: { [K in keyof P]: P[K] extends Kind<infer E> ? E : never }) => AnyExpression | undefined,
  options: { result?: Kind; target?: Target; shared?: boolean } = {},
): { f: (...values: number[]) => number; memory: WebAssembly.Memory; code: Uint8Array<ArrayBuffer> } {
  const { result, target = plainTarget, shared = false } = options;
  const module = new Module(target, { shared });
  module.function("f", parameters, body, { export: true, result });
  const code = module.finish();
  if (!WebAssembly.validate(code)) throw new Error("the module does not validate");
  const memory = new WebAssembly.Memory(shared ? { initial: 1, maximum: 65536, shared } : { initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return { f: instance.exports.f as (...values: number[]) => number, memory, code };
}

type Lanes = F32x4 | I32x4;

/** Applies an expression of four lanes to arrays, whose lengths are multiples of four. */
export function onLanes(
  body: (fn: Fn, ...operands: F32x4[]) => Lanes,
  operands: readonly (Float32Array | Int32Array)[],
  target: Target = plainTarget,
): Float32Array & { bits: Int32Array } {
  const { length } = operands[0];
  const { f, memory } = compiled(
    [I32],
    (fn, at) => {
      const loaded = operands.map((_, i) => fn.let(F32x4.load(at.add(4 * length * i))));
      fn.store(at, body(fn, ...loaded), 4 * length * operands.length);
      return undefined;
    },
    { target },
  );
  operands.forEach((operand, i) => {
    new Uint8Array(memory.buffer).set(new Uint8Array(operand.buffer, operand.byteOffset, 4 * length), 4 * length * i);
  });
  for (let at = 0; at < 4 * length; at += 16) f(at);
  const buffer = memory.buffer.slice(4 * length * operands.length, 4 * length * (operands.length + 1));
  return Object.assign(new Float32Array(buffer), { bits: new Int32Array(buffer) });
}

/** Every pair (or triple) of these numbers, as arrays to work on lane by lane. */
export function combinations(numbers: readonly number[], count: number): Float32Array[] {
  const total = Math.ceil(numbers.length ** count / 4) * 4;
  return Array.from({ length: count }, (_, operand) =>
    Float32Array.from({ length: total }, (_, i) => numbers[Math.floor(i / numbers.length ** operand) % numbers.length]),
  );
}

/** Numbers where float32 arithmetic has its edges. */
export const edges: readonly number[] = [
  0,
  -0,
  1,
  -1,
  1.5,
  -2.5,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  2 ** 31,
  -(2 ** 31),
  2 ** 24 + 2,
  1.0000001192092896,
].map(Math.fround);
