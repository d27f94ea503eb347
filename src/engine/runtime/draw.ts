// Initial weights are drawn by kernels: in JavaScript that has yet to be optimised they would take longer than the first
// step of a training.

import { breatheNow, type Random } from "../../base/index.ts";
import { drawNormal, drawUniform, orthonormalize, rareKernels } from "../kernels/index.ts";
import { type FunctionRef, I32, Module } from "../wasm/index.ts";

const PAGE = 65536;
/** Where numbers begin; before them lies what a kernel is told. */
const START = 64;
/** Uniform numbers drawn in one call. */
const AT_ONCE = PAGE / 4;

/** Numbers low + size * (scale * u - shift), u uniform on [0, 1). */
export interface Spread {
  readonly low: number;
  readonly size: number;
  readonly scale: number;
  readonly shift: number;
}

type Call = (...values: number[]) => void;
interface Drawer {
  readonly memory: WebAssembly.Memory;
  readonly uniform: Call;
  readonly normal: Call;
  readonly orthonormal: Call;
}

let compiled: WebAssembly.Module | undefined;

function drawer(bytes: number): Drawer {
  compiled ??= new WebAssembly.Module(writeDrawer());
  const memory = new WebAssembly.Memory({ initial: Math.ceil((START + bytes) / PAGE) });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { ...(exports as unknown as Omit<Drawer, "memory">), memory };
}

function writeDrawer(): Uint8Array<ArrayBuffer> {
  const module = new Module({ fma: false }, { shared: false });
  const offer = (name: string, kernel: FunctionRef, parameters: number) =>
    module.function(
      name,
      Array.from({ length: parameters }, () => I32),
      (fn, ...values) => {
        fn.call(kernel, ...values);
        return undefined;
      },
      { export: true },
    );
  offer("uniform", drawUniform(module), 6);
  offer("normal", drawNormal(module), 5);
  offer("orthonormal", orthonormalize(module), 4);
  return module.finish();
}

/** The numbers that `random.uniform` gives for the elements from 0 on, spread. */
export function drawSpread(length: number, { words }: Random, spread: Spread): Float32Array {
  const { memory, uniform } = drawer(4 * Math.min(length, AT_ONCE) + 16);
  new Float64Array(memory.buffer).set([spread.low, spread.size, spread.scale, spread.shift]);
  const numbers = new Float32Array(length);
  for (let from = 0; from < length; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, length - from);
    uniform(START, count, from, ...words, 0);
    numbers.set(new Float32Array(memory.buffer, START, count), from);
  }
  return numbers;
}

/** Uniform between a limit and its negative. */
export const drawWithin = (count: number, random: Random, limit: number): Float32Array =>
  drawSpread(count, random, { low: 0, size: limit, scale: 2, shift: 1 });

/** More vectors than these are taken in blocks. */
const FEW = 256;

/** Orthonormal vectors, from the numbers that `random.normal` gives for the elements from 0 on. */
export async function drawOrthonormal(count: number, length: number, { words }: Random): Promise<Float64Array[]> {
  const padded = Math.ceil(length / 4) * 4;
  const { memory, normal, orthonormal } = drawer(8 * padded * (count + 1));
  const at = (row: number) => START + 8 * padded * row;
  for (let row = 0; row < count; row++) {
    normal(at(row), length, row * length, ...words);
    await breatheNow();
  }
  if (count > FEW) {
    const { orthonormalizeBlocks } = await rareKernels.load();
    await orthonormalizeBlocks(memory, orthonormal, { at, count, padded });
  } else {
    for (let row = 0; row < count; row++) {
      orthonormal(START, count, padded, row);
      await breatheNow();
    }
  }
  return Array.from({ length: count }, (_, row) => new Float64Array(memory.buffer, at(row), length));
}
